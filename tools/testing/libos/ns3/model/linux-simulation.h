/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The simulation as the Rust core sees it: made with the first node that has
 * Linux, ended by Simulator::Destroy().
 */

#ifndef LINUX_SIMULATION_H
#define LINUX_SIMULATION_H

#include "ns3/libos-sim.h"
#include "ns3/nstime.h"
#include "ns3/simple-ref-count.h"

#include <string>

namespace ns3
{

/**
 * The one event that a node's kernel waits for. Kernels move it with nearly
 * every packet, mostly to a later time, so the simulator's event stays where it
 * is and is looked at when it happens.
 */
class LinuxTimer : public SimpleRefCount<LinuxTimer>
{
      public:
	/** Of ns-3's node `node`. */
	explicit LinuxTimer(uint32_t node);

	/** What the core calls that. */
	void SetCore(uint32_t core);
	void Set(Time at);
	void Cancel();

      private:
	static void Expire(Ptr<LinuxTimer> timer, Time at);
	void Arm();

	uint32_t m_node;
	uint32_t m_core;
	/** Of the simulator's event that counts; earlier ones were overtaken. */
	Time m_armed;
	/** When the kernel wants to be called; Time::Max() if not at all. */
	Time m_deadline;
};

/** How the nodes of a simulation are made. */
struct LinuxOptions {
	std::string library;
	uint32_t memory;
	std::string commandLine;
	uint32_t logLevel;
	bool trace;
	bool hugePages;

	bool operator==(const LinuxOptions &other) const;
};

/** The core's simulation. */
class LinuxSimulation
{
      public:
	/** Sees to it that this run of the simulator has one. */
	static void Begin(const LinuxOptions &options);

      private:
	static void End();

	static bool s_begun;
	static LinuxOptions s_options;
};

} // namespace ns3

#endif

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

#include <map>
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
	explicit LinuxTimer(uint32_t node);

	void Set(Time at, void (*function)(void *), void *argument);
	void Cancel();

      private:
	static void Expire(Ptr<LinuxTimer> timer, Time at);
	void Arm();

	uint32_t m_node;
	/** Of the simulator's event that counts; earlier ones were overtaken. */
	Time m_armed;
	/** When to call the function; Time::Max() if not at all. */
	Time m_deadline;
	void (*m_function)(void *);
	void *m_argument;
};

/** The core's simulation. */
class LinuxSimulation
{
      public:
	/** That of this run of the simulator, which uses `library`. */
	static LinuxSimulation &Get(const std::string &library);

	libos_simulation *Core();

      private:
	explicit LinuxSimulation(const std::string &library);
	~LinuxSimulation();
	static void End();

	libos_simulation *m_core;
	std::string m_library;
	static LinuxSimulation *s_current;
};

/** The core's latest reason for a failure. */
std::string LinuxReason();

} // namespace ns3

#endif

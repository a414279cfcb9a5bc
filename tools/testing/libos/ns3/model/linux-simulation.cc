/* SPDX-License-Identifier: GPL-2.0 */

#include "linux-simulation.h"

#include "linux-device.h"
#include "linux-socket-base.h"
#include "linux-stack.h"

#include "ns3/fatal-error.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"

#include <cstdlib>

namespace ns3
{

LinuxTimer::LinuxTimer(uint32_t node)
    : m_node(node), m_core(0), m_armed(Time::Max()), m_deadline(Time::Max())
{
}

void LinuxTimer::SetCore(uint32_t core)
{
	m_core = core;
}

void LinuxTimer::Set(Time at)
{
	m_deadline = at;
	if (at < m_armed)
		Arm();
}

void LinuxTimer::Cancel()
{
	m_deadline = Time::Max();
}

void LinuxTimer::Arm()
{
	m_armed = m_deadline;
	Simulator::ScheduleWithContext(m_node, m_deadline - Simulator::Now(), &LinuxTimer::Expire,
				       Ptr<LinuxTimer>(this), m_deadline);
}

void LinuxTimer::Expire(Ptr<LinuxTimer> timer, Time at)
{
	if (at != timer->m_armed)
		return;
	timer->m_armed = Time::Max();
	if (timer->m_deadline == Time::Max())
		return;
	if (timer->m_deadline > at) {
		timer->Arm();
		return;
	}
	timer->m_deadline = Time::Max();
	if (libos_timer(timer->m_core) < 0)
		NS_FATAL_ERROR(libos_reason());
}

namespace
{

LinuxStack *StackOf(void *node)
{
	return static_cast<LinuxStack *>(node);
}

uint64_t Now()
{
	return Simulator::Now().GetNanoSeconds();
}

void Schedule(void *node, uint64_t delay)
{
	StackOf(node)->Timer().Set(Simulator::Now() + NanoSeconds(delay));
}

void Cancel(void *node)
{
	StackOf(node)->Timer().Cancel();
}

void Transmit(void *device, const uint8_t *frame, size_t size)
{
	static_cast<LinuxDevice *>(device)->Transmit(frame, size);
}

void Happened(void *socket, uint32_t events)
{
	static_cast<LinuxSocketWatcher *>(socket)->Happened(events);
}

void Exited(void *node, uint32_t pid, int status)
{
	StackOf(node)->Exited(pid, status);
}

const libos_world WORLD = {&Now, &Schedule, &Cancel, &Transmit, &Happened, &Exited};

/* What is preloaded into programs on nodes. */
const char AGENT[] = LIBOS_TOP "/build/target/release/liblibos_agent.so";

/* A name alone is that of the library that this module was built with, unless the environment says
 * which to take instead. */
std::string PathOf(const std::string &library)
{
	if (library.find('/') != std::string::npos)
		return library;
	const char *instead = std::getenv("LIBOS_LIBRARY");
	return instead ? instead : LIBOS_TOP "/" + library;
}

} // namespace

bool LinuxSimulation::s_begun = false;
LinuxOptions LinuxSimulation::s_options;

bool LinuxOptions::operator==(const LinuxOptions &other) const
{
	return library == other.library && memory == other.memory &&
	       commandLine == other.commandLine && logLevel == other.logLevel &&
	       trace == other.trace && hugePages == other.hugePages;
}

void LinuxSimulation::Begin(const LinuxOptions &options)
{
	if (s_begun) {
		if (!(options == s_options))
			NS_FATAL_ERROR("all nodes of a simulation have one Library, Memory, "
				       "CommandLine, LogLevel, Trace and HugePages");
		return;
	}
	std::string library = PathOf(options.library);
	uint64_t seed = uint64_t(RngSeedManager::GetSeed()) << 32 ^ RngSeedManager::GetRun();
	libos_options core = {library.c_str(),
			      AGENT,
			      size_t(options.memory) << 20,
			      options.commandLine.c_str(),
			      seed,
			      options.logLevel,
			      options.trace,
			      options.hugePages};
	if (libos_begin(&core, &WORLD) < 0)
		NS_FATAL_ERROR(libos_reason());
	s_begun = true;
	s_options = options;
	Simulator::ScheduleDestroy(&LinuxSimulation::End);
}

void LinuxSimulation::End()
{
	s_begun = false;
	libos_end();
}

} // namespace ns3

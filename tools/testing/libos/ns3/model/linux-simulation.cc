/* SPDX-License-Identifier: GPL-2.0 */

#include "linux-simulation.h"

#include "linux-device.h"
#include "linux-socket.h"
#include "linux-stack.h"

#include "ns3/fatal-error.h"
#include "ns3/rng-seed-manager.h"
#include "ns3/simulator.h"

namespace ns3
{

LinuxTimer::LinuxTimer(uint32_t node)
    : m_node(node), m_armed(Time::Max()), m_deadline(Time::Max()), m_function(nullptr),
      m_argument(nullptr)
{
}

void LinuxTimer::Set(Time at, void (*function)(void *), void *argument)
{
	m_deadline = at;
	m_function = function;
	m_argument = argument;
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
	timer->m_function(timer->m_argument);
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

void Schedule(void *node, uint64_t ns, void (*function)(void *), void *argument)
{
	Time at = Simulator::Now() + NanoSeconds(ns);
	StackOf(node)->Timer()->Set(at, function, argument);
}

void Cancel(void *node)
{
	StackOf(node)->Timer()->Cancel();
}

bool Transmit(void *device, const uint8_t *frame, size_t size)
{
	return static_cast<LinuxDevice *>(device)->Transmit(frame, size);
}

void SocketEvent(void *socket, uint32_t events)
{
	static_cast<LinuxSocketWatcher *>(socket)->Happened(events);
}

const libos_host HOST = {
	&Now, &Schedule, &Cancel, &Transmit, &SocketEvent,
};

} // namespace

LinuxSimulation *LinuxSimulation::s_current = nullptr;

LinuxSimulation &LinuxSimulation::Get(const std::string &library)
{
	if (!s_current) {
		s_current = new LinuxSimulation(library);
		Simulator::ScheduleDestroy(&LinuxSimulation::End);
	} else if (s_current->m_library != library) {
		NS_FATAL_ERROR("all nodes have to use one library: this one "
			       << library << ", others " << s_current->m_library);
	}
	return *s_current;
}

LinuxSimulation::LinuxSimulation(const std::string &library) : m_library(library)
{
	uint64_t seed = (uint64_t(RngSeedManager::GetSeed()) << 32) ^ RngSeedManager::GetRun();
	m_core = libos_simulation_new(library.c_str(), seed, &HOST);
	if (!m_core)
		NS_FATAL_ERROR(LinuxReason());
}

LinuxSimulation::~LinuxSimulation()
{
	libos_simulation_free(m_core);
}

void LinuxSimulation::End()
{
	delete s_current;
	s_current = nullptr;
}

libos_simulation *LinuxSimulation::Core()
{
	return m_core;
}

std::string LinuxReason()
{
	return libos_reason();
}

} // namespace ns3

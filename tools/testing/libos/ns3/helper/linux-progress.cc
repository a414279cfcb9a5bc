/* SPDX-License-Identifier: GPL-2.0 */

#include "linux-progress.h"

#include "ns3/simulator.h"

#include <cstdio>
#include <unistd.h>

namespace ns3
{

/* Of wall time, between two lines. */
static const double PERIOD = 0.2;

LinuxProgress::LinuxProgress(Time end)
    : m_end(end), m_interval(MicroSeconds(100)), m_start(Clock::now()), m_latest(m_start),
      m_events(0), m_shown(false)
{
	if (isatty(STDERR_FILENO))
		Schedule();
}

LinuxProgress::~LinuxProgress()
{
	m_event.Cancel();
	if (m_shown)
		std::fprintf(stderr, "\r\033[K");
}

void LinuxProgress::Schedule()
{
	m_event = Simulator::Schedule(m_interval, &LinuxProgress::Look, this);
}

/* Looks at the wall clock often enough, whatever time a simulated second takes. */
void LinuxProgress::Look()
{
	using Seconds = std::chrono::duration<double>;
	double since = Seconds(Clock::now() - m_latest).count();
	if (since < PERIOD / 4)
		m_interval = m_interval + m_interval;
	else if (since > PERIOD && m_interval > MicroSeconds(1))
		m_interval = NanoSeconds(m_interval.GetNanoSeconds() / 2);
	if (since >= PERIOD) {
		uint64_t events = Simulator::GetEventCount();
		std::fprintf(stderr, "\r\033[K%.3f s", Simulator::Now().GetSeconds());
		if (!m_end.IsZero())
			std::fprintf(stderr, " of %.3f", m_end.GetSeconds());
		std::fprintf(stderr, ", %.1f s of wall time, %.0f events/s",
			     Seconds(Clock::now() - m_start).count(), (events - m_events) / since);
		m_events = events;
		m_latest = Clock::now();
		m_shown = true;
	}
	Schedule();
}

} // namespace ns3

/* SPDX-License-Identifier: GPL-2.0 */

#ifndef LINUX_PROGRESS_H
#define LINUX_PROGRESS_H

#include "ns3/event-id.h"
#include "ns3/nstime.h"

#include <chrono>

namespace ns3
{

/**
 * A line that says how far the simulation is, where standard error is a terminal:
 * simulated time, wall time, events a second. It must outlive Simulator::Run().
 */
class LinuxProgress
{
      public:
	/** `end` is when the simulation stops; zero if that is not known. */
	explicit LinuxProgress(Time end = Time(0));
	~LinuxProgress();

      private:
	using Clock = std::chrono::steady_clock;

	void Look();
	void Schedule();

	Time m_end;
	Time m_interval;
	Clock::time_point m_start, m_latest;
	uint64_t m_events;
	EventId m_event;
	bool m_shown;
};

} // namespace ns3

#endif

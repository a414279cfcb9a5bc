/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What happens to a socket of Linux, and what its application is told of it.
 */

#include "linux-socket-base.h"

#include "ns3/simulator.h"

#include <poll.h>

namespace ns3
{

void LinuxSocketBase::Happened(uint32_t)
{
	ScheduleHandle();
}

/* In an event of its own: the application may be in the middle of a call. */
void LinuxSocketBase::ScheduleHandle()
{
	if (m_state != CLOSED && m_event.IsExpired())
		m_event = Simulator::ScheduleNow(
			[this, kept = Ptr<Socket>(&m_socket)]() { Handle(); });
}

void LinuxSocketBase::Handle()
{
	if (!IsMade() || !m_stack || !m_stack->IsUp())
		return;
	if (m_state == LISTENING) {
		AcceptAll();
		return;
	}
	uint32_t events = libos_socket_poll(m_core, POLLIN | POLLOUT | POLLRDHUP);
	if (m_state == CONNECTING && events & (POLLOUT | POLLERR | POLLHUP))
		FinishConnect();
	if (m_state == CONNECTING || m_state == CLOSED)
		return;
	if (events & POLLOUT)
		Writable();
	if (IsMade())
		Readable(events);
}

void LinuxSocketBase::Writable()
{
	if (!Flush())
		return;
	if (m_state == CLOSING) {
		Release();
		m_socket.Unref();
		return;
	}
	if (m_blocked && m_shutSend && m_kind.IsConnected())
		libos_socket_shutdown(m_core, SHUT_WR);
	if (m_sent > 0) {
		uint32_t sent = m_sent;
		m_sent = 0;
		DataSent(sent);
	}
	if (m_blocked && m_state != CLOSED) {
		m_blocked = false;
		Room(GetTxAvailable());
	}
}

void LinuxSocketBase::Readable(uint32_t events)
{
	if (events & POLLIN && m_shutRecv)
		Discard();
	else if (events & POLLIN)
		DataReceived();
	if (!IsMade() || m_state == CLOSED || m_kind.IsDatagram() || m_closeNotified)
		return;
	if (events & POLLERR) {
		m_closeNotified = true;
		Result(-GetOption(SOL_SOCKET, SO_ERROR));
		ErrorClose();
	} else if (events & (POLLRDHUP | POLLHUP) || m_ended) {
		m_closeNotified = true;
		NormalClose();
	}
}

} // namespace ns3

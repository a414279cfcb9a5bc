/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Connections of a socket of Linux: how they begin on either side, and how they end.
 */

#include "linux-socket-base.h"

#include <cerrno>

namespace ns3
{

static const int BACKLOG = 128;

int LinuxSocketBase::Connect(const Address &address)
{
	if (!LinuxAddress::IsMatchingType(address))
		return Result(-EAFNOSUPPORT);
	LinuxAddress to(address);
	int failed = Make(to.Family());
	if (!failed) {
		ApplyOptions();
		failed = libos_socket_connect(m_core, to.Data(), to.Size());
	}
	if (failed == -EINPROGRESS) {
		m_state = CONNECTING;
		return 0;
	}
	if (failed) {
		ConnectionFailed();
		return Result(failed);
	}
	if (m_kind.IsConnected()) {
		m_state = CONNECTING;
		ScheduleHandle();
	} else {
		m_state = CONNECTED;
		ConnectionSucceeded();
	}
	return 0;
}

void LinuxSocketBase::FinishConnect()
{
	int failed = GetOption(SOL_SOCKET, SO_ERROR);
	if (failed) {
		Result(-failed);
		m_state = FRESH;
		ConnectionFailed();
		return;
	}
	m_state = CONNECTED;
	ConnectionSucceeded();
	if (m_state == CONNECTED && m_shutSend && m_rest.empty())
		libos_socket_shutdown(m_core, SHUT_WR);
}

int LinuxSocketBase::Listen()
{
	/* Applications listen on whatever socket they have, also of UDP. */
	if (!m_kind.IsConnected())
		return 0;
	int failed = Make(AF_INET);
	failed = failed ? failed : libos_socket_listen(m_core, BACKLOG);
	if (!failed)
		m_state = LISTENING;
	return Result(failed);
}

void LinuxSocketBase::AcceptAll()
{
	while (m_state == LISTENING) {
		int core = libos_socket_accept(m_core);
		if (core < 0)
			return;
		Accepted(core);
	}
}

int LinuxSocketBase::ShutdownSend()
{
	m_shutSend = true;
	if (m_kind.IsConnected() && m_state == CONNECTED && m_rest.empty())
		return Result(libos_socket_shutdown(m_core, SHUT_WR));
	return 0;
}

/* Linux would still take what comes, or give up connecting; ns-3 means that nobody will read. */
int LinuxSocketBase::ShutdownRecv()
{
	m_shutRecv = true;
	if (IsMade())
		ScheduleHandle();
	return 0;
}

int LinuxSocketBase::Close()
{
	if (m_state == CLOSED || m_state == CLOSING)
		return Result(-EBADF);
	if (m_rest.empty()) {
		Release();
	} else {
		/* Until the rest is sent the socket keeps itself. */
		m_state = CLOSING;
		m_socket.Ref();
	}
	return 0;
}

} // namespace ns3

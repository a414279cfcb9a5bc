/* SPDX-License-Identifier: GPL-2.0 */
/*
 * A socket of Linux from when it is made to when it is given back, and its errors.
 */

#include "linux-socket-base.h"

#include <cerrno>
#include <netinet/in.h>

namespace ns3
{

bool LinuxSocketKind::IsDatagram() const
{
	return type == SOCK_DGRAM || type == SOCK_RAW;
}

bool LinuxSocketKind::IsConnected() const
{
	return !IsDatagram();
}

LinuxSocketBase::LinuxSocketBase(Socket &socket)
    : m_kind(), m_core(NONE), m_family(AF_UNSPEC), m_errno(Socket::ERROR_NOTERROR),
      m_allowBroadcast(false), m_socket(socket), m_state(FRESH), m_blocked(false),
      m_shutSend(false), m_shutRecv(false), m_ended(false), m_closeNotified(false), m_sent(0),
      m_known()
{
}

LinuxSocketBase::~LinuxSocketBase()
{
	Release();
}

void LinuxSocketBase::SetUp(Ptr<LinuxStack> stack, LinuxSocketKind kind)
{
	m_stack = stack;
	m_kind = kind;
}

bool LinuxSocketBase::IsMade() const
{
	return m_core != NONE;
}

/* The node is gone when its simulation has ended, though an application may still have us. */
int LinuxSocketBase::Make(int family)
{
	if (IsMade())
		return m_stack->IsUp() ? 0 : -ENETDOWN;
	if (m_state == CLOSED || !m_stack || !m_stack->IsUp())
		return -EBADF;
	int made = libos_socket(m_stack->Core(), family, m_kind.type, m_kind.protocol,
				static_cast<LinuxSocketWatcher *>(this));
	if (made < 0)
		return made;
	m_core = made;
	m_family = family;
	Configure();
	return 0;
}

void LinuxSocketBase::TakeOver(const LinuxSocketBase &listening, int core)
{
	SetUp(listening.m_stack, listening.m_kind);
	m_core = core;
	m_family = listening.m_family;
	m_state = CONNECTED;
	libos_socket_watch(core, static_cast<LinuxSocketWatcher *>(this));
}

void LinuxSocketBase::Release()
{
	m_event.Cancel();
	m_state = CLOSED;
	if (IsMade() && m_stack && m_stack->IsUp())
		libos_socket_close(m_core);
	m_core = NONE;
}

static Socket::SocketErrno ToErrno(int errnum)
{
	switch (errnum) {
	case 0:
		return Socket::ERROR_NOTERROR;
	case EISCONN:
		return Socket::ERROR_ISCONN;
	case ENOTCONN:
	case EDESTADDRREQ:
	case EPIPE:
		return Socket::ERROR_NOTCONN;
	case EMSGSIZE:
		return Socket::ERROR_MSGSIZE;
	case EAGAIN:
	case EINPROGRESS:
	case ENOBUFS:
		return Socket::ERROR_AGAIN;
	case ESHUTDOWN:
		return Socket::ERROR_SHUTDOWN;
	case EOPNOTSUPP:
	case EPROTONOSUPPORT:
	case ESOCKTNOSUPPORT:
		return Socket::ERROR_OPNOTSUPP;
	case EAFNOSUPPORT:
		return Socket::ERROR_AFNOSUPPORT;
	case EBADF:
		return Socket::ERROR_BADF;
	case ENETUNREACH:
	case EHOSTUNREACH:
	case ENETDOWN:
	case EHOSTDOWN:
		return Socket::ERROR_NOROUTETOHOST;
	case ENODEV:
	case ENXIO:
		return Socket::ERROR_NODEV;
	case EADDRNOTAVAIL:
		return Socket::ERROR_ADDRNOTAVAIL;
	case EADDRINUSE:
		return Socket::ERROR_ADDRINUSE;
	default:
		return Socket::ERROR_INVAL;
	}
}

int LinuxSocketBase::Result(long result) const
{
	if (result >= 0)
		return result;
	m_errno = ToErrno(-result);
	return -1;
}

} // namespace ns3

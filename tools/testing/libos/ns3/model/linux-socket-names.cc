/* SPDX-License-Identifier: GPL-2.0 */
/*
 * The addresses of a socket of Linux: its own and its peer's.
 */

#include "linux-socket-base.h"

#include <cerrno>

namespace ns3
{

int LinuxSocketBase::Bind(const Address &address)
{
	if (!LinuxAddress::IsMatchingType(address))
		return Result(-EAFNOSUPPORT);
	LinuxAddress own(address);
	int failed = Make(own.Family());
	return Result(failed ? failed : libos_socket_bind(m_core, own.Data(), own.Size()));
}

int LinuxSocketBase::GetSockName(Address &address) const
{
	LinuxAddress own(m_family == AF_UNSPEC ? AF_INET : m_family);
	int failed = 0;
	if (IsMade())
		failed = libos_socket_name(m_core, false, own.Data(), sizeof(sockaddr_storage));
	if (!failed)
		address = own.ToAddress();
	return Result(failed);
}

int LinuxSocketBase::GetPeerName(Address &address) const
{
	LinuxAddress peer(m_family);
	int failed = -ENOTCONN;
	if (IsMade())
		failed = libos_socket_name(m_core, true, peer.Data(), sizeof(sockaddr_storage));
	if (!failed)
		address = peer.ToAddress();
	return Result(failed);
}

} // namespace ns3

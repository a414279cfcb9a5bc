/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Options of a socket of Linux: those that it has from the start, and those that ns3::Socket keeps.
 */

#include "linux-socket-base.h"

#include "ns3/fatal-error.h"

#include <linux/dccp.h>
#include <netinet/in.h>

namespace ns3
{

/* What our SOCK_DCCP connections are for; both sides must say the same. */
static const int DCCP_SERVICE = 0x6e733300;

int LinuxSocketBase::SetOption(int level, int name, int value)
{
	return libos_socket_setsockopt(m_core, level, name, &value, sizeof(value));
}

int LinuxSocketBase::GetOption(int level, int name) const
{
	int value = 0;
	int size = sizeof(value);
	int failed = libos_socket_getsockopt(m_core, level, name, &value, &size);
	return failed ? failed : value;
}

void LinuxSocketBase::Configure()
{
	/* ns-3 keeps the two apart, and applications bind one of each to a port. */
	if (m_family == AF_INET6)
		SetOption(IPPROTO_IPV6, IPV6_V6ONLY, 1);
	if (m_kind.type == SOCK_DCCP)
		SetOption(SOL_DCCP, DCCP_SOCKOPT_SERVICE, htonl(DCCP_SERVICE));
	if (m_allowBroadcast)
		SetOption(SOL_SOCKET, SO_BROADCAST, 1);
	BindToDevice();
}

void LinuxSocketBase::BindToDevice()
{
	Ptr<NetDevice> device = m_socket.GetBoundNetDevice();
	if (!IsMade() || !device)
		return;
	int32_t interface = m_stack->GetInterface(device);
	if (interface < 0)
		NS_FATAL_ERROR("the device is none of node " << m_stack->GetNode()->GetId());
	SetOption(SOL_SOCKET, SO_BINDTOIFINDEX, m_stack->GetIfIndex(interface));
}

bool LinuxSocketBase::SetAllowBroadcast(bool allow)
{
	m_allowBroadcast = allow;
	return !IsMade() || SetOption(SOL_SOCKET, SO_BROADCAST, allow) == 0;
}

/* Tells Linux what differs from what it was told. */
void LinuxSocketBase::ApplyOptions()
{
	auto apply = [this](int &known, int wanted, int level, int name) {
		if (wanted >= 0 && known != wanted && SetOption(level, name, wanted) == 0)
			known = wanted;
	};
	LinuxSocketOptions wanted = GetOptions();
	apply(m_known.priority, wanted.priority, SOL_SOCKET, SO_PRIORITY);
	if (m_family == AF_INET) {
		apply(m_known.tos, wanted.tos, IPPROTO_IP, IP_TOS);
		apply(m_known.ttl, wanted.ttl, IPPROTO_IP, IP_TTL);
		apply(m_known.recvTos, wanted.recvTos, IPPROTO_IP, IP_RECVTOS);
		apply(m_known.recvTtl, wanted.recvTtl, IPPROTO_IP, IP_RECVTTL);
		apply(m_known.recvPktInfo, wanted.recvPktInfo, IPPROTO_IP, IP_PKTINFO);
	} else {
		apply(m_known.tclass, wanted.tclass, IPPROTO_IPV6, IPV6_TCLASS);
		apply(m_known.hopLimit, wanted.hopLimit, IPPROTO_IPV6, IPV6_UNICAST_HOPS);
		apply(m_known.recvTclass, wanted.recvTclass, IPPROTO_IPV6, IPV6_RECVTCLASS);
		apply(m_known.recvHopLimit, wanted.recvHopLimit, IPPROTO_IPV6, IPV6_RECVHOPLIMIT);
		apply(m_known.recvPktInfo, wanted.recvPktInfo, IPPROTO_IPV6, IPV6_RECVPKTINFO);
	}
}

} // namespace ns3

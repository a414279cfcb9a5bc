/* SPDX-License-Identifier: GPL-2.0 */

#include "linux-udp-socket.h"

#include <netinet/in.h>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(LinuxUdpSocket);

TypeId LinuxUdpSocket::GetTypeId()
{
	static TypeId tid = TypeId("ns3::LinuxUdpSocket")
				    .SetParent<UdpSocket>()
				    .SetGroupName("LibOS")
				    .AddConstructor<LinuxUdpSocket>();
	return tid;
}

Ptr<LinuxSocketOf<UdpSocket>> LinuxUdpSocket::Another() const
{
	return CreateObject<LinuxUdpSocket>();
}

void LinuxUdpSocket::Configure()
{
	LinuxSocketBase::Configure();
	SetRcvBufSize(m_rcvBufSize);
	SetIpMulticastTtl(m_multicastTtl);
	SetIpMulticastIf(m_multicastIf);
	SetIpMulticastLoop(m_multicastLoop);
	SetMtuDiscover(m_mtuDiscover);
}

int LinuxUdpSocket::MulticastJoinGroup(uint32_t interface, const Address &group)
{
	return ChangeGroup(interface, group, IP_ADD_MEMBERSHIP, IPV6_JOIN_GROUP);
}

int LinuxUdpSocket::MulticastLeaveGroup(uint32_t interface, const Address &group)
{
	return ChangeGroup(interface, group, IP_DROP_MEMBERSHIP, IPV6_LEAVE_GROUP);
}

/* Interface 0 is any: the one with a route to the group. */
int LinuxUdpSocket::ChangeGroup(uint32_t interface, const Address &group, int name4, int name6)
{
	LinuxAddress address(group);
	int failed = Make(address.Family());
	if (failed)
		return Result(failed);
	int index = interface ? m_stack->GetIfIndex(interface) : 0;
	if (address.Family() == AF_INET) {
		struct ip_mreqn request = {};
		request.imr_multiaddr = static_cast<const sockaddr_in *>(address.Data())->sin_addr;
		request.imr_ifindex = index;
		return Result(libos_socket_setsockopt(m_core, IPPROTO_IP, name4, &request,
						      sizeof(request)));
	}
	struct ipv6_mreq request = {};
	request.ipv6mr_multiaddr = static_cast<const sockaddr_in6 *>(address.Data())->sin6_addr;
	request.ipv6mr_interface = index;
	return Result(
		libos_socket_setsockopt(m_core, IPPROTO_IPV6, name6, &request, sizeof(request)));
}

void LinuxUdpSocket::SetRcvBufSize(uint32_t size)
{
	m_rcvBufSize = size;
	if (IsMade())
		SetOption(SOL_SOCKET, SO_RCVBUF, size);
}

uint32_t LinuxUdpSocket::GetRcvBufSize() const
{
	return m_rcvBufSize;
}

/* 0 stands for Linux's own, which is 1. */
void LinuxUdpSocket::SetIpMulticastTtl(uint8_t ttl)
{
	m_multicastTtl = ttl;
	if (IsMade() && ttl > 0 && m_family == AF_INET)
		SetOption(IPPROTO_IP, IP_MULTICAST_TTL, ttl);
	else if (IsMade() && ttl > 0)
		SetOption(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, ttl);
}

uint8_t LinuxUdpSocket::GetIpMulticastTtl() const
{
	return m_multicastTtl;
}

void LinuxUdpSocket::SetIpMulticastIf(int32_t interface)
{
	m_multicastIf = interface;
	if (!IsMade() || interface < 1)
		return;
	int index = m_stack->GetIfIndex(interface);
	if (m_family == AF_INET6) {
		SetOption(IPPROTO_IPV6, IPV6_MULTICAST_IF, index);
		return;
	}
	struct ip_mreqn request = {};
	request.imr_ifindex = index;
	libos_socket_setsockopt(m_core, IPPROTO_IP, IP_MULTICAST_IF, &request, sizeof(request));
}

int32_t LinuxUdpSocket::GetIpMulticastIf() const
{
	return m_multicastIf;
}

void LinuxUdpSocket::SetIpMulticastLoop(bool loop)
{
	m_multicastLoop = loop;
	if (IsMade() && m_family == AF_INET)
		SetOption(IPPROTO_IP, IP_MULTICAST_LOOP, loop);
	else if (IsMade())
		SetOption(IPPROTO_IPV6, IPV6_MULTICAST_LOOP, loop);
}

bool LinuxUdpSocket::GetIpMulticastLoop() const
{
	return m_multicastLoop;
}

void LinuxUdpSocket::SetMtuDiscover(bool discover)
{
	m_mtuDiscover = discover;
	if (IsMade() && m_family == AF_INET)
		SetOption(IPPROTO_IP, IP_MTU_DISCOVER,
			  discover ? IP_PMTUDISC_DO : IP_PMTUDISC_DONT);
}

bool LinuxUdpSocket::GetMtuDiscover() const
{
	return m_mtuDiscover;
}

} // namespace ns3

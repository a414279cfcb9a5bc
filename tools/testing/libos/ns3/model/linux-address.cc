/* SPDX-License-Identifier: GPL-2.0 */

#include "linux-address.h"

#include "ns3/inet-socket-address.h"
#include "ns3/inet6-socket-address.h"

#include <netinet/in.h>

namespace ns3
{

LinuxAddress::LinuxAddress(int family) : m_storage()
{
	m_storage.ss_family = family;
}

LinuxAddress::LinuxAddress(const Address &address) : m_storage()
{
	if (InetSocketAddress::IsMatchingType(address)) {
		InetSocketAddress inet = InetSocketAddress::ConvertFrom(address);
		Set(inet.GetIpv4(), inet.GetPort());
	} else if (Inet6SocketAddress::IsMatchingType(address)) {
		Inet6SocketAddress inet6 = Inet6SocketAddress::ConvertFrom(address);
		Set(inet6.GetIpv6(), inet6.GetPort());
	} else if (Ipv4Address::IsMatchingType(address)) {
		Set(Ipv4Address::ConvertFrom(address), 0);
	} else if (Ipv6Address::IsMatchingType(address)) {
		Set(Ipv6Address::ConvertFrom(address), 0);
	}
}

bool LinuxAddress::IsMatchingType(const Address &address)
{
	return InetSocketAddress::IsMatchingType(address) ||
	       Inet6SocketAddress::IsMatchingType(address) ||
	       Ipv4Address::IsMatchingType(address) || Ipv6Address::IsMatchingType(address);
}

void LinuxAddress::Set(Ipv4Address address, uint16_t port)
{
	sockaddr_in *inet = reinterpret_cast<sockaddr_in *>(&m_storage);
	inet->sin_family = AF_INET;
	inet->sin_port = htons(port);
	address.Serialize(reinterpret_cast<uint8_t *>(&inet->sin_addr));
}

void LinuxAddress::Set(Ipv6Address address, uint16_t port)
{
	sockaddr_in6 *inet6 = reinterpret_cast<sockaddr_in6 *>(&m_storage);
	inet6->sin6_family = AF_INET6;
	inet6->sin6_port = htons(port);
	address.Serialize(inet6->sin6_addr.s6_addr);
}

int LinuxAddress::Family() const
{
	return m_storage.ss_family;
}

void *LinuxAddress::Data()
{
	return &m_storage;
}

const void *LinuxAddress::Data() const
{
	return &m_storage;
}

int LinuxAddress::Size() const
{
	return Family() == AF_INET6 ? sizeof(sockaddr_in6) : sizeof(sockaddr_in);
}

Address LinuxAddress::ToAddress() const
{
	if (Family() == AF_INET6) {
		const sockaddr_in6 *inet6 = reinterpret_cast<const sockaddr_in6 *>(&m_storage);
		return Inet6SocketAddress(Ipv6Address::Deserialize(inet6->sin6_addr.s6_addr),
					  ntohs(inet6->sin6_port));
	}
	const sockaddr_in *inet = reinterpret_cast<const sockaddr_in *>(&m_storage);
	return InetSocketAddress(Ipv4Address(ntohl(inet->sin_addr.s_addr)), ntohs(inet->sin_port));
}

} // namespace ns3

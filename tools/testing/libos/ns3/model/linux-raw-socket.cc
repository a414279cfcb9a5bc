/* SPDX-License-Identifier: GPL-2.0 */

#include "linux-raw-socket.h"

#include "ns3/boolean.h"
#include "ns3/fatal-error.h"
#include "ns3/uinteger.h"

#include <netinet/in.h>

namespace ns3
{

/* Of Linux's socket options, which C libraries name only in part. */
static const int ICMP_FILTER_OPTION = 1;

NS_OBJECT_ENSURE_REGISTERED(LinuxRawSocket);

TypeId LinuxRawSocket::GetTypeId()
{
	static TypeId tid =
		TypeId("ns3::LinuxRawSocket")
			.SetParent<Socket>()
			.SetGroupName("LibOS")
			.AddConstructor<LinuxRawSocket>()
			.AddAttribute("Protocol",
				      "Protocol of IP, to be set before the socket is used.",
				      UintegerValue(0),
				      MakeUintegerAccessor(&LinuxRawSocket::SetProtocol,
							   &LinuxRawSocket::GetProtocol),
				      MakeUintegerChecker<uint16_t>(0, 255))
			.AddAttribute("IcmpFilter",
				      "Types of ICMP that are not received, a bit each.",
				      UintegerValue(0),
				      MakeUintegerAccessor(&LinuxRawSocket::m_icmpFilter),
				      MakeUintegerChecker<uint32_t>())
			.AddAttribute("IpHeaderInclude",
				      "Packets sent begin with their header of IPv4.",
				      BooleanValue(false),
				      MakeBooleanAccessor(&LinuxRawSocket::m_ipHeaderInclude),
				      MakeBooleanChecker());
	return tid;
}

Ptr<LinuxSocketOf<Socket>> LinuxRawSocket::Another() const
{
	return CreateObject<LinuxRawSocket>();
}

void LinuxRawSocket::SetProtocol(uint16_t protocol)
{
	if (IsMade() && protocol != m_kind.protocol)
		NS_FATAL_ERROR("the protocol of a raw socket cannot be changed once it is used");
	m_kind.protocol = protocol;
}

uint16_t LinuxRawSocket::GetProtocol() const
{
	return m_kind.protocol;
}

void LinuxRawSocket::Configure()
{
	if (m_family == AF_INET && m_ipHeaderInclude)
		SetOption(IPPROTO_IP, IP_HDRINCL, 1);
	if (m_family == AF_INET && m_icmpFilter)
		SetOption(SOL_RAW, ICMP_FILTER_OPTION, m_icmpFilter);
	if (m_allowBroadcast)
		SetOption(SOL_SOCKET, SO_BROADCAST, 1);
	BindToDevice();
}

} // namespace ns3

/* SPDX-License-Identifier: GPL-2.0 */

#include "linux-socket-factory.h"

#include <netinet/in.h>

namespace ns3
{

/* Newer than some C libraries. */
static const int PROTOCOL_MPTCP = 262;

static const LinuxSocketKind TCP = {SOCK_STREAM, IPPROTO_TCP, Socket::NS3_SOCK_STREAM};
static const LinuxSocketKind MPTCP = {SOCK_STREAM, PROTOCOL_MPTCP, Socket::NS3_SOCK_STREAM};
static const LinuxSocketKind SCTP = {SOCK_STREAM, IPPROTO_SCTP, Socket::NS3_SOCK_STREAM};
static const LinuxSocketKind DCCP = {SOCK_DCCP, IPPROTO_DCCP, Socket::NS3_SOCK_SEQPACKET};
static const LinuxSocketKind UDP = {SOCK_DGRAM, IPPROTO_UDP, Socket::NS3_SOCK_DGRAM};
static const LinuxSocketKind RAW = {SOCK_RAW, 0, Socket::NS3_SOCK_RAW};

template <class SocketClass>
static Ptr<Socket> Make(Ptr<LinuxStack> stack, const LinuxSocketKind &kind)
{
	Ptr<SocketClass> socket = CreateObject<SocketClass>();
	socket->SetUp(stack, kind);
	return socket;
}

#define LINUX_SOCKET_FACTORY(name, parent, socketClass, kind)            \
	NS_OBJECT_ENSURE_REGISTERED(name);                               \
                                                                         \
	TypeId name::GetTypeId()                                         \
	{                                                                \
		static TypeId tid = TypeId("ns3::" #name)                \
					    .SetParent<parent>()         \
					    .SetGroupName("LibOS")       \
					    .AddConstructor<name>();     \
		return tid;                                              \
	}                                                                \
                                                                         \
	Ptr<Socket> name::CreateSocket()                                 \
	{                                                                \
		return Make<socketClass>(GetObject<LinuxStack>(), kind); \
	}

LINUX_SOCKET_FACTORY(LinuxTcpSocketFactory, TcpSocketFactory, LinuxSocket, TCP)
LINUX_SOCKET_FACTORY(LinuxTcp6SocketFactory, SocketFactory, LinuxSocket, TCP)
LINUX_SOCKET_FACTORY(LinuxUdpSocketFactory, UdpSocketFactory, LinuxUdpSocket, UDP)
LINUX_SOCKET_FACTORY(LinuxUdp6SocketFactory, SocketFactory, LinuxUdpSocket, UDP)
LINUX_SOCKET_FACTORY(LinuxSctpSocketFactory, SocketFactory, LinuxSocket, SCTP)
LINUX_SOCKET_FACTORY(LinuxSctp6SocketFactory, SocketFactory, LinuxSocket, SCTP)
LINUX_SOCKET_FACTORY(LinuxDccpSocketFactory, SocketFactory, LinuxSocket, DCCP)
LINUX_SOCKET_FACTORY(LinuxDccp6SocketFactory, SocketFactory, LinuxSocket, DCCP)
LINUX_SOCKET_FACTORY(LinuxMptcpSocketFactory, SocketFactory, LinuxSocket, MPTCP)
LINUX_SOCKET_FACTORY(LinuxRawSocketFactory, SocketFactory, LinuxRawSocket, RAW)
LINUX_SOCKET_FACTORY(LinuxIpv4RawSocketFactory, Ipv4RawSocketFactory, LinuxRawSocket, RAW)
LINUX_SOCKET_FACTORY(LinuxIpv6RawSocketFactory, Ipv6RawSocketFactory, LinuxRawSocket, RAW)

void LinuxAddSocketFactories(Ptr<Node> node)
{
	node->AggregateObject(CreateObject<LinuxTcpSocketFactory>());
	node->AggregateObject(CreateObject<LinuxTcp6SocketFactory>());
	node->AggregateObject(CreateObject<LinuxUdpSocketFactory>());
	node->AggregateObject(CreateObject<LinuxUdp6SocketFactory>());
	node->AggregateObject(CreateObject<LinuxSctpSocketFactory>());
	node->AggregateObject(CreateObject<LinuxSctp6SocketFactory>());
	node->AggregateObject(CreateObject<LinuxDccpSocketFactory>());
	node->AggregateObject(CreateObject<LinuxDccp6SocketFactory>());
	node->AggregateObject(CreateObject<LinuxMptcpSocketFactory>());
	node->AggregateObject(CreateObject<LinuxRawSocketFactory>());
	node->AggregateObject(CreateObject<LinuxIpv4RawSocketFactory>());
	node->AggregateObject(CreateObject<LinuxIpv6RawSocketFactory>());
}

} // namespace ns3

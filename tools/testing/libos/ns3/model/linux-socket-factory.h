/* SPDX-License-Identifier: GPL-2.0 */

#ifndef LINUX_SOCKET_FACTORY_H
#define LINUX_SOCKET_FACTORY_H

#include "linux-raw-socket.h"
#include "linux-socket.h"
#include "linux-udp-socket.h"

#include "ns3/ipv4-raw-socket-factory.h"
#include "ns3/ipv6-raw-socket-factory.h"
#include "ns3/socket-factory.h"
#include "ns3/tcp-socket-factory.h"
#include "ns3/udp-socket-factory.h"

namespace ns3
{

/*
 * The factories of a node with Linux. Those of TCP, UDP and raw sockets are also
 * found by the names of ns-3's own, which its applications have by default.
 * The forms with a 6 are for scripts of DCE: any factory serves IPv4 and IPv6.
 */
#define LINUX_SOCKET_FACTORY(name, parent)           \
	class name : public parent                   \
	{                                            \
	      public:                                \
		static TypeId GetTypeId();           \
		Ptr<Socket> CreateSocket() override; \
	}

LINUX_SOCKET_FACTORY(LinuxTcpSocketFactory, TcpSocketFactory);
LINUX_SOCKET_FACTORY(LinuxTcp6SocketFactory, SocketFactory);
LINUX_SOCKET_FACTORY(LinuxUdpSocketFactory, UdpSocketFactory);
LINUX_SOCKET_FACTORY(LinuxUdp6SocketFactory, SocketFactory);
LINUX_SOCKET_FACTORY(LinuxSctpSocketFactory, SocketFactory);
LINUX_SOCKET_FACTORY(LinuxSctp6SocketFactory, SocketFactory);
LINUX_SOCKET_FACTORY(LinuxDccpSocketFactory, SocketFactory);
LINUX_SOCKET_FACTORY(LinuxDccp6SocketFactory, SocketFactory);
LINUX_SOCKET_FACTORY(LinuxMptcpSocketFactory, SocketFactory);
LINUX_SOCKET_FACTORY(LinuxRawSocketFactory, SocketFactory);
LINUX_SOCKET_FACTORY(LinuxIpv4RawSocketFactory, Ipv4RawSocketFactory);
LINUX_SOCKET_FACTORY(LinuxIpv6RawSocketFactory, Ipv6RawSocketFactory);

#undef LINUX_SOCKET_FACTORY

/** Aggregates all of them to a node. */
void LinuxAddSocketFactories(Ptr<Node> node);

} // namespace ns3

#endif

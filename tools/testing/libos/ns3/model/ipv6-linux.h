/* SPDX-License-Identifier: GPL-2.0 */

#ifndef IPV6_LINUX_H
#define IPV6_LINUX_H

#include "linux-ip.h"

#include "ns3/ipv6.h"
#include "ns3/ipv6-list-routing.h"
#include "ns3/ipv6-routing-table-entry.h"

#include <sys/socket.h>
#include <vector>

namespace ns3
{

/** IPv6, for LinuxIp: the names of ns-3 and of Linux. */
struct LinuxIpv6Family {
	using Ip = Ipv6;
	using Address = Ipv6Address;
	using Mask = Ipv6Prefix;
	using InterfaceAddress = Ipv6InterfaceAddress;
	using Route = Ipv6RoutingTableEntry;
	using RoutingProtocol = Ipv6RoutingProtocol;
	using ListRouting = Ipv6ListRouting;

	static constexpr int NUMBER = AF_INET6;
	static constexpr const char *NAME = "IPv6";
	/** Sysctls: those of interfaces, and whether the node is a router. */
	static constexpr const char *INTERFACES = "net/ipv6/conf/";
	static constexpr const char *FORWARD = "net/ipv6/conf/all/forwarding";
	/** The routing protocols of ns-3 that have routes for Linux. */
	static constexpr const char *ROUTING = "static routing";
};

/** A node's Linux as ns3::Ipv6; see LinuxIp. */
class Ipv6Linux : public LinuxIp<LinuxIpv6Family>
{
      public:
	static TypeId GetTypeId();

	void SetRoutingProtocol(Ptr<Ipv6RoutingProtocol> protocol) override;
	bool AddAddress(uint32_t interface, Ipv6InterfaceAddress address,
			bool addOnLinkRoute = true) override;
	void SetForwarding(uint32_t interface, bool forward) override;

	/* Sending, paths, extensions and options are Linux's. */
	void Send(Ptr<Packet> packet, Ipv6Address from, Ipv6Address to, uint8_t protocol,
		  Ptr<Ipv6Route> route) override;
	void SetPmtu(Ipv6Address to, uint32_t mtu) override;
	void RegisterExtensions() override;
	void RegisterOptions() override;

      private:
	std::vector<Ipv6InterfaceAddress> Addresses(uint32_t interface) const override;
	Ipv6InterfaceAddress FromLinux(const libos_address &raw) const override;
	Ipv6Prefix MaskOf(const Ipv6InterfaceAddress &own) const override;
	Ipv6Prefix MaskOf(const Ipv6RoutingTableEntry &route) const override;
	Ipv6Address Source(const std::vector<Ipv6InterfaceAddress> &all) const override;
	bool TakeRoutesFrom(Ptr<Ipv6RoutingProtocol> protocol) override;
	void SetMtuDiscover(bool discover) override;
	bool GetMtuDiscover() const override;

	bool m_discover;
};

} // namespace ns3

#endif

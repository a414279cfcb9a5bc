/* SPDX-License-Identifier: GPL-2.0 */

#ifndef IPV4_LINUX_H
#define IPV4_LINUX_H

#include "linux-ip.h"

#include "ns3/ipv4.h"
#include "ns3/ipv4-list-routing.h"
#include "ns3/ipv4-routing-table-entry.h"

#include <sys/socket.h>
#include <vector>

namespace ns3
{

/** IPv4, for LinuxIp: the names of ns-3 and of Linux. */
struct LinuxIpv4Family {
	using Ip = Ipv4;
	using Address = Ipv4Address;
	using Mask = Ipv4Mask;
	using InterfaceAddress = Ipv4InterfaceAddress;
	using Route = Ipv4RoutingTableEntry;
	using RoutingProtocol = Ipv4RoutingProtocol;
	using ListRouting = Ipv4ListRouting;

	static constexpr int NUMBER = AF_INET;
	static constexpr const char *NAME = "IPv4";
	/** Sysctls: those of interfaces, and whether the node is a router. */
	static constexpr const char *INTERFACES = "net/ipv4/conf/";
	static constexpr const char *FORWARD = "net/ipv4/ip_forward";
	/** The routing protocols of ns-3 that have routes for Linux. */
	static constexpr const char *ROUTING = "static and global routing";
};

/** A node's Linux as ns3::Ipv4; see LinuxIp. */
class Ipv4Linux : public LinuxIp<LinuxIpv4Family>
{
      public:
	static TypeId GetTypeId();

	void SetRoutingProtocol(Ptr<Ipv4RoutingProtocol> protocol) override;
	bool AddAddress(uint32_t interface, Ipv4InterfaceAddress address) override;
	bool IsDestinationAddress(Ipv4Address address, uint32_t interface) const override;
	Ipv4Address
	SelectSourceAddress(Ptr<const NetDevice> device, Ipv4Address to,
			    Ipv4InterfaceAddress::InterfaceAddressScope_e scope) override;

	/* Raw sockets are Linux's; see its socket factories. */
	void Send(Ptr<Packet> packet, Ipv4Address from, Ipv4Address to, uint8_t protocol,
		  Ptr<Ipv4Route> route) override;
	void SendWithHeader(Ptr<Packet> packet, Ipv4Header header, Ptr<Ipv4Route> route) override;
	Ptr<Socket> CreateRawSocket() override;
	void DeleteRawSocket(Ptr<Socket> socket) override;

      private:
	Ipv4InterfaceAddress FromLinux(const libos_address &raw) const override;
	Ipv4Mask MaskOf(const Ipv4InterfaceAddress &own) const override;
	Ipv4Mask MaskOf(const Ipv4RoutingTableEntry &route) const override;
	Ipv4Address Source(const std::vector<Ipv4InterfaceAddress> &all) const override;
	bool TakeRoutesFrom(Ptr<Ipv4RoutingProtocol> protocol) override;
	/* Until ns-3.41 these were what the strong model is now. */
	void SetWeakEsModel(bool model) override;
	bool GetWeakEsModel() const override;
};

} // namespace ns3

#endif

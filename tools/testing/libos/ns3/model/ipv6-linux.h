/* SPDX-License-Identifier: GPL-2.0 */

#ifndef IPV6_LINUX_H
#define IPV6_LINUX_H

#include "linux-stack.h"

#include "ns3/ipv6.h"
#include "ns3/ipv6-routing-protocol.h"

#include <vector>

namespace ns3
{

/** A node's Linux as ns3::Ipv6; see Ipv4Linux. */
class Ipv6Linux : public Ipv6
{
      public:
	static TypeId GetTypeId();

	void SetRoutingProtocol(Ptr<Ipv6RoutingProtocol> protocol) override;
	Ptr<Ipv6RoutingProtocol> GetRoutingProtocol() const override;
	uint32_t AddInterface(Ptr<NetDevice> device) override;
	uint32_t GetNInterfaces() const override;
	int32_t GetInterfaceForAddress(Ipv6Address address) const override;
	int32_t GetInterfaceForPrefix(Ipv6Address address, Ipv6Prefix prefix) const override;
	int32_t GetInterfaceForDevice(Ptr<const NetDevice> device) const override;
	Ptr<NetDevice> GetNetDevice(uint32_t interface) override;

	bool AddAddress(uint32_t interface, Ipv6InterfaceAddress address,
			bool addOnLinkRoute = true) override;
	uint32_t GetNAddresses(uint32_t interface) const override;
	Ipv6InterfaceAddress GetAddress(uint32_t interface, uint32_t number) const override;
	bool RemoveAddress(uint32_t interface, uint32_t number) override;
	bool RemoveAddress(uint32_t interface, Ipv6Address address) override;
	Ipv6Address SourceAddressSelection(uint32_t interface, Ipv6Address to) override;

	void SetMetric(uint32_t interface, uint16_t metric) override;
	uint16_t GetMetric(uint32_t interface) const override;
	uint16_t GetMtu(uint32_t interface) const override;
	void SetPmtu(Ipv6Address to, uint32_t mtu) override;
	bool IsUp(uint32_t interface) const override;
	void SetUp(uint32_t interface) override;
	void SetDown(uint32_t interface) override;
	bool IsForwarding(uint32_t interface) const override;
	void SetForwarding(uint32_t interface, bool forward) override;

	/* Protocols, extensions and options are Linux's. */
	void Insert(Ptr<IpL4Protocol> protocol) override;
	void Insert(Ptr<IpL4Protocol> protocol, uint32_t interface) override;
	void Remove(Ptr<IpL4Protocol> protocol) override;
	void Remove(Ptr<IpL4Protocol> protocol, uint32_t interface) override;
	Ptr<IpL4Protocol> GetProtocol(int number) const override;
	Ptr<IpL4Protocol> GetProtocol(int number, int32_t interface) const override;
	void Send(Ptr<Packet> packet, Ipv6Address from, Ipv6Address to, uint8_t protocol,
		  Ptr<Ipv6Route> route) override;
	void RegisterExtensions() override;
	void RegisterOptions() override;

	/** Gives Linux the routes that the routing protocol holds and Linux lacks. */
	void TakeRoutes();

      protected:
	void NotifyNewAggregate() override;
	void DoInitialize() override;
	void DoDispose() override;

      private:
	void SetIpForward(bool forward) override;
	bool GetIpForward() const override;
	void SetMtuDiscover(bool discover) override;
	bool GetMtuDiscover() const override;
	/* Since ns-3.41. */
	virtual void SetStrongEndSystemModel(bool model);
	virtual bool GetStrongEndSystemModel() const;

	std::vector<Ipv6InterfaceAddress> Addresses(uint32_t interface) const;
	void Link(uint32_t interface, bool &up, uint32_t &mtu) const;
	void TakeRoutesOf(Ptr<Ipv6RoutingProtocol> protocol);

	Ptr<LinuxStack> m_stack;
	Ptr<Ipv6RoutingProtocol> m_protocol;
	std::vector<uint16_t> m_metrics;
	/** Set before there was a Linux to tell. */
	bool m_forward;
	bool m_discover;
	bool m_strong;
};

} // namespace ns3

#endif

/* SPDX-License-Identifier: GPL-2.0 */

#ifndef IPV4_LINUX_H
#define IPV4_LINUX_H

#include "linux-stack.h"

#include "ns3/ipv4.h"
#include "ns3/ipv4-routing-protocol.h"

#include <vector>

namespace ns3
{

/**
 * A node's Linux as ns3::Ipv4, for ns-3's helpers: what they set is set in
 * Linux, and what they ask is asked of it. Interface 0 is lo.
 *
 * Linux routes by itself. Routes that static or global routing of ns-3 hold for
 * this node are given to it, when PopulateRoutingTables() makes them and when the
 * simulation begins.
 */
class Ipv4Linux : public Ipv4
{
      public:
	static TypeId GetTypeId();

	void SetRoutingProtocol(Ptr<Ipv4RoutingProtocol> protocol) override;
	Ptr<Ipv4RoutingProtocol> GetRoutingProtocol() const override;
	uint32_t AddInterface(Ptr<NetDevice> device) override;
	uint32_t GetNInterfaces() const override;
	int32_t GetInterfaceForAddress(Ipv4Address address) const override;
	int32_t GetInterfaceForPrefix(Ipv4Address address, Ipv4Mask mask) const override;
	int32_t GetInterfaceForDevice(Ptr<const NetDevice> device) const override;
	Ptr<NetDevice> GetNetDevice(uint32_t interface) override;
	bool IsDestinationAddress(Ipv4Address address, uint32_t interface) const override;

	bool AddAddress(uint32_t interface, Ipv4InterfaceAddress address) override;
	uint32_t GetNAddresses(uint32_t interface) const override;
	Ipv4InterfaceAddress GetAddress(uint32_t interface, uint32_t number) const override;
	bool RemoveAddress(uint32_t interface, uint32_t number) override;
	bool RemoveAddress(uint32_t interface, Ipv4Address address) override;
	Ipv4Address
	SelectSourceAddress(Ptr<const NetDevice> device, Ipv4Address to,
			    Ipv4InterfaceAddress::InterfaceAddressScope_e scope) override;
	Ipv4Address SourceAddressSelection(uint32_t interface, Ipv4Address to) override;

	void SetMetric(uint32_t interface, uint16_t metric) override;
	uint16_t GetMetric(uint32_t interface) const override;
	uint16_t GetMtu(uint32_t interface) const override;
	bool IsUp(uint32_t interface) const override;
	void SetUp(uint32_t interface) override;
	void SetDown(uint32_t interface) override;
	bool IsForwarding(uint32_t interface) const override;
	void SetForwarding(uint32_t interface, bool forward) override;

	/* Protocols and raw sockets are Linux's; see its socket factories. */
	void Send(Ptr<Packet> packet, Ipv4Address from, Ipv4Address to, uint8_t protocol,
		  Ptr<Ipv4Route> route) override;
	void SendWithHeader(Ptr<Packet> packet, Ipv4Header header, Ptr<Ipv4Route> route) override;
	void Insert(Ptr<IpL4Protocol> protocol) override;
	void Insert(Ptr<IpL4Protocol> protocol, uint32_t interface) override;
	void Remove(Ptr<IpL4Protocol> protocol) override;
	void Remove(Ptr<IpL4Protocol> protocol, uint32_t interface) override;
	Ptr<IpL4Protocol> GetProtocol(int number) const override;
	Ptr<IpL4Protocol> GetProtocol(int number, int32_t interface) const override;
	Ptr<Socket> CreateRawSocket() override;
	void DeleteRawSocket(Ptr<Socket> socket) override;

	/** Gives Linux the routes that the routing protocol holds and Linux lacks. */
	void TakeRoutes();

      protected:
	void NotifyNewAggregate() override;
	void DoInitialize() override;
	void DoDispose() override;

      private:
	void SetIpForward(bool forward) override;
	bool GetIpForward() const override;
	void SetWeakEsModel(bool model) override;
	bool GetWeakEsModel() const override;
	/* Since ns-3.41 these are what the two before them were. */
	virtual void SetStrongEndSystemModel(bool model);
	virtual bool GetStrongEndSystemModel() const;

	std::vector<Ipv4InterfaceAddress> Addresses(uint32_t interface) const;
	void Link(uint32_t interface, bool &up, uint32_t &mtu) const;
	void TakeRoutesOf(Ptr<Ipv4RoutingProtocol> protocol);
	template <class Protocol>
	void TakeRoutesFrom(Protocol &protocol);

	Ptr<LinuxStack> m_stack;
	Ptr<Ipv4RoutingProtocol> m_protocol;
	std::vector<uint16_t> m_metrics;
	/** Set before there was a Linux to tell. */
	bool m_forward;
	bool m_strong;
};

} // namespace ns3

#endif

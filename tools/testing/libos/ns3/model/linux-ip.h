/* SPDX-License-Identifier: GPL-2.0 */

#ifndef LINUX_IP_H
#define LINUX_IP_H

#include "linux-stack.h"

#include <string>
#include <vector>

namespace ns3
{

class IpL4Protocol;

/**
 * A node's Linux as ns3::Ipv4 or ns3::Ipv6, for ns-3's helpers: what they set is set in
 * Linux, and what they ask is asked of it. Interface 0 is lo. Here is what both have
 * in common; Ipv4Linux and Ipv6Linux have the rest.
 *
 * Linux routes by itself. Routes that static or global routing of ns-3 hold for
 * this node are given to it, when PopulateRoutingTables() makes them and when the
 * simulation begins.
 */
template <class Family>
class LinuxIp : public Family::Ip
{
      public:
	using Address = typename Family::Address;
	using Mask = typename Family::Mask;
	using InterfaceAddress = typename Family::InterfaceAddress;
	using Route = typename Family::Route;
	using RoutingProtocol = typename Family::RoutingProtocol;

	uint32_t AddInterface(Ptr<NetDevice> device) override;
	uint32_t GetNInterfaces() const override;
	int32_t GetInterfaceForDevice(Ptr<const NetDevice> device) const override;
	Ptr<NetDevice> GetNetDevice(uint32_t interface) override;
	uint16_t GetMtu(uint32_t interface) const override;
	bool IsUp(uint32_t interface) const override;
	void SetUp(uint32_t interface) override;
	void SetDown(uint32_t interface) override;
	void SetMetric(uint32_t interface, uint16_t metric) override;
	uint16_t GetMetric(uint32_t interface) const override;

	uint32_t GetNAddresses(uint32_t interface) const override;
	InterfaceAddress GetAddress(uint32_t interface, uint32_t number) const override;
	bool RemoveAddress(uint32_t interface, uint32_t number) override;
	bool RemoveAddress(uint32_t interface, Address address) override;
	int32_t GetInterfaceForAddress(Address address) const override;
	int32_t GetInterfaceForPrefix(Address address, Mask mask) const override;
	Address SourceAddressSelection(uint32_t interface, Address to) override;

	bool IsForwarding(uint32_t interface) const override;
	void SetForwarding(uint32_t interface, bool forward) override;
	void SetRoutingProtocol(Ptr<RoutingProtocol> protocol) override;
	Ptr<RoutingProtocol> GetRoutingProtocol() const override;
	/** Gives Linux the routes that the routing protocol holds and Linux lacks. */
	void TakeRoutes();

	/* Protocols are Linux's; see its socket factories. */
	void Insert(Ptr<IpL4Protocol> protocol) override;
	void Insert(Ptr<IpL4Protocol> protocol, uint32_t interface) override;
	void Remove(Ptr<IpL4Protocol> protocol) override;
	void Remove(Ptr<IpL4Protocol> protocol, uint32_t interface) override;
	Ptr<IpL4Protocol> GetProtocol(int number) const override;
	Ptr<IpL4Protocol> GetProtocol(int number, int32_t interface) const override;

      protected:
	void NotifyNewAggregate() override;
	void DoInitialize() override;
	void DoDispose() override;

	void SetIpForward(bool forward) override;
	bool GetIpForward() const override;
	/* Virtual functions of ns-3's own since ns-3.41. Linux is of the weak model. */
	virtual void SetStrongEndSystemModel(bool model);
	virtual bool GetStrongEndSystemModel() const;

	/** Ends the simulation: Linux keeps this to itself. */
	static void NotHere(const char *what);
	void SetAddress(uint32_t interface, const InterfaceAddress &address);
	virtual std::vector<InterfaceAddress> Addresses(uint32_t interface) const;
	virtual InterfaceAddress FromLinux(const libos_address &raw) const = 0;
	virtual Mask MaskOf(const InterfaceAddress &own) const = 0;
	virtual Mask MaskOf(const Route &route) const = 0;
	/** Of all addresses of an interface, what it sends from into other networks. */
	virtual Address Source(const std::vector<InterfaceAddress> &all) const = 0;
	/** Takes the routes of a protocol that has some; false if it is none of those. */
	virtual bool TakeRoutesFrom(Ptr<RoutingProtocol> protocol) = 0;
	/** Those of a `Protocol`, if it is one. */
	template <class Protocol>
	bool TakeRoutesAs(Ptr<RoutingProtocol> protocol);

      private:
	void Link(uint32_t interface, bool &up, uint32_t &mtu) const;
	std::string ForwardingSysctl(uint32_t interface) const;
	void TakeRoutesOf(Ptr<RoutingProtocol> protocol);
	void TakeRoute(const Route &entry);
	libos_address ToLinux(const Address &address, uint8_t prefix) const;
	libos_address ToLinux(const InterfaceAddress &own) const;

	Ptr<LinuxStack> m_stack;
	Ptr<RoutingProtocol> m_protocol;
	std::vector<uint16_t> m_metrics;
	/** Set before there was a Linux to tell. */
	bool m_forward = false;
	bool m_strong = false;
};

template <class Family>
template <class Protocol>
bool LinuxIp<Family>::TakeRoutesAs(Ptr<RoutingProtocol> protocol)
{
	Ptr<Protocol> holder = DynamicCast<Protocol>(protocol);
	if (!holder)
		return false;
	for (uint32_t i = 0; i < holder->GetNRoutes(); i++)
		TakeRoute(Route(holder->GetRoute(i)));
	return true;
}

} // namespace ns3

#endif

/* SPDX-License-Identifier: GPL-2.0 */

#include "ipv4-linux.h"
#include "ipv6-linux.h"

#include "ns3/fatal-error.h"
#include "ns3/ip-l4-protocol.h"
#include "ns3/ipv4-list-routing.h"
#include "ns3/ipv4-route.h"
#include "ns3/ipv6-list-routing.h"
#include "ns3/ipv6-route.h"
#include "ns3/packet.h"

#include <algorithm>
#include <cerrno>

namespace ns3
{

/* What Linux refuses is an error of the script, which the reason tells. */
static void MustWork(int result)
{
	if (result < 0)
		NS_FATAL_ERROR(libos_reason());
}

template <class Family>
void LinuxIp<Family>::NotHere(const char *what)
{
	NS_FATAL_ERROR("this node has Linux instead of ns-3's "
		       << Family::NAME << ", which has no " << what
		       << " to be used from outside: use its socket factories");
}

template <class Family>
void LinuxIp<Family>::NotifyNewAggregate()
{
	if (!m_stack) {
		m_stack = this->template GetObject<LinuxStack>();
		if (m_stack) {
			libos_set_up(m_stack->Core(), m_stack->GetIfIndex(0), true);
			SetIpForward(m_forward);
		}
	}
	Family::Ip::NotifyNewAggregate();
}

template <class Family>
void LinuxIp<Family>::DoInitialize()
{
	TakeRoutes();
	Family::Ip::DoInitialize();
}

template <class Family>
void LinuxIp<Family>::DoDispose()
{
	m_stack = nullptr;
	m_protocol = nullptr;
	Family::Ip::DoDispose();
}

/* ---- interfaces ---- */

template <class Family>
uint32_t LinuxIp<Family>::AddInterface(Ptr<NetDevice> device)
{
	/* Linux has it since it is the node's. */
	int32_t interface = GetInterfaceForDevice(device);
	if (interface < 0)
		NS_FATAL_ERROR("the device is none of node " << m_stack->GetNode()->GetId());
	return interface;
}

template <class Family>
uint32_t LinuxIp<Family>::GetNInterfaces() const
{
	return m_stack->GetNInterfaces();
}

template <class Family>
int32_t LinuxIp<Family>::GetInterfaceForDevice(Ptr<const NetDevice> device) const
{
	return m_stack->GetInterface(device);
}

template <class Family>
Ptr<NetDevice> LinuxIp<Family>::GetNetDevice(uint32_t interface)
{
	Ptr<LinuxDevice> device = m_stack->GetDevice(interface);
	return device ? device->GetDevice() : nullptr;
}

template <class Family>
void LinuxIp<Family>::Link(uint32_t interface, bool &up, uint32_t &mtu) const
{
	MustWork(libos_link(m_stack->Core(), m_stack->GetIfIndex(interface), &up, &mtu));
}

template <class Family>
uint16_t LinuxIp<Family>::GetMtu(uint32_t interface) const
{
	bool up;
	uint32_t mtu;
	Link(interface, up, mtu);
	return std::min<uint32_t>(mtu, UINT16_MAX);
}

template <class Family>
bool LinuxIp<Family>::IsUp(uint32_t interface) const
{
	bool up;
	uint32_t mtu;
	Link(interface, up, mtu);
	return up;
}

template <class Family>
void LinuxIp<Family>::SetUp(uint32_t interface)
{
	MustWork(libos_set_up(m_stack->Core(), m_stack->GetIfIndex(interface), true));
}

template <class Family>
void LinuxIp<Family>::SetDown(uint32_t interface)
{
	MustWork(libos_set_up(m_stack->Core(), m_stack->GetIfIndex(interface), false));
}

/* Of an interface, for ns-3's global routing; Linux's routes have a metric each. */
template <class Family>
void LinuxIp<Family>::SetMetric(uint32_t interface, uint16_t metric)
{
	if (m_metrics.size() <= interface)
		m_metrics.resize(interface + 1, 1);
	m_metrics[interface] = metric;
}

template <class Family>
uint16_t LinuxIp<Family>::GetMetric(uint32_t interface) const
{
	return interface < m_metrics.size() ? m_metrics[interface] : 1;
}

/* ---- addresses ---- */

template <class Family>
libos_address LinuxIp<Family>::ToLinux(const Address &address, uint8_t prefix) const
{
	libos_address raw = {Family::NUMBER, prefix, 0, {}};
	address.Serialize(raw.bytes);
	return raw;
}

template <class Family>
libos_address LinuxIp<Family>::ToLinux(const InterfaceAddress &own) const
{
	return ToLinux(own.GetAddress(), MaskOf(own).GetPrefixLength());
}

template <class Family>
auto LinuxIp<Family>::Addresses(uint32_t interface) const -> std::vector<InterfaceAddress>
{
	struct Found {
		const LinuxIp &ip;
		uint32_t index;
		std::vector<InterfaceAddress> addresses;
	} all = {*this, uint32_t(m_stack->GetIfIndex(interface)), {}};
	auto visit = [](void *context, uint32_t index, const libos_address *address) {
		Found &found = *static_cast<Found *>(context);
		if (address->family == Family::NUMBER && index == found.index)
			found.addresses.push_back(found.ip.FromLinux(*address));
	};
	MustWork(libos_addresses(m_stack->Core(), visit, &all));
	return all.addresses;
}

template <class Family>
void LinuxIp<Family>::SetAddress(uint32_t interface, const InterfaceAddress &address)
{
	libos_address raw = ToLinux(address);
	MustWork(libos_change_address(m_stack->Core(), m_stack->GetIfIndex(interface), true, &raw));
}

template <class Family>
uint32_t LinuxIp<Family>::GetNAddresses(uint32_t interface) const
{
	return Addresses(interface).size();
}

template <class Family>
auto LinuxIp<Family>::GetAddress(uint32_t interface, uint32_t number) const -> InterfaceAddress
{
	return Addresses(interface).at(number);
}

template <class Family>
bool LinuxIp<Family>::RemoveAddress(uint32_t interface, uint32_t number)
{
	std::vector<InterfaceAddress> all = Addresses(interface);
	if (number >= all.size())
		return false;
	libos_address raw = ToLinux(all[number]);
	int index = m_stack->GetIfIndex(interface);
	return libos_change_address(m_stack->Core(), index, false, &raw) == 0;
}

template <class Family>
bool LinuxIp<Family>::RemoveAddress(uint32_t interface, Address address)
{
	std::vector<InterfaceAddress> all = Addresses(interface);
	for (uint32_t i = 0; i < all.size(); i++)
		if (all[i].GetAddress() == address)
			return RemoveAddress(interface, i);
	return false;
}

template <class Family>
int32_t LinuxIp<Family>::GetInterfaceForAddress(Address address) const
{
	for (uint32_t i = 0; i < GetNInterfaces(); i++)
		for (const InterfaceAddress &own : Addresses(i))
			if (own.GetAddress() == address)
				return i;
	return -1;
}

template <class Family>
int32_t LinuxIp<Family>::GetInterfaceForPrefix(Address address, Mask mask) const
{
	for (uint32_t i = 0; i < GetNInterfaces(); i++)
		for (const InterfaceAddress &own : Addresses(i))
			if (mask.IsMatch(own.GetAddress(), address))
				return i;
	return -1;
}

template <class Family>
auto LinuxIp<Family>::SourceAddressSelection(uint32_t interface, Address to) -> Address
{
	std::vector<InterfaceAddress> all = Addresses(interface);
	for (const InterfaceAddress &own : all)
		if (own.IsInSameSubnet(to))
			return own.GetAddress();
	return all.empty() ? Address::GetAny() : Source(all);
}

/* ---- routing ---- */

template <class Family>
std::string LinuxIp<Family>::ForwardingSysctl(uint32_t interface) const
{
	Ptr<LinuxDevice> device = m_stack->GetDevice(interface);
	return Family::INTERFACES + (device ? device->GetName() : "lo") + "/forwarding";
}

template <class Family>
bool LinuxIp<Family>::IsForwarding(uint32_t interface) const
{
	return m_stack->SysctlGet(ForwardingSysctl(interface)) == "1";
}

template <class Family>
void LinuxIp<Family>::SetForwarding(uint32_t interface, bool forward)
{
	m_stack->SysctlSet(ForwardingSysctl(interface), forward ? "1" : "0");
}

template <class Family>
void LinuxIp<Family>::SetIpForward(bool forward)
{
	m_forward = forward;
	if (m_stack)
		m_stack->SysctlSet(Family::FORWARD, forward ? "1" : "0");
}

template <class Family>
bool LinuxIp<Family>::GetIpForward() const
{
	return m_stack ? m_stack->SysctlGet(Family::FORWARD) == "1" : m_forward;
}

template <class Family>
void LinuxIp<Family>::SetStrongEndSystemModel(bool model)
{
	m_strong = model;
}

template <class Family>
bool LinuxIp<Family>::GetStrongEndSystemModel() const
{
	return m_strong;
}

template <class Family>
void LinuxIp<Family>::SetRoutingProtocol(Ptr<RoutingProtocol> protocol)
{
	m_protocol = protocol;
}

template <class Family>
auto LinuxIp<Family>::GetRoutingProtocol() const -> Ptr<RoutingProtocol>
{
	return m_protocol;
}

template <class Family>
void LinuxIp<Family>::TakeRoutes()
{
	if (m_protocol && m_stack)
		TakeRoutesOf(m_protocol);
}

template <class Family>
void LinuxIp<Family>::TakeRoutesOf(Ptr<RoutingProtocol> protocol)
{
	using ListRouting = typename Family::ListRouting;
	if (Ptr<ListRouting> list = DynamicCast<ListRouting>(protocol)) {
		int16_t priority;
		for (uint32_t i = 0; i < list->GetNRoutingProtocols(); i++)
			TakeRoutesOf(list->GetRoutingProtocol(i, priority));
	} else if (!TakeRoutesFrom(protocol)) {
		NS_FATAL_ERROR("node " << m_stack->GetNode()->GetId() << ": "
				       << protocol->GetInstanceTypeId().GetName()
				       << " cannot route for Linux; " << Family::ROUTING << " can");
	}
}

template <class Family>
void LinuxIp<Family>::TakeRoute(const Route &entry)
{
	Mask mask = MaskOf(entry);
	libos_route route = {};
	route.network = ToLinux(entry.GetDestNetwork(), mask.GetPrefixLength());
	route.index = m_stack->GetIfIndex(entry.GetInterface());
	if (entry.IsGateway())
		route.gateway = ToLinux(entry.GetGateway(), 0);
	else if (GetInterfaceForPrefix(entry.GetDestNetwork(), mask) >= 0)
		return; /* Linux has a route to each network that it is in. */
	int result = libos_change_route(m_stack->Core(), true, &route);
	if (result != -EEXIST)
		MustWork(result);
}

/* ---- what Linux keeps to itself ---- */

template <class Family>
void LinuxIp<Family>::Insert(Ptr<IpL4Protocol>)
{
	NotHere("place for protocols");
}

template <class Family>
void LinuxIp<Family>::Insert(Ptr<IpL4Protocol>, uint32_t)
{
	NotHere("place for protocols");
}

template <class Family>
void LinuxIp<Family>::Remove(Ptr<IpL4Protocol>)
{
	NotHere("place for protocols");
}

template <class Family>
void LinuxIp<Family>::Remove(Ptr<IpL4Protocol>, uint32_t)
{
	NotHere("place for protocols");
}

template <class Family>
Ptr<IpL4Protocol> LinuxIp<Family>::GetProtocol(int) const
{
	return nullptr;
}

template <class Family>
Ptr<IpL4Protocol> LinuxIp<Family>::GetProtocol(int, int32_t) const
{
	return nullptr;
}

template class LinuxIp<LinuxIpv4Family>;
template class LinuxIp<LinuxIpv6Family>;

} // namespace ns3

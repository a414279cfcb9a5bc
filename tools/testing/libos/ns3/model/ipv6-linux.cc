/* SPDX-License-Identifier: GPL-2.0 */

#include "ipv6-linux.h"

#include "ns3/fatal-error.h"
#include "ns3/ip-l4-protocol.h"
#include "ns3/ipv6-list-routing.h"
#include "ns3/ipv6-route.h"
#include "ns3/ipv6-routing-table-entry.h"
#include "ns3/ipv6-static-routing.h"
#include "ns3/packet.h"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(Ipv6Linux);

/* Scopes of <linux/rtnetlink.h>. */
static const uint8_t SCOPE_LINK = 253, SCOPE_HOST = 254;

TypeId Ipv6Linux::GetTypeId()
{
	static TypeId tid = TypeId("ns3::Ipv6Linux")
				    .SetParent<Ipv6>()
				    .SetGroupName("LibOS")
				    .AddConstructor<Ipv6Linux>();
	return tid;
}

static libos_address Raw(Ipv6Address address, uint8_t prefix)
{
	libos_address raw = {AF_INET6, prefix, 0, {}};
	address.Serialize(raw.bytes);
	return raw;
}

static void MustWork(int result)
{
	if (result < 0)
		NS_FATAL_ERROR(libos_reason());
}

static void NotHere(const char *what)
{
	NS_FATAL_ERROR("this node has Linux instead of ns-3's IPv6, which has no "
		       << what << " to be used from outside: use its socket factories");
}

void Ipv6Linux::NotifyNewAggregate()
{
	if (!m_stack) {
		m_stack = GetObject<LinuxStack>();
		if (m_stack) {
			libos_set_up(m_stack->Core(), m_stack->GetIfIndex(0), true);
			SetIpForward(m_forward);
		}
	}
	Ipv6::NotifyNewAggregate();
}

void Ipv6Linux::DoInitialize()
{
	TakeRoutes();
	Ipv6::DoInitialize();
}

void Ipv6Linux::DoDispose()
{
	m_stack = nullptr;
	m_protocol = nullptr;
	Ipv6::DoDispose();
}

/* ---- interfaces ---- */

uint32_t Ipv6Linux::AddInterface(Ptr<NetDevice> device)
{
	/* Linux has it since it is the node's. */
	int32_t interface = GetInterfaceForDevice(device);
	if (interface < 0)
		NS_FATAL_ERROR("the device is none of node " << m_stack->GetNode()->GetId());
	return interface;
}

uint32_t Ipv6Linux::GetNInterfaces() const
{
	return m_stack->GetNInterfaces();
}

int32_t Ipv6Linux::GetInterfaceForDevice(Ptr<const NetDevice> device) const
{
	return m_stack->GetInterface(device);
}

Ptr<NetDevice> Ipv6Linux::GetNetDevice(uint32_t interface)
{
	Ptr<LinuxDevice> device = m_stack->GetDevice(interface);
	return device ? device->GetDevice() : nullptr;
}

void Ipv6Linux::Link(uint32_t interface, bool &up, uint32_t &mtu) const
{
	MustWork(libos_link(m_stack->Core(), m_stack->GetIfIndex(interface), &up, &mtu));
}

uint16_t Ipv6Linux::GetMtu(uint32_t interface) const
{
	bool up;
	uint32_t mtu;
	Link(interface, up, mtu);
	return std::min<uint32_t>(mtu, UINT16_MAX);
}

void Ipv6Linux::SetPmtu(Ipv6Address, uint32_t)
{
	NotHere("path MTU");
}

bool Ipv6Linux::IsUp(uint32_t interface) const
{
	bool up;
	uint32_t mtu;
	Link(interface, up, mtu);
	return up;
}

void Ipv6Linux::SetUp(uint32_t interface)
{
	MustWork(libos_set_up(m_stack->Core(), m_stack->GetIfIndex(interface), true));
}

void Ipv6Linux::SetDown(uint32_t interface)
{
	MustWork(libos_set_up(m_stack->Core(), m_stack->GetIfIndex(interface), false));
}

void Ipv6Linux::SetMetric(uint32_t interface, uint16_t metric)
{
	if (m_metrics.size() <= interface)
		m_metrics.resize(interface + 1, 1);
	m_metrics[interface] = metric;
}

uint16_t Ipv6Linux::GetMetric(uint32_t interface) const
{
	return interface < m_metrics.size() ? m_metrics[interface] : 1;
}

/* ---- addresses ---- */

namespace
{

struct Found {
	uint32_t index;
	std::vector<Ipv6InterfaceAddress> addresses;
};

Ipv6InterfaceAddress::Scope_e ScopeOf(uint8_t scope)
{
	switch (scope) {
	case SCOPE_LINK:
		return Ipv6InterfaceAddress::LINKLOCAL;
	case SCOPE_HOST:
		return Ipv6InterfaceAddress::HOST;
	default:
		return Ipv6InterfaceAddress::GLOBAL;
	}
}

void Visit(void *context, uint32_t index, const libos_address *address)
{
	Found *found = static_cast<Found *>(context);
	if (address->family != AF_INET6 || index != found->index)
		return;
	uint8_t bytes[16];
	std::copy_n(address->bytes, sizeof(bytes), bytes);
	found->addresses.emplace_back(Ipv6Address::Deserialize(bytes), Ipv6Prefix(address->prefix));
	found->addresses.back().SetScope(ScopeOf(address->scope));
}

} // namespace

/* The link-local address first, as ns-3 has it. */
std::vector<Ipv6InterfaceAddress> Ipv6Linux::Addresses(uint32_t interface) const
{
	Found found = {uint32_t(m_stack->GetIfIndex(interface)), {}};
	MustWork(libos_addresses(m_stack->Core(), &Visit, &found));
	std::stable_partition(found.addresses.begin(), found.addresses.end(),
			      [](const Ipv6InterfaceAddress &own) {
				      return own.GetScope() == Ipv6InterfaceAddress::LINKLOCAL;
			      });
	return found.addresses;
}

bool Ipv6Linux::AddAddress(uint32_t interface, Ipv6InterfaceAddress address, bool)
{
	/* Linux makes the link-local address itself when the interface comes up. */
	if (address.GetAddress().IsLinkLocal())
		return true;
	libos_address raw = Raw(address.GetAddress(), address.GetPrefix().GetPrefixLength());
	MustWork(libos_change_address(m_stack->Core(), m_stack->GetIfIndex(interface), true, &raw));
	return true;
}

uint32_t Ipv6Linux::GetNAddresses(uint32_t interface) const
{
	return Addresses(interface).size();
}

Ipv6InterfaceAddress Ipv6Linux::GetAddress(uint32_t interface, uint32_t number) const
{
	return Addresses(interface).at(number);
}

bool Ipv6Linux::RemoveAddress(uint32_t interface, uint32_t number)
{
	std::vector<Ipv6InterfaceAddress> all = Addresses(interface);
	if (number >= all.size())
		return false;
	libos_address raw =
		Raw(all[number].GetAddress(), all[number].GetPrefix().GetPrefixLength());
	int index = m_stack->GetIfIndex(interface);
	return libos_change_address(m_stack->Core(), index, false, &raw) == 0;
}

bool Ipv6Linux::RemoveAddress(uint32_t interface, Ipv6Address address)
{
	std::vector<Ipv6InterfaceAddress> all = Addresses(interface);
	for (uint32_t i = 0; i < all.size(); i++)
		if (all[i].GetAddress() == address)
			return RemoveAddress(interface, i);
	return false;
}

int32_t Ipv6Linux::GetInterfaceForAddress(Ipv6Address address) const
{
	for (uint32_t i = 0; i < GetNInterfaces(); i++)
		for (const Ipv6InterfaceAddress &own : Addresses(i))
			if (own.GetAddress() == address)
				return i;
	return -1;
}

int32_t Ipv6Linux::GetInterfaceForPrefix(Ipv6Address address, Ipv6Prefix prefix) const
{
	for (uint32_t i = 0; i < GetNInterfaces(); i++)
		for (const Ipv6InterfaceAddress &own : Addresses(i))
			if (prefix.IsMatch(own.GetAddress(), address))
				return i;
	return -1;
}

Ipv6Address Ipv6Linux::SourceAddressSelection(uint32_t interface, Ipv6Address to)
{
	std::vector<Ipv6InterfaceAddress> all = Addresses(interface);
	for (const Ipv6InterfaceAddress &own : all)
		if (own.IsInSameSubnet(to))
			return own.GetAddress();
	return all.empty() ? Ipv6Address::GetAny() : all.back().GetAddress();
}

/* ---- routing ---- */

bool Ipv6Linux::IsForwarding(uint32_t interface) const
{
	Ptr<LinuxDevice> device = m_stack->GetDevice(interface);
	std::string name = device ? device->GetName() : "lo";
	return m_stack->SysctlGet("net/ipv6/conf/" + name + "/forwarding") == "1";
}

void Ipv6Linux::SetForwarding(uint32_t interface, bool forward)
{
	Ptr<LinuxDevice> device = m_stack->GetDevice(interface);
	std::string name = device ? device->GetName() : "lo";
	m_stack->SysctlSet("net/ipv6/conf/" + name + "/forwarding", forward ? "1" : "0");
	/* ns-3's helpers make routers so; that one interface forwards is not enough in Linux. */
	if (forward)
		SetIpForward(true);
}

void Ipv6Linux::SetIpForward(bool forward)
{
	m_forward = forward;
	if (m_stack)
		m_stack->SysctlSet("net/ipv6/conf/all/forwarding", forward ? "1" : "0");
}

bool Ipv6Linux::GetIpForward() const
{
	return m_stack ? m_stack->SysctlGet("net/ipv6/conf/all/forwarding") == "1" : m_forward;
}

/* Linux always does it. */
void Ipv6Linux::SetMtuDiscover(bool discover)
{
	m_discover = discover;
}

bool Ipv6Linux::GetMtuDiscover() const
{
	return m_discover;
}

void Ipv6Linux::SetStrongEndSystemModel(bool model)
{
	m_strong = model;
}

bool Ipv6Linux::GetStrongEndSystemModel() const
{
	return m_strong;
}

void Ipv6Linux::SetRoutingProtocol(Ptr<Ipv6RoutingProtocol> protocol)
{
	m_protocol = protocol;
	protocol->SetIpv6(this);
}

Ptr<Ipv6RoutingProtocol> Ipv6Linux::GetRoutingProtocol() const
{
	return m_protocol;
}

void Ipv6Linux::TakeRoutes()
{
	if (m_protocol && m_stack)
		TakeRoutesOf(m_protocol);
}

void Ipv6Linux::TakeRoutesOf(Ptr<Ipv6RoutingProtocol> protocol)
{
	if (Ptr<Ipv6ListRouting> list = DynamicCast<Ipv6ListRouting>(protocol)) {
		int16_t priority;
		for (uint32_t i = 0; i < list->GetNRoutingProtocols(); i++)
			TakeRoutesOf(list->GetRoutingProtocol(i, priority));
		return;
	}
	Ptr<Ipv6StaticRouting> fixed = DynamicCast<Ipv6StaticRouting>(protocol);
	if (!fixed)
		NS_FATAL_ERROR("node " << m_stack->GetNode()->GetId() << ": "
				       << protocol->GetInstanceTypeId().GetName()
				       << " cannot route for Linux; static routing can");
	for (uint32_t i = 0; i < fixed->GetNRoutes(); i++) {
		Ipv6RoutingTableEntry entry = fixed->GetRoute(i);
		Ipv6Prefix prefix = entry.GetDestNetworkPrefix();
		libos_route route = {};
		route.network = Raw(entry.GetDestNetwork(), prefix.GetPrefixLength());
		route.index = m_stack->GetIfIndex(entry.GetInterface());
		if (entry.IsGateway())
			route.gateway = Raw(entry.GetGateway(), 0);
		else if (GetInterfaceForPrefix(entry.GetDestNetwork(), prefix) >= 0)
			continue; /* Linux has a route to each network that it is in. */
		int result = libos_change_route(m_stack->Core(), true, &route);
		if (result < 0 && result != -EEXIST)
			NS_FATAL_ERROR(libos_reason());
	}
}

/* ---- what Linux keeps to itself ---- */

void Ipv6Linux::Insert(Ptr<IpL4Protocol>)
{
	NotHere("place for protocols");
}

void Ipv6Linux::Insert(Ptr<IpL4Protocol>, uint32_t)
{
	NotHere("place for protocols");
}

void Ipv6Linux::Remove(Ptr<IpL4Protocol>)
{
	NotHere("place for protocols");
}

void Ipv6Linux::Remove(Ptr<IpL4Protocol>, uint32_t)
{
	NotHere("place for protocols");
}

Ptr<IpL4Protocol> Ipv6Linux::GetProtocol(int) const
{
	return nullptr;
}

Ptr<IpL4Protocol> Ipv6Linux::GetProtocol(int, int32_t) const
{
	return nullptr;
}

void Ipv6Linux::Send(Ptr<Packet>, Ipv6Address, Ipv6Address, uint8_t, Ptr<Ipv6Route>)
{
	NotHere("way of sending");
}

void Ipv6Linux::RegisterExtensions()
{
	NotHere("place for extensions");
}

void Ipv6Linux::RegisterOptions()
{
	NotHere("place for options");
}

} // namespace ns3

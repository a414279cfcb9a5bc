/* SPDX-License-Identifier: GPL-2.0 */

#include "ipv4-linux.h"

#include "ns3/fatal-error.h"
#include "ns3/ipv4-global-routing.h"
#include "ns3/ipv4-header.h"
#include "ns3/ip-l4-protocol.h"
#include "ns3/ipv4-list-routing.h"
#include "ns3/ipv4-route.h"
#include "ns3/ipv4-routing-table-entry.h"
#include "ns3/ipv4-static-routing.h"

#include <cerrno>
#include <cstring>
#include <set>
#include <sys/socket.h>

namespace ns3
{

NS_OBJECT_ENSURE_REGISTERED(Ipv4Linux);

TypeId Ipv4Linux::GetTypeId()
{
	static TypeId tid = TypeId("ns3::Ipv4Linux")
				    .SetParent<Ipv4>()
				    .SetGroupName("LibOS")
				    .AddConstructor<Ipv4Linux>();
	return tid;
}

static libos_address Raw(Ipv4Address address, uint8_t prefix)
{
	libos_address raw = {AF_INET, prefix, 0, {}};
	address.Serialize(raw.bytes);
	return raw;
}

/* What Linux refuses is an error of the script, which the reason tells. */
static void MustWork(int result)
{
	if (result < 0)
		NS_FATAL_ERROR(libos_reason());
}

static void NotHere(const char *what)
{
	NS_FATAL_ERROR("this node has Linux instead of ns-3's IPv4, which has no "
		       << what << " to be used from outside: use its socket factories");
}

void Ipv4Linux::NotifyNewAggregate()
{
	if (!m_stack) {
		m_stack = GetObject<LinuxStack>();
		if (m_stack) {
			libos_set_up(m_stack->Core(), m_stack->GetIfIndex(0), true);
			SetIpForward(m_forward);
		}
	}
	Ipv4::NotifyNewAggregate();
}

void Ipv4Linux::DoInitialize()
{
	TakeRoutes();
	Ipv4::DoInitialize();
}

void Ipv4Linux::DoDispose()
{
	m_stack = nullptr;
	m_protocol = nullptr;
	Ipv4::DoDispose();
}

/* ---- interfaces ---- */

uint32_t Ipv4Linux::AddInterface(Ptr<NetDevice> device)
{
	/* Linux has it since it is the node's. */
	int32_t interface = GetInterfaceForDevice(device);
	if (interface < 0)
		NS_FATAL_ERROR("the device is none of node " << m_stack->GetNode()->GetId());
	return interface;
}

uint32_t Ipv4Linux::GetNInterfaces() const
{
	return m_stack->GetNInterfaces();
}

int32_t Ipv4Linux::GetInterfaceForDevice(Ptr<const NetDevice> device) const
{
	return m_stack->GetInterface(device);
}

Ptr<NetDevice> Ipv4Linux::GetNetDevice(uint32_t interface)
{
	Ptr<LinuxDevice> device = m_stack->GetDevice(interface);
	return device ? device->GetDevice() : nullptr;
}

void Ipv4Linux::Link(uint32_t interface, bool &up, uint32_t &mtu) const
{
	MustWork(libos_link(m_stack->Core(), m_stack->GetIfIndex(interface), &up, &mtu));
}

uint16_t Ipv4Linux::GetMtu(uint32_t interface) const
{
	bool up;
	uint32_t mtu;
	Link(interface, up, mtu);
	return std::min<uint32_t>(mtu, UINT16_MAX);
}

bool Ipv4Linux::IsUp(uint32_t interface) const
{
	bool up;
	uint32_t mtu;
	Link(interface, up, mtu);
	return up;
}

void Ipv4Linux::SetUp(uint32_t interface)
{
	MustWork(libos_set_up(m_stack->Core(), m_stack->GetIfIndex(interface), true));
}

void Ipv4Linux::SetDown(uint32_t interface)
{
	MustWork(libos_set_up(m_stack->Core(), m_stack->GetIfIndex(interface), false));
}

/* Of an interface, for ns-3's global routing; Linux's routes have a metric each. */
void Ipv4Linux::SetMetric(uint32_t interface, uint16_t metric)
{
	if (m_metrics.size() <= interface)
		m_metrics.resize(interface + 1, 1);
	m_metrics[interface] = metric;
}

uint16_t Ipv4Linux::GetMetric(uint32_t interface) const
{
	return interface < m_metrics.size() ? m_metrics[interface] : 1;
}

/* ---- addresses ---- */

namespace
{

struct Found {
	uint32_t index;
	std::vector<Ipv4InterfaceAddress> addresses;
};

void Visit(void *context, uint32_t index, const libos_address *address)
{
	Found *found = static_cast<Found *>(context);
	if (address->family != AF_INET || index != found->index)
		return;
	Ipv4Mask mask(("/" + std::to_string(address->prefix)).c_str());
	found->addresses.emplace_back(Ipv4Address::Deserialize(address->bytes), mask);
}

} // namespace

std::vector<Ipv4InterfaceAddress> Ipv4Linux::Addresses(uint32_t interface) const
{
	Found found = {uint32_t(m_stack->GetIfIndex(interface)), {}};
	MustWork(libos_addresses(m_stack->Core(), &Visit, &found));
	return found.addresses;
}

bool Ipv4Linux::AddAddress(uint32_t interface, Ipv4InterfaceAddress address)
{
	libos_address raw = Raw(address.GetLocal(), address.GetMask().GetPrefixLength());
	MustWork(libos_change_address(m_stack->Core(), m_stack->GetIfIndex(interface), true, &raw));
	return true;
}

uint32_t Ipv4Linux::GetNAddresses(uint32_t interface) const
{
	return Addresses(interface).size();
}

Ipv4InterfaceAddress Ipv4Linux::GetAddress(uint32_t interface, uint32_t number) const
{
	return Addresses(interface).at(number);
}

bool Ipv4Linux::RemoveAddress(uint32_t interface, uint32_t number)
{
	std::vector<Ipv4InterfaceAddress> all = Addresses(interface);
	if (number >= all.size())
		return false;
	libos_address raw = Raw(all[number].GetLocal(), all[number].GetMask().GetPrefixLength());
	int index = m_stack->GetIfIndex(interface);
	return libos_change_address(m_stack->Core(), index, false, &raw) == 0;
}

bool Ipv4Linux::RemoveAddress(uint32_t interface, Ipv4Address address)
{
	std::vector<Ipv4InterfaceAddress> all = Addresses(interface);
	for (uint32_t i = 0; i < all.size(); i++)
		if (all[i].GetLocal() == address)
			return RemoveAddress(interface, i);
	return false;
}

int32_t Ipv4Linux::GetInterfaceForAddress(Ipv4Address address) const
{
	for (uint32_t i = 0; i < GetNInterfaces(); i++)
		for (const Ipv4InterfaceAddress &own : Addresses(i))
			if (own.GetLocal() == address)
				return i;
	return -1;
}

int32_t Ipv4Linux::GetInterfaceForPrefix(Ipv4Address address, Ipv4Mask mask) const
{
	for (uint32_t i = 0; i < GetNInterfaces(); i++)
		for (const Ipv4InterfaceAddress &own : Addresses(i))
			if (own.GetLocal().CombineMask(mask) == address.CombineMask(mask))
				return i;
	return -1;
}

bool Ipv4Linux::IsDestinationAddress(Ipv4Address address, uint32_t interface) const
{
	if (address.IsBroadcast() || address.IsMulticast())
		return true;
	for (const Ipv4InterfaceAddress &own : Addresses(interface))
		if (own.GetLocal() == address || own.GetBroadcast() == address)
			return true;
	return GetStrongEndSystemModel() ? false : GetInterfaceForAddress(address) >= 0;
}

Ipv4Address Ipv4Linux::SelectSourceAddress(Ptr<const NetDevice> device, Ipv4Address to,
					   Ipv4InterfaceAddress::InterfaceAddressScope_e)
{
	int32_t interface = device ? GetInterfaceForDevice(device) : -1;
	for (uint32_t i = 0; interface < 0 && i < GetNInterfaces(); i++)
		for (const Ipv4InterfaceAddress &own : Addresses(i))
			if (own.IsInSameSubnet(to))
				interface = i;
	return SourceAddressSelection(interface < 0 ? 1 : interface, to);
}

Ipv4Address Ipv4Linux::SourceAddressSelection(uint32_t interface, Ipv4Address to)
{
	std::vector<Ipv4InterfaceAddress> all = Addresses(interface);
	for (const Ipv4InterfaceAddress &own : all)
		if (own.IsInSameSubnet(to))
			return own.GetLocal();
	return all.empty() ? Ipv4Address::GetAny() : all[0].GetLocal();
}

/* ---- routing ---- */

bool Ipv4Linux::IsForwarding(uint32_t interface) const
{
	Ptr<LinuxDevice> device = m_stack->GetDevice(interface);
	std::string name = device ? device->GetName() : "lo";
	return m_stack->SysctlGet("net/ipv4/conf/" + name + "/forwarding") == "1";
}

void Ipv4Linux::SetForwarding(uint32_t interface, bool forward)
{
	Ptr<LinuxDevice> device = m_stack->GetDevice(interface);
	std::string name = device ? device->GetName() : "lo";
	m_stack->SysctlSet("net/ipv4/conf/" + name + "/forwarding", forward ? "1" : "0");
}

void Ipv4Linux::SetIpForward(bool forward)
{
	m_forward = forward;
	if (m_stack)
		m_stack->SysctlSet("net/ipv4/ip_forward", forward ? "1" : "0");
}

bool Ipv4Linux::GetIpForward() const
{
	return m_stack ? m_stack->SysctlGet("net/ipv4/ip_forward") == "1" : m_forward;
}

/* Linux is of the weak model; the setting is what IsDestinationAddress() says. */
void Ipv4Linux::SetStrongEndSystemModel(bool model)
{
	m_strong = model;
}

bool Ipv4Linux::GetStrongEndSystemModel() const
{
	return m_strong;
}

void Ipv4Linux::SetWeakEsModel(bool model)
{
	SetStrongEndSystemModel(!model);
}

bool Ipv4Linux::GetWeakEsModel() const
{
	return !GetStrongEndSystemModel();
}

void Ipv4Linux::SetRoutingProtocol(Ptr<Ipv4RoutingProtocol> protocol)
{
	m_protocol = protocol;
	protocol->SetIpv4(this);
}

Ptr<Ipv4RoutingProtocol> Ipv4Linux::GetRoutingProtocol() const
{
	return m_protocol;
}

void Ipv4Linux::TakeRoutes()
{
	if (m_protocol && m_stack)
		TakeRoutesOf(m_protocol);
}

void Ipv4Linux::TakeRoutesOf(Ptr<Ipv4RoutingProtocol> protocol)
{
	if (Ptr<Ipv4ListRouting> list = DynamicCast<Ipv4ListRouting>(protocol)) {
		int16_t priority;
		for (uint32_t i = 0; i < list->GetNRoutingProtocols(); i++)
			TakeRoutesOf(list->GetRoutingProtocol(i, priority));
	} else if (Ptr<Ipv4GlobalRouting> global = DynamicCast<Ipv4GlobalRouting>(protocol)) {
		TakeRoutesFrom(*global);
	} else if (Ptr<Ipv4StaticRouting> fixed = DynamicCast<Ipv4StaticRouting>(protocol)) {
		TakeRoutesFrom(*fixed);
	} else {
		NS_FATAL_ERROR("node " << m_stack->GetNode()->GetId() << ": "
				       << protocol->GetInstanceTypeId().GetName()
				       << " cannot route for Linux; static and global routing can");
	}
}

template <class Protocol>
void Ipv4Linux::TakeRoutesFrom(Protocol &protocol)
{
	for (uint32_t i = 0; i < protocol.GetNRoutes(); i++) {
		Ipv4RoutingTableEntry entry(protocol.GetRoute(i));
		uint8_t prefix = entry.GetDestNetworkMask().GetPrefixLength();
		libos_route route = {};
		route.network = Raw(entry.GetDestNetwork(), prefix);
		route.index = m_stack->GetIfIndex(entry.GetInterface());
		if (entry.IsGateway())
			route.gateway = Raw(entry.GetGateway(), 0);
		else if (GetInterfaceForPrefix(entry.GetDestNetwork(),
					       entry.GetDestNetworkMask()) >= 0)
			continue; /* Linux has a route to each network that it is in. */
		int result = libos_change_route(m_stack->Core(), true, &route);
		if (result < 0 && result != -EEXIST)
			NS_FATAL_ERROR(libos_reason());
	}
}

/* ---- what Linux keeps to itself ---- */

void Ipv4Linux::Send(Ptr<Packet>, Ipv4Address, Ipv4Address, uint8_t, Ptr<Ipv4Route>)
{
	NotHere("way of sending");
}

void Ipv4Linux::SendWithHeader(Ptr<Packet>, Ipv4Header, Ptr<Ipv4Route>)
{
	NotHere("way of sending");
}

void Ipv4Linux::Insert(Ptr<IpL4Protocol>)
{
	NotHere("place for protocols");
}

void Ipv4Linux::Insert(Ptr<IpL4Protocol>, uint32_t)
{
	NotHere("place for protocols");
}

void Ipv4Linux::Remove(Ptr<IpL4Protocol>)
{
	NotHere("place for protocols");
}

void Ipv4Linux::Remove(Ptr<IpL4Protocol>, uint32_t)
{
	NotHere("place for protocols");
}

Ptr<IpL4Protocol> Ipv4Linux::GetProtocol(int) const
{
	return nullptr;
}

Ptr<IpL4Protocol> Ipv4Linux::GetProtocol(int, int32_t) const
{
	return nullptr;
}

Ptr<Socket> Ipv4Linux::CreateRawSocket()
{
	NotHere("raw sockets");
	return nullptr;
}

void Ipv4Linux::DeleteRawSocket(Ptr<Socket>)
{
	NotHere("raw sockets");
}

} // namespace ns3

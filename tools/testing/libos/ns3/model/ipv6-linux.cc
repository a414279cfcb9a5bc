/* SPDX-License-Identifier: GPL-2.0 */

#include "ipv6-linux.h"

#include "ns3/ipv6-route.h"
#include "ns3/ipv6-static-routing.h"

#include <algorithm>

namespace ns3
{

/* Scopes of <linux/rtnetlink.h>. */
static const uint8_t SCOPE_LINK = 253, SCOPE_HOST = 254;

NS_OBJECT_ENSURE_REGISTERED(Ipv6Linux);

TypeId Ipv6Linux::GetTypeId()
{
	static TypeId tid = TypeId("ns3::Ipv6Linux")
				    .SetParent<Ipv6>()
				    .SetGroupName("LibOS")
				    .AddConstructor<Ipv6Linux>();
	return tid;
}

void Ipv6Linux::SetRoutingProtocol(Ptr<Ipv6RoutingProtocol> protocol)
{
	LinuxIp::SetRoutingProtocol(protocol);
	protocol->SetIpv6(this);
}

static Ipv6InterfaceAddress::Scope_e ScopeOf(uint8_t scope)
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

Ipv6InterfaceAddress Ipv6Linux::FromLinux(const libos_address &raw) const
{
	uint8_t bytes[16];
	std::copy_n(raw.bytes, sizeof(bytes), bytes);
	Ipv6InterfaceAddress own(Ipv6Address::Deserialize(bytes), Ipv6Prefix(raw.prefix));
	own.SetScope(ScopeOf(raw.scope));
	return own;
}

/* The link-local address first, as ns-3 has it. */
std::vector<Ipv6InterfaceAddress> Ipv6Linux::Addresses(uint32_t interface) const
{
	std::vector<Ipv6InterfaceAddress> all = LinuxIp::Addresses(interface);
	std::stable_partition(all.begin(), all.end(), [](const Ipv6InterfaceAddress &own) {
		return own.GetScope() == Ipv6InterfaceAddress::LINKLOCAL;
	});
	return all;
}

Ipv6Prefix Ipv6Linux::MaskOf(const Ipv6InterfaceAddress &own) const
{
	return own.GetPrefix();
}

Ipv6Prefix Ipv6Linux::MaskOf(const Ipv6RoutingTableEntry &route) const
{
	return route.GetDestNetworkPrefix();
}

Ipv6Address Ipv6Linux::Source(const std::vector<Ipv6InterfaceAddress> &all) const
{
	return all.back().GetAddress();
}

bool Ipv6Linux::AddAddress(uint32_t interface, Ipv6InterfaceAddress address, bool)
{
	/* Linux makes the link-local address itself when the interface comes up. */
	if (!address.GetAddress().IsLinkLocal())
		SetAddress(interface, address);
	return true;
}

/* ns-3's helpers make routers so; that one interface forwards is not enough in Linux. */
void Ipv6Linux::SetForwarding(uint32_t interface, bool forward)
{
	LinuxIp::SetForwarding(interface, forward);
	if (forward)
		SetIpForward(true);
}

bool Ipv6Linux::TakeRoutesFrom(Ptr<Ipv6RoutingProtocol> protocol)
{
	return TakeRoutesAs<Ipv6StaticRouting>(protocol);
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

/* ---- what Linux keeps to itself ---- */

void Ipv6Linux::Send(Ptr<Packet>, Ipv6Address, Ipv6Address, uint8_t, Ptr<Ipv6Route>)
{
	NotHere("way of sending");
}

void Ipv6Linux::SetPmtu(Ipv6Address, uint32_t)
{
	NotHere("path MTU");
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

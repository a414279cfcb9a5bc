/* SPDX-License-Identifier: GPL-2.0 */

#include "ipv4-linux.h"

#include "ns3/ipv4-global-routing.h"
#include "ns3/ipv4-header.h"
#include "ns3/ipv4-route.h"
#include "ns3/ipv4-static-routing.h"

#include <string>

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

void Ipv4Linux::SetRoutingProtocol(Ptr<Ipv4RoutingProtocol> protocol)
{
	LinuxIp::SetRoutingProtocol(protocol);
	protocol->SetIpv4(this);
}

Ipv4InterfaceAddress Ipv4Linux::FromLinux(const libos_address &raw) const
{
	Ipv4Mask mask(("/" + std::to_string(raw.prefix)).c_str());
	return Ipv4InterfaceAddress(Ipv4Address::Deserialize(raw.bytes), mask);
}

Ipv4Mask Ipv4Linux::MaskOf(const Ipv4InterfaceAddress &own) const
{
	return own.GetMask();
}

Ipv4Mask Ipv4Linux::MaskOf(const Ipv4RoutingTableEntry &route) const
{
	return route.GetDestNetworkMask();
}

Ipv4Address Ipv4Linux::Source(const std::vector<Ipv4InterfaceAddress> &all) const
{
	return all.front().GetLocal();
}

bool Ipv4Linux::AddAddress(uint32_t interface, Ipv4InterfaceAddress address)
{
	SetAddress(interface, address);
	return true;
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

bool Ipv4Linux::TakeRoutesFrom(Ptr<Ipv4RoutingProtocol> protocol)
{
	return TakeRoutesAs<Ipv4GlobalRouting>(protocol) ||
	       TakeRoutesAs<Ipv4StaticRouting>(protocol);
}

/* Linux is of the weak model; the setting is what IsDestinationAddress() says. */
void Ipv4Linux::SetWeakEsModel(bool model)
{
	SetStrongEndSystemModel(!model);
}

bool Ipv4Linux::GetWeakEsModel() const
{
	return !GetStrongEndSystemModel();
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

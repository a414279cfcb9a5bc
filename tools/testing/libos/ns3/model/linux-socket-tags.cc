/* SPDX-License-Identifier: GPL-2.0 */

#include "linux-socket-tags.h"

#include "ns3/ipv4-packet-info-tag.h"
#include "ns3/ipv6-packet-info-tag.h"
#include "ns3/socket.h"

#include <cstring>
#include <netinet/in.h>

namespace ns3
{

/* ns-3's number, in its node, of the device behind an interface. */
static uint32_t DeviceNumber(Ptr<LinuxStack> stack, int ifIndex)
{
	int32_t interface = stack->GetInterface(ifIndex);
	Ptr<LinuxDevice> device = interface > 0 ? stack->GetDevice(interface) : nullptr;
	return device ? device->GetDevice()->GetIfIndex() : 0;
}

static void AddIpv4Tag(Ptr<Packet> packet, int type, const uint8_t *data, Ptr<LinuxStack> stack)
{
	if (type == IP_TOS) {
		SocketIpTosTag tag;
		tag.SetTos(*data);
		packet->AddPacketTag(tag);
	} else if (type == IP_TTL) {
		SocketIpTtlTag tag;
		tag.SetTtl(*data);
		packet->AddPacketTag(tag);
	} else if (type == IP_PKTINFO) {
		struct in_pktinfo info;
		memcpy(&info, data, sizeof(info));
		Ipv4PacketInfoTag tag;
		tag.SetAddress(Ipv4Address(ntohl(info.ipi_addr.s_addr)));
		tag.SetRecvIf(DeviceNumber(stack, info.ipi_ifindex));
		packet->AddPacketTag(tag);
	}
}

static void AddIpv6Tag(Ptr<Packet> packet, int type, const uint8_t *data, Ptr<LinuxStack> stack)
{
	if (type == IPV6_TCLASS) {
		SocketIpv6TclassTag tag;
		tag.SetTclass(*data);
		packet->AddPacketTag(tag);
	} else if (type == IPV6_HOPLIMIT) {
		SocketIpv6HopLimitTag tag;
		tag.SetHopLimit(*data);
		packet->AddPacketTag(tag);
	} else if (type == IPV6_PKTINFO) {
		struct in6_pktinfo info;
		memcpy(&info, data, sizeof(info));
		Ipv6PacketInfoTag tag;
		tag.SetAddress(Ipv6Address::Deserialize(info.ipi6_addr.s6_addr));
		tag.SetRecvIf(DeviceNumber(stack, info.ipi6_ifindex));
		packet->AddPacketTag(tag);
	}
}

void LinuxAddTags(Ptr<Packet> packet, struct msghdr &message, Ptr<LinuxStack> stack)
{
	for (struct cmsghdr *c = CMSG_FIRSTHDR(&message); c; c = CMSG_NXTHDR(&message, c)) {
		if (c->cmsg_level == IPPROTO_IP)
			AddIpv4Tag(packet, c->cmsg_type, CMSG_DATA(c), stack);
		else if (c->cmsg_level == IPPROTO_IPV6)
			AddIpv6Tag(packet, c->cmsg_type, CMSG_DATA(c), stack);
	}
}

} // namespace ns3

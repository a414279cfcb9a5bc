/* SPDX-License-Identifier: GPL-2.0 */

#include "linux-device.h"

#include "ns3/fatal-error.h"
#include "ns3/node.h"
#include "ns3/pointer.h"
#include "ns3/point-to-point-net-device.h"
#include "ns3/simulator.h"

#include <iostream>

namespace ns3
{

/* Of an Ethernet frame: destination, source, protocol. */
static const size_t SOURCE = 6, PROTOCOL = 12, HEADER = 14;
/* What is below is the length of a frame of IEEE 802.2. */
static const uint16_t LEAST_PROTOCOL = 1536;

/* Frames in the ring: as few as keep a fast link busy. What else waits is Linux's queueing. */
static const uint32_t RING = 16;

static uint32_t Flags(Ptr<NetDevice> device)
{
	uint32_t flags = 0;
	if (!device->NeedsArp())
		flags |= LIBOS_PORT_NOARP;
	if (device->IsPointToPoint())
		flags |= LIBOS_PORT_POINTTOPOINT;
	if (device->IsMulticast())
		flags |= LIBOS_PORT_MULTICAST;
	if (device->IsBroadcast() && !device->IsPointToPoint())
		flags |= LIBOS_PORT_BROADCAST;
	return flags;
}

/* A Wifi station is associated later, and until then ns-3.37 leaves what it says of its link
 * uninitialized. Asked by names, so that not every simulation loads Wifi. */
static bool HasLink(Ptr<NetDevice> device)
{
	PointerValue mac;
	if (device->GetInstanceTypeId().GetName() == "ns3::WifiNetDevice" &&
	    device->GetAttributeFailSafe("Mac", mac) &&
	    mac.Get<Object>()->GetInstanceTypeId().GetName() == "ns3::StaWifiMac")
		return false;
	return device->IsLinkUp();
}

LinuxDevice::LinuxDevice(uint32_t node, Ptr<NetDevice> device, const std::string &name)
    : m_device(device), m_name(name), m_node(node), m_warned(false)
{
	if (!Mac48Address::IsMatchingType(device->GetAddress()))
		NS_FATAL_ERROR("device " << device->GetIfIndex() << " of node "
					 << device->GetNode()->GetId() << ", "
					 << device->GetInstanceTypeId().GetName()
					 << ", has no address of 48 bits, which Linux needs");
	m_address = Mac48Address::ConvertFrom(device->GetAddress());
	uint8_t address[6];
	m_address.CopyTo(address);
	m_core = libos_add_port(node, name.c_str(), &address, device->GetMtu(), Flags(device), RING,
				this);
	m_ifIndex = m_core < 0 ? -1 : libos_link_index(node, name.c_str());
	if (m_ifIndex < 0)
		NS_FATAL_ERROR(libos_reason());

	/* Only a promiscuous handler is told to whom a frame was sent; where only one other sends,
	 * it costs a second round through ns-3's node for nothing. */
	device->GetNode()->RegisterProtocolHandler(MakeCallback(&LinuxDevice::Receive, this), 0,
						   device, !device->IsPointToPoint());
	device->AddLinkChangeCallback(MakeCallback(&LinuxDevice::LinkChanged, this));
	/* A new interface of Linux has a carrier. */
	if (!HasLink(device))
		libos_set_carrier(m_node, m_core, false);
	Ptr<NetDeviceQueueInterface> queues = device->GetObject<NetDeviceQueueInterface>();
	if (queues && queues->GetNTxQueues() == 1) {
		m_queue = queues->GetTxQueue(0);
		m_queue->SetWakeCallback(MakeCallback(&LinuxDevice::ScheduleDrain, this));
	}
}

LinuxDevice::~LinuxDevice()
{
	Detach();
}

Ptr<NetDevice> LinuxDevice::GetDevice() const
{
	return m_device;
}

std::string LinuxDevice::GetName() const
{
	return m_name;
}

int LinuxDevice::GetIfIndex() const
{
	return m_ifIndex;
}

void LinuxDevice::Detach()
{
	if (m_core < 0)
		return;
	m_core = -1;
	m_ring.clear();
	Ptr<Node> node = m_device->GetNode();
	if (node)
		node->UnregisterProtocolHandler(MakeCallback(&LinuxDevice::Receive, this));
	if (m_queue)
		m_queue->SetWakeCallback(NetDeviceQueue::WakeCallback());
	m_queue = nullptr;
}

bool LinuxDevice::IsStopped() const
{
	return m_queue && m_queue->IsStopped();
}

void LinuxDevice::Transmit(const uint8_t *frame, size_t size)
{
	if (IsStopped() || !m_ring.empty()) {
		m_ring.emplace_back(frame, frame + size);
		return;
	}
	Send(frame, size);
	libos_room(m_node, m_core, 1);
}

void LinuxDevice::Send(const uint8_t *frame, size_t size)
{
	uint16_t protocol = frame[PROTOCOL] << 8 | frame[PROTOCOL + 1];
	if (!Carries(protocol))
		return;
	Mac48Address to, from;
	to.CopyFrom(frame);
	from.CopyFrom(frame + SOURCE);
	Ptr<Packet> packet = Create<Packet>(frame + HEADER, size - HEADER);
	if (from != m_address && m_device->SupportsSendFrom())
		m_device->SendFrom(packet, from, to, protocol);
	else
		m_device->Send(packet, to, protocol);
}

/* ns-3's device tells while it is in the middle of sending. */
void LinuxDevice::ScheduleDrain()
{
	Simulator::ScheduleNow(&LinuxDevice::Drain, Ptr<LinuxDevice>(this));
}

void LinuxDevice::Drain()
{
	uint32_t sent = 0;
	for (; !m_ring.empty() && !IsStopped(); sent++) {
		std::vector<uint8_t> frame = std::move(m_ring.front());
		m_ring.pop_front();
		Send(frame.data(), frame.size());
	}
	if (sent > 0 && m_core >= 0)
		libos_room(m_node, m_core, sent);
}

bool LinuxDevice::Carries(uint16_t protocol)
{
	static const uint16_t IPV4 = 0x0800, IPV6 = 0x86dd;
	bool carries = protocol >= LEAST_PROTOCOL;
	if (DynamicCast<PointToPointNetDevice>(m_device))
		carries = protocol == IPV4 || protocol == IPV6;
	if (!carries && !m_warned) {
		m_warned = true;
		std::cerr << "warning: node " << m_device->GetNode()->GetId() << ": "
			  << m_device->GetInstanceTypeId().GetName() << " cannot carry protocol 0x"
			  << std::hex << protocol << std::dec << "; such frames are dropped"
			  << std::endl;
	}
	return carries;
}

void LinuxDevice::Receive(Ptr<NetDevice>, Ptr<const Packet> packet, uint16_t protocol,
			  const Address &from, const Address &to, NetDevice::PacketType type)
{
	static std::vector<uint8_t> frame;
	if (m_core < 0)
		return;
	/* A bridge's ports want what is for others. */
	if (type == NetDevice::PACKET_OTHERHOST && !IsPromiscuous())
		return;
	size_t size = packet->GetSize();
	frame.resize(HEADER + size);
	Mac48Address::ConvertFrom(to).CopyTo(frame.data());
	Mac48Address::ConvertFrom(from).CopyTo(frame.data() + SOURCE);
	frame[PROTOCOL] = protocol >> 8;
	frame[PROTOCOL + 1] = protocol & 0xff;
	packet->CopyData(frame.data() + HEADER, size);
	if (libos_receive(m_node, m_core, frame.data(), frame.size()) < 0)
		NS_FATAL_ERROR(libos_reason());
}

bool LinuxDevice::IsPromiscuous() const
{
	int promiscuous = libos_promiscuous(m_node, m_core);
	if (promiscuous < 0)
		NS_FATAL_ERROR(libos_reason());
	return promiscuous;
}

void LinuxDevice::LinkChanged()
{
	if (m_core >= 0)
		libos_set_carrier(m_node, m_core, m_device->IsLinkUp());
}

} // namespace ns3

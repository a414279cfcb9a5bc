/* SPDX-License-Identifier: GPL-2.0 */

#include "linux-device.h"

#include "linux-simulation.h"

#include "ns3/ethernet-header.h"
#include "ns3/fatal-error.h"
#include "ns3/log.h"
#include "ns3/mac48-address.h"
#include "ns3/node.h"
#include "ns3/packet.h"
#include "ns3/point-to-point-net-device.h"

#include <cstring>

namespace ns3
{

NS_LOG_COMPONENT_DEFINE("LinuxDevice");

/* Of an Ethernet frame: destination, source, protocol. */
static const size_t SOURCE = 6, PROTOCOL = 12, HEADER = 14;
/* What is below is the length of a frame of IEEE 802.2. */
static const uint16_t LEAST_PROTOCOL = 1536;

static uint32_t Flags(Ptr<NetDevice> device)
{
	uint32_t flags = 0;
	if (!device->NeedsArp())
		flags |= LIBOS_DEVICE_NOARP;
	if (device->IsPointToPoint())
		flags |= LIBOS_DEVICE_POINTTOPOINT;
	if (device->IsMulticast())
		flags |= LIBOS_DEVICE_MULTICAST;
	if (device->IsBroadcast() && !device->IsPointToPoint())
		flags |= LIBOS_DEVICE_BROADCAST;
	return flags;
}

LinuxDevice::LinuxDevice(libos_node *node, Ptr<NetDevice> device, const std::string &name)
    : m_device(device), m_warned(false)
{
	if (!Mac48Address::IsMatchingType(device->GetAddress()))
		NS_FATAL_ERROR("device " << device->GetIfIndex() << " of node "
					 << device->GetNode()->GetId() << ", "
					 << device->GetInstanceTypeId().GetName()
					 << ", has no address of 48 bits, which Linux needs");
	m_address = Mac48Address::ConvertFrom(device->GetAddress());
	uint8_t address[6];
	m_address.CopyTo(address);
	m_core = libos_device_new(node, name.c_str(), address, device->GetMtu(), Flags(device), this);
	if (!m_core)
		NS_FATAL_ERROR(name << " of node " << device->GetNode()->GetId() << ": "
				    << LinuxReason());

	device->GetNode()->RegisterProtocolHandler(MakeCallback(&LinuxDevice::Receive, this), 0,
						   device, true);
	device->AddLinkChangeCallback(MakeCallback(&LinuxDevice::LinkChanged, this));
	Ptr<NetDeviceQueueInterface> queues = device->GetObject<NetDeviceQueueInterface>();
	if (queues && queues->GetNTxQueues() == 1) {
		m_queue = queues->GetTxQueue(0);
		m_queue->SetWakeCallback(MakeCallback(&LinuxDevice::Wake, this));
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

int LinuxDevice::GetIfIndex() const
{
	return m_core ? libos_device_index(m_core) : -1;
}

void LinuxDevice::Detach()
{
	if (!m_core)
		return;
	m_core = nullptr;
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

bool LinuxDevice::Transmit(const uint8_t *frame, size_t size)
{
	if (IsStopped())
		return false;
	uint16_t protocol = frame[PROTOCOL] << 8 | frame[PROTOCOL + 1];
	if (!Carries(protocol))
		return true;
	Mac48Address to, from;
	to.CopyFrom(frame);
	from.CopyFrom(frame + SOURCE);
	Ptr<Packet> packet = Create<Packet>(frame + HEADER, size - HEADER);
	if (from != m_address && m_device->SupportsSendFrom())
		m_device->SendFrom(packet, from, to, protocol);
	else
		m_device->Send(packet, to, protocol);
	return true;
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
			  << m_device->GetInstanceTypeId().GetName()
			  << " cannot carry protocol 0x" << std::hex << protocol << std::dec
			  << "; such frames are dropped" << std::endl;
	}
	return carries;
}

void LinuxDevice::Receive(Ptr<NetDevice>, Ptr<const Packet> packet, uint16_t protocol,
			  const Address &from, const Address &to, NetDevice::PacketType type)
{
	if (!m_core || type == NetDevice::PACKET_OTHERHOST)
		return;
	size_t size = packet->GetSize();
	libos_frame frame = libos_device_room(m_core, HEADER + size);
	if (!frame.buffer)
		return;
	Mac48Address::ConvertFrom(to).CopyTo(frame.buffer);
	Mac48Address::ConvertFrom(from).CopyTo(frame.buffer + SOURCE);
	frame.buffer[PROTOCOL] = protocol >> 8;
	frame.buffer[PROTOCOL + 1] = protocol & 0xff;
	packet->CopyData(frame.buffer + HEADER, size);
	libos_device_deliver(m_core, frame);
}

void LinuxDevice::Wake()
{
	if (m_core)
		libos_device_resume(m_core);
}

void LinuxDevice::LinkChanged()
{
	if (m_core)
		libos_device_carrier(m_core, m_device->IsLinkUp());
}

} // namespace ns3

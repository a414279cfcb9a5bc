/* SPDX-License-Identifier: GPL-2.0 */

#ifndef LINUX_DEVICE_H
#define LINUX_DEVICE_H

#include "ns3/libos-sim.h"
#include "ns3/net-device.h"
#include "ns3/net-device-queue-interface.h"
#include "ns3/mac48-address.h"
#include "ns3/packet.h"

#include <deque>
#include <string>
#include <vector>

namespace ns3
{

/**
 * A device of ns-3 as an interface of a node's Linux. Frames are Ethernet on
 * Linux's side; ns-3's device puts the protocol number and the addresses into
 * whatever its link has.
 */
class LinuxDevice : public SimpleRefCount<LinuxDevice>
{
      public:
	LinuxDevice(uint32_t node, Ptr<NetDevice> device, const std::string &name);
	~LinuxDevice();

	Ptr<NetDevice> GetDevice() const;
	std::string GetName() const;
	int GetIfIndex() const;
	/** The node's Linux is going away, and the interface with it. */
	void Detach();

	/** Linux sends a frame. */
	void Transmit(const uint8_t *frame, size_t size);

      private:
	void Receive(Ptr<NetDevice> device, Ptr<const Packet> packet, uint16_t protocol,
		     const Address &from, const Address &to, NetDevice::PacketType type);
	/** Sends what waits, as far as ns-3's device takes it. */
	void Drain();
	void ScheduleDrain();
	bool IsPromiscuous() const;
	void LinkChanged();
	bool IsStopped() const;
	void Send(const uint8_t *frame, size_t size);
	/** Says once what the device cannot carry. */
	bool Carries(uint16_t protocol);

	Ptr<NetDevice> m_device;
	std::string m_name;
	/** Where ns-3's device says whether it has room; null if it does not. */
	Ptr<NetDeviceQueue> m_queue;
	/** Frames that wait until ns-3's device has room: a ring, as cards have. */
	std::deque<std::vector<uint8_t>> m_ring;
	/** What the core calls the node, and the device there; -1 when they are gone. */
	uint32_t m_node;
	int m_core;
	int m_ifIndex;
	Mac48Address m_address;
	bool m_warned;
};

} // namespace ns3

#endif

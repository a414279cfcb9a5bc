/* SPDX-License-Identifier: GPL-2.0 */

#ifndef LINUX_DEVICE_H
#define LINUX_DEVICE_H

#include "ns3/libos-sim.h"
#include "ns3/net-device.h"
#include "ns3/net-device-queue-interface.h"
#include "ns3/object.h"

#include <string>

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
	LinuxDevice(libos_node *node, Ptr<NetDevice> device, const std::string &name);
	~LinuxDevice();

	Ptr<NetDevice> GetDevice() const;
	int GetIfIndex() const;
	/** The node's Linux is going away, and the interface with it. */
	void Detach();

	/** From the core: whether ns-3's device has taken the frame, or dropped it. */
	bool Transmit(const uint8_t *frame, size_t size);

      private:
	void Receive(Ptr<NetDevice> device, Ptr<const Packet> packet, uint16_t protocol,
		     const Address &from, const Address &to, NetDevice::PacketType type);
	void Wake();
	void LinkChanged();
	bool IsStopped() const;
	/** Says once what the device cannot carry. */
	bool Carries(uint16_t protocol);

	Ptr<NetDevice> m_device;
	Ptr<NetDeviceQueue> m_queue;
	libos_device *m_core;
	Mac48Address m_address;
	bool m_warned;
};

} // namespace ns3

#endif

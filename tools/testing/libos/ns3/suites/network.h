/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Networks that several suites use.
 */

#ifndef SUITES_NETWORK_H
#define SUITES_NETWORK_H

#include "ns3/internet-module.h"
#include "ns3/network-module.h"

#include <string>

namespace ns3
{

/** Two nodes with Linux and a point-to-point link: 10.0.0.1 and 2, 2001:db8::1 and 2. */
class TwoNodes
{
      public:
	TwoNodes(const std::string &rate, Time delay);

	Ptr<Node> Get(uint32_t number) const;
	Ptr<NetDevice> GetDevice(uint32_t number) const;
	Address GetAddress(uint32_t number, bool ipv6, uint16_t port) const;
	/** A pcap of the first node's end: FILE-0-0.pcap. */
	void Capture(const std::string &file);

      private:
	NodeContainer m_nodes;
	NetDeviceContainer m_devices;
};

} // namespace ns3

#endif

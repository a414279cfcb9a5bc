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

/** Two nodes with Linux and a link: 10.0.0.1 and 2, 2001:db8::1 and 2. */
class TwoNodes
{
      public:
	enum Link { POINT_TO_POINT, ETHERNET };

	TwoNodes(const std::string &rate, Time delay, Link link = POINT_TO_POINT);

	Ptr<Node> Get(uint32_t number) const;
	Ptr<NetDevice> GetDevice(uint32_t number) const;
	Address GetAddress(uint32_t number, bool ipv6, uint16_t port) const;

      private:
	NodeContainer m_nodes;
	NetDeviceContainer m_devices;
};

} // namespace ns3

#endif

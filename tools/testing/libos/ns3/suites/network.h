/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Networks that several suites use.
 */

#ifndef SUITES_NETWORK_H
#define SUITES_NETWORK_H

#include "ns3/dce-application.h"
#include "ns3/internet-module.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-helper.h"

#include <filesystem>
#include <initializer_list>
#include <string>
#include <vector>

namespace ns3
{

/** Links between two nodes each. */
PointToPointHelper Wire(Time delay, const std::string &rate = "100Mbps");

/** A network of 100 Mbit/s of those of the nodes that have these numbers. */
NetDeviceContainer Ethernet(NodeContainer nodes, std::initializer_list<uint32_t> members);

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

/** Captures are of headers, from now on. */
void CaptureHeaders();

/** From now on nothing passes between these devices, which do not tell. */
void Cut(NetDeviceContainer link);

/** A folder for what one case leaves, pcaps and its nodes' files: the working folder meanwhile. */
class OwnFolder
{
      public:
	explicit OwnFolder(const std::string &name);
	~OwnFolder();

      private:
	std::filesystem::path m_before;
};

/** Writes a file of a node, before its first program starts. */
void WriteFile(Ptr<Node> node, const std::string &path, const std::string &content);

/** Has a user of the host's own a file of a node, or a folder. */
void GiveTo(const std::string &user, Ptr<Node> node, const std::string &path);

/** Starts a program at so many seconds: its name and arguments, as in a shell. */
void StartProgram(Ptr<Node> node, double at, const std::string &command);

/** What a program has printed. */
std::string OutputOf(const ProcStatus &program);

} // namespace ns3

#endif

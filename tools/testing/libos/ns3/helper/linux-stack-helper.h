/* SPDX-License-Identifier: GPL-2.0 */

#ifndef LINUX_STACK_HELPER_H
#define LINUX_STACK_HELPER_H

#include "ns3/ipv4-routing-helper.h"
#include "ns3/ipv6-routing-helper.h"
#include "ns3/node-container.h"
#include "ns3/nstime.h"
#include "ns3/object-factory.h"

#include <memory>
#include <string>

namespace ns3
{

/** Gives nodes a Linux: in place of InternetStackHelper. */
class LinuxStackHelper
{
      public:
	LinuxStackHelper();

	/** An attribute of ns3::LinuxStack, for nodes installed from now on. */
	void SetAttribute(const std::string &name, const AttributeValue &value);
	/** Whose routes the nodes take: those of static or of global routing. */
	void SetRoutingHelper(const Ipv4RoutingHelper &routing);
	void SetRoutingHelper(const Ipv6RoutingHelper &routing);

	void Install(Ptr<Node> node) const;
	void Install(const std::string &nodeName) const;
	void Install(NodeContainer nodes) const;
	void InstallAll() const;

	/** Sets a sysctl, ".net.ipv4.conf.all.forwarding" for one, now or at a time. */
	static void SysctlSet(NodeContainer nodes, const std::string &name,
			      const std::string &value);
	static void SysctlSet(Ptr<Node> node, Time at, const std::string &name,
			      const std::string &value);
	static std::string SysctlGet(Ptr<Node> node, const std::string &name);
	/** Calls `done` with the name and what a sysctl is at a time. */
	static void SysctlGet(Ptr<Node> node, Time at, const std::string &name,
			      void (*done)(std::string, std::string));

	/** Executes ip(8) on a node, with these arguments. */
	static void RunIp(Ptr<Node> node, Time at, const std::string &arguments);

	/** Has every node of a Linux route to every network, along shortest paths of IPv4. */
	static void PopulateRoutingTables();

      private:
	ObjectFactory m_factory;
	std::shared_ptr<Ipv4RoutingHelper> m_routing4;
	std::shared_ptr<Ipv6RoutingHelper> m_routing6;
};

} // namespace ns3

#endif

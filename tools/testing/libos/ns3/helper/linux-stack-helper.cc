/* SPDX-License-Identifier: GPL-2.0 */

#include "linux-stack-helper.h"

#include "ns3/dce-application-helper.h"
#include "ns3/fatal-error.h"
#include "ns3/global-router-interface.h"
#include "ns3/ipv4-global-routing.h"
#include "ns3/ipv4-global-routing-helper.h"
#include "ns3/ipv4-linux.h"
#include "ns3/ipv6-linux.h"
#include "ns3/linux-socket-factory.h"
#include "ns3/linux-stack.h"
#include "ns3/names.h"
#include "ns3/node-list.h"
#include "ns3/simulator.h"

namespace ns3
{

static Ptr<LinuxStack> StackOf(Ptr<Node> node)
{
	Ptr<LinuxStack> stack = LinuxStack::Of(node);
	if (!stack)
		NS_FATAL_ERROR("node " << node->GetId() << " has no Linux: Install() it first");
	return stack;
}

LinuxStackHelper::LinuxStackHelper()
{
	m_factory.SetTypeId(LinuxStack::GetTypeId());
}

void LinuxStackHelper::SetAttribute(const std::string &name, const AttributeValue &value)
{
	m_factory.Set(name, value);
}

void LinuxStackHelper::SetRoutingHelper(const Ipv4RoutingHelper &routing)
{
	m_routing4.reset(routing.Copy());
}

void LinuxStackHelper::SetRoutingHelper(const Ipv6RoutingHelper &routing)
{
	m_routing6.reset(routing.Copy());
}

void LinuxStackHelper::Install(Ptr<Node> node) const
{
	if (node->GetObject<Ipv4>() || node->GetObject<Ipv6>())
		NS_FATAL_ERROR("node " << node->GetId() << " has a stack already");
	/* DceManagerHelper may have made it. */
	if (!LinuxStack::Of(node))
		node->AggregateObject(m_factory.Create<LinuxStack>());
	Ptr<Ipv4Linux> ipv4 = CreateObject<Ipv4Linux>();
	Ptr<Ipv6Linux> ipv6 = CreateObject<Ipv6Linux>();
	node->AggregateObject(ipv4);
	node->AggregateObject(ipv6);
	LinuxAddSocketFactories(node);
	if (m_routing4)
		ipv4->SetRoutingProtocol(m_routing4->Create(node));
	if (m_routing6)
		ipv6->SetRoutingProtocol(m_routing6->Create(node));
}

void LinuxStackHelper::Install(const std::string &nodeName) const
{
	Install(Names::Find<Node>(nodeName));
}

void LinuxStackHelper::Install(NodeContainer nodes) const
{
	for (auto node = nodes.Begin(); node != nodes.End(); ++node)
		Install(*node);
}

void LinuxStackHelper::InstallAll() const
{
	Install(NodeContainer::GetGlobal());
}

void LinuxStackHelper::SysctlSet(NodeContainer nodes, const std::string &name,
				 const std::string &value)
{
	for (auto node = nodes.Begin(); node != nodes.End(); ++node)
		StackOf(*node)->SysctlSet(name, value);
}

void LinuxStackHelper::SysctlSet(Ptr<Node> node, Time at, const std::string &name,
				 const std::string &value)
{
	Simulator::ScheduleWithContext(node->GetId(), at - Simulator::Now(),
				       [=]() { StackOf(node)->SysctlSet(name, value); });
}

std::string LinuxStackHelper::SysctlGet(Ptr<Node> node, const std::string &name)
{
	return StackOf(node)->SysctlGet(name);
}

void LinuxStackHelper::SysctlGet(Ptr<Node> node, Time at, const std::string &name,
				 void (*done)(std::string, std::string))
{
	Simulator::ScheduleWithContext(node->GetId(), at - Simulator::Now(),
				       [=]() { done(name, StackOf(node)->SysctlGet(name)); });
}

void LinuxStackHelper::RunIp(Ptr<Node> node, Time at, const std::string &arguments)
{
	DceApplicationHelper ip;
	ip.SetBinary("ip");
	ip.ParseArguments(arguments);
	ip.Install(node).Start(at);
}

/* ns-3 finds the paths; what it finds is given to Linux. */
void LinuxStackHelper::PopulateRoutingTables()
{
	for (auto node = NodeList::Begin(); node != NodeList::End(); ++node) {
		Ptr<Ipv4Linux> ipv4 = (*node)->GetObject<Ipv4Linux>();
		if (ipv4 && !ipv4->GetRoutingProtocol())
			ipv4->SetRoutingProtocol(Ipv4GlobalRoutingHelper().Create(*node));
	}
	Ipv4GlobalRoutingHelper::PopulateRoutingTables();
	for (auto node = NodeList::Begin(); node != NodeList::End(); ++node)
		if (Ptr<Ipv4Linux> ipv4 = (*node)->GetObject<Ipv4Linux>())
			ipv4->TakeRoutes();
}

} // namespace ns3

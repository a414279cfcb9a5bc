/* SPDX-License-Identifier: GPL-2.0 */

#include "dce-manager-helper.h"

#include "ns3/fatal-error.h"
#include "ns3/linux-stack.h"

#include <iostream>

namespace ns3
{

static std::string g_virtualPath;

DceManagerHelper::DceManagerHelper()
{
	m_factory.SetTypeId(LinuxStack::GetTypeId());
}

void DceManagerHelper::SetNetworkStack(const std::string &type, const std::string &name,
				       const AttributeValue &value)
{
	if (type != "ns3::LinuxSocketFdFactory" && type != "ns3::LinuxStack")
		NS_FATAL_ERROR("programs run over ns3::LinuxSocketFdFactory, not over " << type);
	if (!name.empty())
		m_factory.Set(name, value);
}

void DceManagerHelper::SetTaskManagerAttribute(const std::string &name, const AttributeValue &)
{
	std::cerr << "warning: task manager's " << name
		  << ": programs are processes of the host, and nothing follows from it"
		  << std::endl;
}

void DceManagerHelper::SetVirtualPath(const std::string &path)
{
	g_virtualPath = path;
}

std::string DceManagerHelper::GetVirtualPath()
{
	return g_virtualPath;
}

void DceManagerHelper::Install(Ptr<Node> node) const
{
	if (!LinuxStack::Of(node))
		node->AggregateObject(m_factory.Create<LinuxStack>());
}

void DceManagerHelper::Install(NodeContainer nodes) const
{
	for (auto node = nodes.Begin(); node != nodes.End(); ++node)
		Install(*node);
}

std::vector<ProcStatus> DceManagerHelper::GetProcStatus()
{
	return DceApplication::GetProcStatus();
}

} // namespace ns3

/* SPDX-License-Identifier: GPL-2.0 */

#include "dce-application-helper.h"

#include "ns3/dce-application.h"
#include "ns3/dce-manager-helper.h"
#include "ns3/fatal-error.h"
#include "ns3/names.h"
#include "ns3/node.h"

namespace ns3
{

void DceApplicationHelper::SetBinary(std::string binary)
{
	m_binary = binary;
}

void DceApplicationHelper::SetStackSize(uint64_t bytes)
{
	m_stack = bytes;
}

void DceApplicationHelper::ResetArguments()
{
	m_arguments.clear();
}

void DceApplicationHelper::AddArgument(std::string argument)
{
	m_arguments.push_back(argument);
}

void DceApplicationHelper::AddArguments(std::string option, std::string value)
{
	AddArgument(option);
	AddArgument(value);
}

void DceApplicationHelper::ParseArguments(std::string line)
{
	std::string argument;
	bool begun = false;
	char quote = 0;
	for (char c : line) {
		if (quote && c == quote) {
			quote = 0;
		} else if (!quote && (c == '"' || c == '\'')) {
			quote = c;
			begun = true;
		} else if (!quote && (c == ' ' || c == '\t')) {
			if (begun)
				AddArgument(argument);
			argument.clear();
			begun = false;
		} else {
			argument += c;
			begun = true;
		}
	}
	if (quote)
		NS_FATAL_ERROR("a quote is not closed in the arguments " << line);
	if (begun)
		AddArgument(argument);
}

void DceApplicationHelper::ResetEnvironment()
{
	m_environment.clear();
}

void DceApplicationHelper::AddEnvironment(std::string name, std::string value)
{
	m_environment.push_back(name + "=" + value);
}

void DceApplicationHelper::SetUid(uint32_t uid)
{
	m_uid = uid;
}

void DceApplicationHelper::SetEuid(uint32_t uid)
{
	m_uid = uid;
}

void DceApplicationHelper::SetGid(uint32_t gid)
{
	m_gid = gid;
}

void DceApplicationHelper::SetEgid(uint32_t gid)
{
	m_gid = gid;
}

void DceApplicationHelper::SetStdinFile(std::string file)
{
	m_stdin = file;
}

void DceApplicationHelper::SetFinishedCallback(Callback<void, uint16_t, int> finished)
{
	m_finished = finished;
}

ApplicationContainer DceApplicationHelper::Install(Ptr<Node> node) const
{
	Ptr<DceApplication> application = CreateObject<DceApplication>();
	std::vector<std::string> environment = m_environment;
	std::string path = DceManagerHelper::GetVirtualPath();
	if (!path.empty())
		environment.push_back("PATH=" + path);
	application->SetBinary(m_binary);
	application->SetArguments(m_arguments);
	application->SetEnvironment(environment);
	application->SetStdinFile(m_stdin);
	application->SetUid(m_uid);
	application->SetGid(m_gid);
	application->SetStackSize(m_stack);
	application->SetFinishedCallback(m_finished);
	node->AddApplication(application);
	return ApplicationContainer(application);
}

ApplicationContainer DceApplicationHelper::Install(NodeContainer nodes) const
{
	ApplicationContainer all;
	for (auto node = nodes.Begin(); node != nodes.End(); ++node)
		all.Add(Install(*node));
	return all;
}

ApplicationContainer DceApplicationHelper::InstallInNode(std::string nodeName) const
{
	return Install(Names::Find<Node>(nodeName));
}

} // namespace ns3

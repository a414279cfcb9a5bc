/* SPDX-License-Identifier: GPL-2.0 */

#include "network.h"

#include "ns3/core-module.h"
#include "ns3/csma-module.h"
#include "ns3/dce-application-helper.h"
#include "ns3/linux-stack-helper.h"
#include "ns3/point-to-point-module.h"

#include <cerrno>
#include <cstring>
#include <fstream>
#include <pwd.h>
#include <sstream>
#include <unistd.h>

namespace ns3
{

PointToPointHelper Wire(Time delay, const std::string &rate)
{
	PointToPointHelper wire;
	wire.SetDeviceAttribute("DataRate", StringValue(rate));
	wire.SetChannelAttribute("Delay", TimeValue(delay));
	return wire;
}

NetDeviceContainer Ethernet(NodeContainer nodes, std::initializer_list<uint32_t> members)
{
	CsmaHelper ethernet;
	ethernet.SetChannelAttribute("DataRate", StringValue("100Mbps"));
	NodeContainer all;
	for (uint32_t member : members)
		all.Add(nodes.Get(member));
	return ethernet.Install(all);
}

TwoNodes::TwoNodes(const std::string &rate, Time delay, Link kind)
{
	m_nodes.Create(2);
	PointToPointHelper link = Wire(delay, rate);
	CsmaHelper ethernet;
	ethernet.SetChannelAttribute("DataRate", StringValue(rate));
	ethernet.SetChannelAttribute("Delay", TimeValue(delay));
	m_devices = kind == ETHERNET ? ethernet.Install(m_nodes) : link.Install(m_nodes);
	/* Of each network a capture, for comparing runs: net-0-0-0.pcap is the first node's, of the
	 * first. */
	static uint32_t networks;
	std::string file = "net-" + std::to_string(networks++);
	CaptureHeaders();
	if (kind == ETHERNET)
		ethernet.EnablePcap(file, m_devices.Get(0));
	else
		link.EnablePcap(file, m_devices.Get(0));
	LinuxStackHelper().Install(m_nodes);
	Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(m_devices);
	for (uint32_t i = 0; i < 2; i++) {
		Ptr<Ipv6> ipv6 = m_nodes.Get(i)->GetObject<Ipv6>();
		std::string address = "2001:db8::" + std::to_string(1 + i);
		ipv6->AddAddress(ipv6->GetInterfaceForDevice(m_devices.Get(i)),
				 Ipv6InterfaceAddress(Ipv6Address(address.c_str()), 64));
	}
}

Ptr<Node> TwoNodes::Get(uint32_t number) const
{
	return m_nodes.Get(number);
}

Ptr<NetDevice> TwoNodes::GetDevice(uint32_t number) const
{
	return m_devices.Get(number);
}

Address TwoNodes::GetAddress(uint32_t number, bool ipv6, uint16_t port) const
{
	std::string host = std::to_string(1 + number);
	if (ipv6)
		return Inet6SocketAddress(Ipv6Address(("2001:db8::" + host).c_str()), port);
	return InetSocketAddress(Ipv4Address(("10.0.0." + host).c_str()), port);
}

void CaptureHeaders()
{
	static const uint32_t BYTES = 128;
	Config::SetDefault("ns3::PcapFileWrapper::CaptureSize", UintegerValue(BYTES));
}

void Cut(NetDeviceContainer link)
{
	for (auto device = link.Begin(); device != link.End(); ++device) {
		Ptr<RateErrorModel> all = CreateObject<RateErrorModel>();
		all->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
		all->SetRate(1);
		(*device)->SetAttribute("ReceiveErrorModel", PointerValue(all));
	}
}

OwnFolder::OwnFolder(const std::string &name) : m_before(std::filesystem::current_path())
{
	std::filesystem::create_directory(name);
	std::filesystem::current_path(name);
}

OwnFolder::~OwnFolder()
{
	std::filesystem::current_path(m_before);
}

void WriteFile(Ptr<Node> node, const std::string &path, const std::string &content)
{
	std::filesystem::path file = "files-" + std::to_string(node->GetId()) + path;
	std::filesystem::create_directories(file.parent_path());
	std::ofstream(file) << content;
}

void GiveTo(const std::string &user, Ptr<Node> node, const std::string &path)
{
	std::string file = "files-" + std::to_string(node->GetId()) + path;
	const struct passwd *known = getpwnam(user.c_str());
	if (!known)
		NS_FATAL_ERROR("there is no user " << user);
	if (chown(file.c_str(), known->pw_uid, known->pw_gid) < 0)
		NS_FATAL_ERROR(file << ": " << std::strerror(errno));
}

void StartProgram(Ptr<Node> node, double at, const std::string &command)
{
	DceApplicationHelper program;
	size_t blank = std::min(command.find(' '), command.size());
	program.SetBinary(command.substr(0, blank));
	program.ParseArguments(command.substr(blank));
	program.Install(node).Start(Seconds(at));
}

std::string OutputOf(const ProcStatus &program)
{
	std::string file = "files-" + std::to_string(program.GetNode()) + "/var/log/" +
			   std::to_string(program.GetPid()) + "/stdout";
	std::ostringstream all;
	all << std::ifstream(file).rdbuf();
	return all.str();
}

} // namespace ns3

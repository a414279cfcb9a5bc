/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two nodes, a link of 100 Mbit/s and 1 ms, and a client and a server of UDP that
 * know nothing of a simulation. What they print is in files-0 and files-1, below
 * var/log.
 */

#include "ns3/core-module.h"
#include "ns3/dce-application-helper.h"
#include "ns3/dce-manager-helper.h"
#include "ns3/internet-module.h"
#include "ns3/linux-stack-helper.h"
#include "ns3/network-module.h"

#include "two-nodes.h"

using namespace ns3;

int main(int argc, char *argv[])
{
	CommandLine().Parse(argc, argv);
	NodeContainer nodes;
	nodes.Create(2);
	NetDeviceContainer devices = Link(nodes, "dce-udp-simple");

	DceManagerHelper manager;
	manager.SetNetworkStack("ns3::LinuxSocketFdFactory", "Library", StringValue("liblinux.so"));
	manager.Install(nodes);
	LinuxStackHelper().Install(nodes);
	Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);

	DceManagerHelper::SetVirtualPath(LIBOS_TOP "/build/ns3/programs");
	DceApplicationHelper program;
	program.SetBinary("udp-server");
	program.Install(nodes.Get(0)).Start(Seconds(1));
	program.SetBinary("udp-client");
	program.AddArgument("10.0.0.1");
	program.Install(nodes.Get(1)).Start(Seconds(2));

	return RunAndReport(Seconds(20));
}

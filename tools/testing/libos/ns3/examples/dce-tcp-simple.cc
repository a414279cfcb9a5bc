/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Two nodes, a link of 100 Mbit/s and 1 ms, and a client and a server of TCP that
 * know nothing of a simulation. What they print is in files-0 and files-1, below
 * var/log. A segment of 1,000 bytes is 1,054 on the wire and takes 84,320 ns and
 * 1 ms each way; the first one is acknowledged at once, with 54 bytes that the
 * answer has to wait for, 4,320 ns.
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
	NetDeviceContainer devices = Link(nodes, "dce-tcp-simple");

	DceManagerHelper manager;
	manager.SetNetworkStack("ns3::LinuxSocketFdFactory", "Library", StringValue("liblinux.so"));
	manager.Install(nodes);
	LinuxStackHelper().Install(nodes);
	Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);

	DceManagerHelper::SetVirtualPath(LIBOS_TOP "/build/ns3/programs");
	DceApplicationHelper program;
	program.SetBinary("tcp-server");
	program.Install(nodes.Get(0)).Start(Seconds(1));
	program.SetBinary("tcp-client");
	program.AddArgument("10.0.0.1");
	program.Install(nodes.Get(1)).Start(Seconds(2));

	return RunAndReport(Seconds(20));
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * What is of ns-3 alone in the examples with two nodes, and how they end.
 */

#ifndef EXAMPLES_TWO_NODES_H
#define EXAMPLES_TWO_NODES_H

#include "ns3/core-module.h"
#include "ns3/dce-manager-helper.h"
#include "ns3/network-module.h"
#include "ns3/point-to-point-module.h"

#include <iostream>
#include <string>

/** A link of 100 Mbit/s and 1 ms, with a capture at each end: NAME-0-0.pcap and NAME-1-0.pcap. */
inline ns3::NetDeviceContainer Link(ns3::NodeContainer nodes, const std::string &name)
{
	ns3::PointToPointHelper link;
	link.SetDeviceAttribute("DataRate", ns3::StringValue("100Mbps"));
	link.SetChannelAttribute("Delay", ns3::StringValue("1ms"));
	ns3::NetDeviceContainer devices = link.Install(nodes);
	link.EnablePcapAll(name);
	return devices;
}

/** Runs, and says how each program has ended; 1 if one of them has failed. */
inline int RunAndReport(ns3::Time end)
{
	ns3::Simulator::Stop(end);
	ns3::Simulator::Run();
	int failed = 0;
	for (const ns3::ProcStatus &status : ns3::DceManagerHelper::GetProcStatus()) {
		std::cout << "node " << status.GetNode() << ": " << status.GetCmdLine()
			  << " ended with " << status.GetExitCode() << std::endl;
		failed |= status.GetExitCode();
	}
	ns3::Simulator::Destroy();
	return failed != 0;
}

#endif

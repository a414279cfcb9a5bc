/* SPDX-License-Identifier: GPL-2.0 */
/*
 * Many nodes with Linux: a ring, in which each sends to the one four links on. Says what they take
 * of time and memory, and fails if a datagram is missing.
 */

#include "../suites/network.h"

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/linux-stack-helper.h"
#include "ns3/network-module.h"

#include "measure.h"

#include <cstdio>

using namespace ns3;

namespace
{

const uint32_t HOPS = 4;
const uint16_t PORT = 2000;
/* Of the datagrams that each node sends, one every tenth of a second. */
const uint32_t SIZE = 100;
const Time BEGIN = Seconds(1), INTERVAL = MilliSeconds(100);

/** A ring of links of a network each, on which everybody's default route leads onward. */
std::vector<Ipv4Address> Join(NodeContainer nodes)
{
	PointToPointHelper link = Wire(MilliSeconds(1));
	Ipv4AddressHelper networks("10.0.0.0", "255.255.255.252");
	Ipv4StaticRoutingHelper routing;
	std::vector<Ipv4Address> addresses(nodes.GetN());
	for (uint32_t i = 0; i < nodes.GetN(); i++) {
		uint32_t next = (i + 1) % nodes.GetN();
		NetDeviceContainer ends = link.Install(nodes.Get(i), nodes.Get(next));
		Ipv4InterfaceContainer interfaces = networks.Assign(ends);
		networks.NewNetwork();
		addresses[next] = interfaces.GetAddress(1);
		routing.GetStaticRouting(interfaces.Get(0).first)
			->SetDefaultRoute(addresses[next], interfaces.Get(0).second);
	}
	return addresses;
}

} // namespace

int main(int argc, char *argv[])
{
	uint32_t number = 1000, count = 90;
	Arguments(argc, argv,
		  {{"nodes", "how many", number},
		   {"datagrams", "how many each sends, ten a second", count}});
	Time end = BEGIN + INTERVAL * (count + 1);

	double start = Wall();
	NodeContainer nodes;
	nodes.Create(number);
	LinuxStackHelper stack;
	stack.SetRoutingHelper(Ipv4StaticRoutingHelper());
	stack.Install(nodes);
	std::vector<Ipv4Address> addresses = Join(nodes);
	PacketSinkHelper sink("ns3::UdpSocketFactory",
			      InetSocketAddress(Ipv4Address::GetAny(), PORT));
	ApplicationContainer sinks = sink.Install(nodes);
	for (uint32_t i = 0; i < number; i++) {
		UdpClientHelper source(addresses[(i + HOPS) % number], PORT);
		source.SetAttribute("Interval", TimeValue(INTERVAL));
		source.SetAttribute("MaxPackets", UintegerValue(count));
		source.SetAttribute("PacketSize", UintegerValue(SIZE));
		source.Install(nodes.Get(i)).Start(BEGIN);
	}
	double booted = Wall();
	std::printf("%u nodes after %.1f s, %.0f KiB each\n", number, booted - start,
		    double(Memory()) / number);
	RunTo(end);
	uint64_t arrived = 0;
	for (uint32_t i = 0; i < number; i++)
		arrived += DynamicCast<PacketSink>(sinks.Get(i))->GetTotalRx() / SIZE;
	std::printf("%.1f simulated seconds in %.1f s, %.0f KiB each\n"
		    "%lu of %lu datagrams over %u links each\n",
		    end.GetSeconds(), Wall() - booted, double(Memory()) / number,
		    (unsigned long)arrived, (unsigned long)number * count, HOPS);
	Simulator::Destroy();
	return arrived != uint64_t(number) * count;
}

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * make bench-sim: a chain of routers, with Linux on every node and with ns-3's
 * own stack, in the same run. Ten simulated seconds over links of 100 Mbit/s and
 * 1 ms; each measurement is a process of its own.
 */

#include "../suites/network.h"

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/internet-module.h"
#include "ns3/linux-progress.h"
#include "ns3/linux-stack-helper.h"
#include "ns3/network-module.h"

#include "measure.h"

#include <cstdio>
#include <sys/wait.h>
#include <unistd.h>

using namespace ns3;

namespace
{

const Time BEGIN = Seconds(1);
Time g_duration = Seconds(10);
const uint16_t PORT = 2000;

struct Measured {
	/** Frames that devices have received. */
	uint64_t frames;
	uint64_t bytes;
	/** Seconds of the processor, and of the wall clock. */
	double cpu, wall;
	/** Of all nodes, in KiB. */
	uint64_t memory;
	/** Seconds until the nodes were there. */
	double boot;
};

uint64_t g_frames;

void Count(Ptr<const Packet>)
{
	g_frames++;
}

/** `hops` links, with a node at each end of each. */
Measured Run(bool linux_, bool tcp, uint32_t hops)
{
	uint64_t before = Memory();
	double start = Wall();
	NodeContainer nodes;
	nodes.Create(hops + 1);
	if (linux_)
		LinuxStackHelper().Install(nodes);
	else
		InternetStackHelper().Install(nodes);
	PointToPointHelper link = Wire(MilliSeconds(1));
	Ipv4AddressHelper addresses("10.0.0.0", "255.255.255.0");
	Ipv4Address last;
	for (uint32_t i = 0; i < hops; i++) {
		NetDeviceContainer ends = link.Install(nodes.Get(i), nodes.Get(i + 1));
		last = addresses.Assign(ends).GetAddress(1);
		addresses.NewNetwork();
		for (uint32_t end = 0; end < 2; end++)
			ends.Get(end)->TraceConnectWithoutContext("PhyRxEnd", MakeCallback(&Count));
	}
	if (linux_)
		LinuxStackHelper::PopulateRoutingTables();
	else
		Ipv4GlobalRoutingHelper::PopulateRoutingTables();

	std::string factory = tcp ? "ns3::TcpSocketFactory" : "ns3::UdpSocketFactory";
	ApplicationContainer source;
	if (tcp) {
		source = BulkSendHelper(factory, InetSocketAddress(last, PORT))
				 .Install(nodes.Get(0));
	} else {
		OnOffHelper constant(factory, InetSocketAddress(last, PORT));
		constant.SetConstantRate(DataRate("90Mbps"), 1470);
		source = constant.Install(nodes.Get(0));
	}
	source.Start(BEGIN);
	source.Stop(BEGIN + g_duration);
	PacketSinkHelper sinkHelper(factory, InetSocketAddress(Ipv4Address::GetAny(), PORT));
	ApplicationContainer sink = sinkHelper.Install(nodes.Get(hops));

	Simulator::Stop(BEGIN + g_duration);
	LinuxProgress progress(BEGIN + g_duration);
	double cpu = Cpu(), wall = Wall();
	Simulator::Run();
	Measured measured = {};
	measured.cpu = Cpu() - cpu;
	measured.wall = Wall() - wall;
	measured.frames = g_frames;
	measured.bytes = DynamicCast<PacketSink>(sink.Get(0))->GetTotalRx();
	measured.memory = Memory() - before;
	measured.boot = wall - start;
	Simulator::Destroy();
	return measured;
}

/** Runs one measurement in a child. */
bool RunApart(bool linux_, bool tcp, uint32_t hops, Measured &measured)
{
	int ends[2];
	if (pipe(ends) < 0)
		return false;
	pid_t child = fork();
	if (child == 0) {
		measured = Run(linux_, tcp, hops);
		bool told = write(ends[1], &measured, sizeof(measured)) == sizeof(measured);
		_exit(!told);
	}
	close(ends[1]);
	bool told = read(ends[0], &measured, sizeof(measured)) == sizeof(measured);
	close(ends[0]);
	int status;
	return waitpid(child, &status, 0) == child && status == 0 && told;
}

} // namespace

int main(int argc, char *argv[])
{
	uint32_t smallest = 2, largest = 32;
	bool tcp = true, udp = true, own = true;
	CommandLine command;
	command.AddValue("least", "the shortest chain", smallest);
	command.AddValue("hops", "the longest chain", largest);
	command.AddValue("time", "how long the load lasts", g_duration);
	command.AddValue("tcp", "measure TCP", tcp);
	command.AddValue("udp", "measure UDP", udp);
	command.AddValue("own", "measure ns-3's own stack as well", own);
	command.Parse(argc, argv);

	std::printf("load  hops  stack  frames/cpu-s   ratio  Mbit/s   wall s  boot s  KiB/node\n");
	for (bool isTcp : {false, true}) {
		if (!(isTcp ? tcp : udp))
			continue;
		for (uint32_t hops = smallest; hops <= largest; hops *= 2) {
			double ns3 = 0;
			for (bool isLinux : {false, true}) {
				Measured measured;
				if (!isLinux && !own)
					continue;
				if (!RunApart(isLinux, isTcp, hops, measured))
					return 1;
				double speed = measured.frames / measured.cpu;
				ns3 = isLinux ? ns3 : speed;
				std::printf("%-4s  %4u  %-5s  %12.0f  %6.2f  %6.1f  %7.2f  %6.2f  "
					    "%8.0f\n",
					    isTcp ? "TCP" : "UDP", hops, isLinux ? "Linux" : "ns-3",
					    speed, ns3 > 0 ? speed / ns3 : 0,
					    measured.bytes * 8 / g_duration.GetSeconds() / 1e6,
					    measured.wall, measured.boot,
					    measured.memory / (hops + 1.0));
				std::fflush(stdout);
			}
		}
	}
	return 0;
}

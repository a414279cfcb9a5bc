/* SPDX-License-Identifier: GPL-2.0 */
/*
 * devices: ns-3's devices as Linux's interfaces, and what ns-3 does with programs and routes.
 */

#include "network.h"

#include "ns3/core-module.h"
#include "ns3/csma-module.h"
#include "ns3/dce-application-helper.h"
#include "ns3/dce-manager-helper.h"
#include "ns3/linux-stack-helper.h"
#include "ns3/mobility-module.h"
#include "ns3/point-to-point-module.h"
#include "ns3/test.h"
#include "ns3/wifi-module.h"

#include <csignal>
#include <filesystem>
#include <sys/wait.h>

namespace ns3
{
namespace
{

const Time DELAY = MilliSeconds(5);
const std::string CAPTURE = "capture";

/** Between two nodes, with a capture of the first one's device. */
template <class Helper>
NetDeviceContainer Captured(Helper link, NodeContainer nodes)
{
	link.SetChannelAttribute("Delay", TimeValue(DELAY));
	NetDeviceContainer devices = link.Install(nodes);
	link.EnablePcap(CAPTURE, devices.Get(0));
	return devices;
}

NetDeviceContainer PointToPoint(NodeContainer nodes)
{
	PointToPointHelper link;
	link.SetDeviceAttribute("DataRate", StringValue("100Mbps"));
	return Captured(link, nodes);
}

NetDeviceContainer Csma(NodeContainer nodes)
{
	return Captured(CsmaHelper(), nodes);
}

NetDeviceContainer Simple(NodeContainer nodes)
{
	SimpleNetDeviceHelper link;
	link.SetChannelAttribute("Delay", TimeValue(DELAY));
	return link.Install(nodes);
}

void Place(NodeContainer nodes)
{
	MobilityHelper still;
	still.SetMobilityModel("ns3::ConstantPositionMobilityModel");
	still.Install(nodes);
}

WifiHelper Wifi()
{
	WifiHelper wifi;
	wifi.SetStandard(WIFI_STANDARD_80211a);
	wifi.SetRemoteStationManager("ns3::ConstantRateWifiManager", "DataMode",
				     StringValue("OfdmRate54Mbps"));
	return wifi;
}

YansWifiPhyHelper Air()
{
	YansWifiPhyHelper phy;
	phy.SetChannel(YansWifiChannelHelper::Default().Create());
	return phy;
}

NetDeviceContainer AdHoc(NodeContainer nodes)
{
	Place(nodes);
	WifiMacHelper mac;
	mac.SetType("ns3::AdhocWifiMac");
	YansWifiPhyHelper air = Air();
	NetDeviceContainer devices = Wifi().Install(air, mac, nodes);
	air.EnablePcap(CAPTURE, devices.Get(0));
	return devices;
}

struct Kind {
	const char *name;
	NetDeviceContainer (*install)(NodeContainer nodes);
	/** Way there and back that the channel takes; of the air, none. */
	Time way;
	/** Whether ns-3 captures what it carries. */
	bool captured = true;
};

const Kind KINDS[] = {
	{"PointToPointNetDevice", PointToPoint, DELAY + DELAY},
	{"CsmaNetDevice", Csma, DELAY + DELAY},
	{"SimpleNetDevice", Simple, DELAY + DELAY, false},
	{"WifiNetDevice, ad hoc", AdHoc, Time(0)},
};

/** The program that was started as this; GetProcStatus() has them in order. */
ProcStatus Started(const std::string &command)
{
	for (const ProcStatus &program : DceManagerHelper::GetProcStatus())
		if (program.GetCmdLine() == command)
			return program;
	NS_FATAL_ERROR("nobody has started " << command);
}

/** The number behind a word in what a program has printed, or -1. */
double NumberBehind(const std::string &word, const std::string &text)
{
	size_t at = text.find(word);
	return at == std::string::npos ? -1 : std::atof(text.c_str() + at + word.size());
}

/** Linux on all of them, and 10.0.0.1 and so on. */
void SetUp(NodeContainer nodes, NetDeviceContainer devices)
{
	LinuxStackHelper().Install(nodes);
	Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(devices);
}

/** ping and iperf3 between two nodes. */
class KindCase : public TestCase
{
      public:
	KindCase(const Kind &kind, bool lossy)
	    : TestCase(std::string(kind.name) + (lossy ? " that loses frames" : "")), m_kind(kind),
	      m_lossy(lossy)
	{
	}

      private:
	void DoRun() override
	{
		static const std::string PING = "ping -c 5 -i 0.1 10.0.0.2",
					 SEND = "iperf3 -n 2M -c 10.0.0.2";
		OwnFolder folder(std::string(m_kind.name) + (m_lossy ? " lossy" : ""));
		NodeContainer nodes(2);
		NetDeviceContainer devices = m_kind.install(nodes);
		SetUp(nodes, devices);
		if (m_lossy)
			Lose(devices.Get(1));
		StartProgram(nodes.Get(0), 2, PING);
		StartProgram(nodes.Get(1), 3.9, "iperf3 -s -1");
		StartProgram(nodes.Get(0), 4, SEND);
		Simulator::Stop(Seconds(60));
		Simulator::Run();
		ProcStatus ping = Started(PING), send = Started(SEND);
		Simulator::Destroy();

		/* iperf3 is done when the last of it waits to be sent. */
		std::error_code none;
		uintmax_t captured = std::filesystem::file_size(CAPTURE + "-0-0.pcap", none);
		if (m_kind.captured)
			NS_TEST_EXPECT_MSG_GT((none ? 0 : captured), 1000000, "a capture");
		std::string said = OutputOf(ping);
		double least = NumberBehind("= ", said.substr(said.find("rtt") + 1));
		NS_TEST_EXPECT_MSG_EQ(send.GetExitCode(), 0, OutputOf(send));
		NS_TEST_EXPECT_MSG_GT_OR_EQ(least, m_kind.way.GetSeconds() * 1000, said);
		NS_TEST_EXPECT_MSG_LT(least, m_kind.way.GetSeconds() * 1000 + 1, said);
		if (!m_lossy)
			NS_TEST_EXPECT_MSG_EQ(NumberBehind("transmitted, ", said), 5, said);
		double rate = NumberBehind("MBytes", OutputOf(send));
		NS_TEST_EXPECT_MSG_GT(rate, 0, "a rate: " << OutputOf(send));
	}

	static void Lose(Ptr<NetDevice> device)
	{
		Ptr<RateErrorModel> some = CreateObject<RateErrorModel>();
		some->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
		some->SetRate(0.02);
		device->SetAttribute("ReceiveErrorModel", PointerValue(some));
	}

	const Kind &m_kind;
	bool m_lossy;
};

/** A station has a carrier from when it is associated. */
class CarrierCase : public TestCase
{
      public:
	CarrierCase() : TestCase("A Wifi station's carrier") {}

      private:
	void DoRun() override
	{
		static const std::string LOOK = "cat /sys/class/net/sim0/carrier",
					 WATCH = "timeout 5 ip monitor link",
					 PING = "ping -c 2 10.0.0.1";
		OwnFolder folder("carrier");
		NodeContainer nodes(2);
		Place(nodes);
		YansWifiPhyHelper air = Air();
		WifiMacHelper mac;
		Ssid ssid("libos");
		mac.SetType("ns3::ApWifiMac", "Ssid", SsidValue(ssid));
		NetDeviceContainer devices = Wifi().Install(air, mac, nodes.Get(0));
		mac.SetType("ns3::StaWifiMac", "Ssid", SsidValue(ssid));
		devices.Add(Wifi().Install(air, mac, nodes.Get(1)));
		SetUp(nodes, devices);
		StartProgram(nodes.Get(1), 0.0, LOOK);
		StartProgram(nodes.Get(1), 0.001, WATCH);
		StartProgram(nodes.Get(1), 1, PING);
		Simulator::Stop(Seconds(10));
		Simulator::Run();
		ProcStatus look = Started(LOOK), watch = Started(WATCH), ping = Started(PING);
		Simulator::Destroy();

		NS_TEST_EXPECT_MSG_EQ(OutputOf(look), "0\n", "before it is associated");
		std::string links = OutputOf(watch);
		NS_TEST_EXPECT_MSG_NE(links.find("LOWER_UP"), std::string::npos,
				      "it has a carrier: " << links);
		NS_TEST_EXPECT_MSG_EQ(ping.GetExitCode(), 0, OutputOf(ping));
	}
};

/** A bridge between two wires: what is for others passes through its node. */
class BridgeCase : public TestCase
{
      public:
	BridgeCase() : TestCase("A bridge of Linux between two wires") {}

      private:
	void DoRun() override
	{
		static const std::string PING = "ping -c 3 10.0.0.2";
		OwnFolder folder("bridge");
		NodeContainer ends(2), middle(1);
		NetDeviceContainer left = Csma(NodeContainer(ends.Get(0), middle.Get(0)));
		NetDeviceContainer right = Csma(NodeContainer(ends.Get(1), middle.Get(0)));
		SetUp(ends, NetDeviceContainer(left.Get(0), right.Get(0)));
		LinuxStackHelper().Install(middle);
		for (const char *arguments :
		     {"link add br0 type bridge", "link set sim0 master br0",
		      "link set sim1 master br0", "link set sim0 up", "link set sim1 up",
		      "link set br0 up"})
			LinuxStackHelper::RunIp(middle.Get(0), Seconds(1), arguments);
		/* Its ports listen and learn for fifteen seconds each. */
		StartProgram(ends.Get(0), 40, PING);
		Simulator::Stop(Seconds(50));
		Simulator::Run();
		ProcStatus ping = Started(PING);
		Simulator::Destroy();
		std::string said = OutputOf(ping);
		NS_TEST_EXPECT_MSG_EQ(NumberBehind("transmitted, ", said), 3, said);
	}
};

/** What a routing helper of ns-3 knows, Linux does; of one way out, global routing makes a default.
 */
class RoutingCase : public TestCase
{
      public:
	explicit RoutingCase(bool global)
	    : TestCase(global ? "Routes of ns-3's global routing"
			      : "Routes of ns-3's static routing"),
	      m_global(global)
	{
	}

      private:
	void DoRun() override
	{
		static const std::string PING = "ping -c 3 10.0.1.2", ROUTE = "ip route";
		OwnFolder folder(m_global ? "global" : "static");
		NodeContainer nodes(3);
		NetDeviceContainer first = PointToPoint(NodeContainer(nodes.Get(0), nodes.Get(1)));
		NetDeviceContainer second = PointToPoint(NodeContainer(nodes.Get(1), nodes.Get(2)));
		LinuxStackHelper linux;
		if (m_global)
			linux.SetRoutingHelper(Ipv4GlobalRoutingHelper());
		else
			linux.SetRoutingHelper(Ipv4StaticRoutingHelper());
		linux.Install(nodes);
		Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(first);
		Ipv4AddressHelper("10.0.1.0", "255.255.255.0").Assign(second);
		if (m_global)
			Ipv4GlobalRoutingHelper::PopulateRoutingTables();
		else
			AddRoutes(nodes);
		StartProgram(nodes.Get(0), 1, ROUTE);
		StartProgram(nodes.Get(0), 2, PING);
		Simulator::Stop(Seconds(10));
		Simulator::Run();
		ProcStatus ping = Started(PING), route = Started(ROUTE);
		Simulator::Destroy();
		NS_TEST_EXPECT_MSG_EQ(ping.GetExitCode(), 0, OutputOf(ping));
		NS_TEST_EXPECT_MSG_NE(OutputOf(route).find("via 10.0.0.2 dev sim0"),
				      std::string::npos, OutputOf(route));
	}

	static void AddRoutes(NodeContainer nodes)
	{
		Ipv4StaticRoutingHelper helper;
		const Ipv4Mask mask("255.255.255.0");
		helper.GetStaticRouting(nodes.Get(0)->GetObject<Ipv4>())
			->AddNetworkRouteTo("10.0.1.0", mask, "10.0.0.2", 1);
		helper.GetStaticRouting(nodes.Get(2)->GetObject<Ipv4>())
			->AddNetworkRouteTo("10.0.0.0", mask, "10.0.1.1", 1);
	}

	bool m_global;
};

/** When programs end, and what is said of it. */
class EndCase : public TestCase
{
      public:
	EndCase() : TestCase("StopTime, signals, and how programs have ended") {}

      private:
	void DoRun() override
	{
		OwnFolder folder("ends");
		NodeContainer node(1);
		LinuxStackHelper().Install(node);
		DceApplicationHelper program;
		program.SetBinary("sleep");
		program.AddArgument("100");
		program.SetFinishedCallback(MakeCallback(&EndCase::Finished, this));
		ApplicationContainer sleep = program.Install(node);
		sleep.Start(Seconds(1));
		sleep.Stop(Seconds(3));
		StartProgram(node.Get(0), 1, "sh -c 'kill -TERM $$'");
		StartProgram(node.Get(0), 1, "sh -c 'sleep 1; exit 7'");
		StartProgram(node.Get(0), 1, "sleep 1000");
		Simulator::Stop(Seconds(10));
		Simulator::Run();
		std::vector<ProcStatus> all = DceManagerHelper::GetProcStatus();
		Simulator::Destroy();

		NS_TEST_ASSERT_MSG_EQ(all.size(), 4, "programs");
		NS_TEST_EXPECT_MSG_EQ(all[0].GetExitCode(), 128 + SIGKILL, "stopped");
		NS_TEST_EXPECT_MSG_EQ(all[0].ended, Seconds(3), "when it was to");
		NS_TEST_EXPECT_MSG_EQ(m_told, 1, "once");
		NS_TEST_EXPECT_MSG_EQ(WTERMSIG(m_status), SIGKILL, "by a signal");
		NS_TEST_EXPECT_MSG_EQ(all[1].GetExitCode(), 128 + SIGTERM, "killed by itself");
		NS_TEST_EXPECT_MSG_EQ(all[1].ended, Seconds(1), "at once");
		NS_TEST_EXPECT_MSG_EQ(all[2].GetExitCode(), 7, "ended by itself");
		/* sleep(1) may take 50 us more, as prctl(2) says of PR_SET_TIMERSLACK. */
		NS_TEST_EXPECT_MSG_EQ_TOL(all[2].ended, Seconds(2), MicroSeconds(50),
					  "after its child");
		NS_TEST_EXPECT_MSG_EQ(all[3].running, true, "to the end of the simulation");
	}

	void Finished(uint16_t, int status)
	{
		m_told++;
		m_status = status;
	}

	int m_told = 0, m_status = 0;
};

/** The suite. */
class DevicesSuite : public TestSuite
{
      public:
	DevicesSuite() : TestSuite("devices")
	{
		for (const Kind &kind : KINDS)
			AddTestCase(new KindCase(kind, false));
		for (int wired = 0; wired < 3; wired++)
			AddTestCase(new KindCase(KINDS[wired], true));
		AddTestCase(new CarrierCase());
		AddTestCase(new BridgeCase());
		for (bool global : {false, true})
			AddTestCase(new RoutingCase(global));
		AddTestCase(new EndCase());
	}
};

DevicesSuite g_suite;

} // namespace
} // namespace ns3

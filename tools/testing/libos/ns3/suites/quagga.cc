/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dce-quagga: routing daemons of FRR, Quagga's successor, on a ring of routers, and radvd;
 * unmodified.
 */

#include "network.h"

#include "ns3/core-module.h"
#include "ns3/csma-module.h"
#include "ns3/dce-manager-helper.h"
#include "ns3/linux-stack-helper.h"
#include "ns3/test.h"

#include <sstream>

namespace ns3
{
namespace
{

const uint32_t ROUTERS = 4;

uint32_t Next(uint32_t router)
{
	return (router + 1) % ROUTERS;
}

uint32_t Before(uint32_t router)
{
	return (router + ROUTERS - 1) % ROUTERS;
}

/**
 * Link i joins router i, its host 1, with the next, its host 2. Its
 * networks are 10.0.(i+1).0/24 and 2001:db8:(i+1)::/64.
 */
std::string Network(uint32_t link, bool ipv6)
{
	std::string number = std::to_string(1 + link);
	return ipv6 ? "2001:db8:" + number + "::/64" : "10.0." + number + ".0/24";
}

std::string Host(uint32_t link, bool ipv6, uint32_t host)
{
	std::string network = Network(link, ipv6);
	size_t zero = network.find(ipv6 ? "/64" : "0/24");
	return network.substr(0, zero) + std::to_string(host);
}

Mac48Address MacOf(Ptr<NetDevice> device)
{
	return Mac48Address::ConvertFrom(device->GetAddress());
}

std::string LinkLocal(Ptr<NetDevice> device)
{
	std::ostringstream address;
	address << Ipv6Address::MakeAutoconfiguredLinkLocalAddress(MacOf(device));
	return address.str();
}

/** The routers and their links. */
class Ring
{
      public:
	Ring()
	{
		m_routers.Create(ROUTERS);
		PointToPointHelper link = Wire(MilliSeconds(1));
		for (uint32_t i = 0; i < ROUTERS; i++)
			m_links.push_back(link.Install(m_routers.Get(i), m_routers.Get(Next(i))));
		CaptureHeaders();
		link.EnablePcapAll("ring");
		LinuxStackHelper().Install(m_routers);
		LinuxStackHelper::SysctlSet(m_routers, "net.ipv4.ip_forward", "1");
		LinuxStackHelper::SysctlSet(m_routers, "net.ipv6.conf.all.forwarding", "1");
		for (uint32_t i = 0; i < ROUTERS; i++)
			for (uint32_t end : {0, 1})
				Address(i, end);
	}

	Ptr<Node> Get(uint32_t router) const
	{
		return m_routers.Get(router);
	}

	/** The neighbour's address on a link of both, which a route of this family goes by. */
	std::string Gateway(uint32_t link, uint32_t end, bool ipv6) const
	{
		if (!ipv6)
			return Host(link, false, 1 + end);
		return LinkLocal(m_links[link].Get(end));
	}

	NetDeviceContainer Link(uint32_t link) const
	{
		return m_links[link];
	}

      private:
	void Address(uint32_t link, uint32_t end)
	{
		Ptr<NetDevice> device = m_links[link].Get(end);
		Ptr<Ipv4> ipv4 = device->GetNode()->GetObject<Ipv4>();
		Ptr<Ipv6> ipv6 = device->GetNode()->GetObject<Ipv6>();
		uint32_t interface = ipv4->AddInterface(device);
		ipv4->AddAddress(interface, Ipv4InterfaceAddress(
						    Ipv4Address(Host(link, false, 1 + end).c_str()),
						    Ipv4Mask("/24")));
		ipv4->SetUp(interface);
		ipv6->AddAddress(
			interface,
			Ipv6InterfaceAddress(Ipv6Address(Host(link, true, 1 + end).c_str()), 64));
	}

	NodeContainer m_routers;
	std::vector<NetDeviceContainer> m_links;
};

std::string Ospf(uint32_t router)
{
	std::ostringstream conf;
	for (const char *name : {"sim0", "sim1"})
		conf << "interface " << name << "\n"
		     << " ip ospf network point-to-point\n"
		     << " ip ospf hello-interval 1\n"
		     << " ip ospf dead-interval 4\n";
	conf << "router ospf\n"
	     << " ospf router-id 10.255.0." << router << "\n"
	     << " network 10.0.0.0/8 area 0\n";
	return conf.str();
}

std::string Ospf6(uint32_t router)
{
	std::ostringstream conf;
	for (const char *name : {"sim0", "sim1"})
		conf << "interface " << name << "\n"
		     << " ipv6 ospf6 area 0\n"
		     << " ipv6 ospf6 network point-to-point\n"
		     << " ipv6 ospf6 hello-interval 1\n"
		     << " ipv6 ospf6 dead-interval 4\n";
	conf << "router ospf6\n"
	     << " ospf6 router-id 10.255.0." << router << "\n";
	return conf.str();
}

std::string Rip(uint32_t)
{
	return "router rip\n network 10.0.0.0/8\n timers basic 5 15 5\n";
}

std::string Ripng(uint32_t)
{
	return "router ripng\n network sim0\n network sim1\n timers basic 5 15 5\n";
}

/* Each router is a system of its own. */
std::string Bgp(uint32_t router, bool ipv6)
{
	static const uint32_t SYSTEM = 65000;
	std::string next = Host(router, ipv6, 2), before = Host(Before(router), ipv6, 1);
	std::ostringstream conf;
	conf << "router bgp " << SYSTEM + router << "\n"
	     << " bgp router-id 10.255.0." << router << "\n"
	     << " no bgp default ipv4-unicast\n"
	     << " no bgp ebgp-requires-policy\n"
	     << " timers bgp 1 4\n"
	     << " neighbor " << next << " remote-as " << SYSTEM + Next(router) << "\n"
	     << " neighbor " << before << " remote-as " << SYSTEM + Before(router) << "\n";
	for (const std::string &neighbor : {next, before})
		conf << " neighbor " << neighbor << " timers connect 1\n"
		     << " neighbor " << neighbor << " advertisement-interval 1\n";
	conf << " address-family " << (ipv6 ? "ipv6" : "ipv4") << " unicast\n"
	     << "  network " << Network(router, ipv6) << "\n"
	     << "  network " << Network(Before(router), ipv6) << "\n"
	     << "  neighbor " << next << " activate\n"
	     << "  neighbor " << before << " activate\n";
	return conf.str();
}

std::string Bgp4(uint32_t router)
{
	return Bgp(router, false);
}

std::string Bgp6(uint32_t router)
{
	return Bgp(router, true);
}

/** A daemon, and how it is made to hear soon that a neighbour is gone. */
struct Protocol {
	const char *name;
	const char *daemon;
	/** What ip(8) calls the origin of its routes. */
	const char *origin;
	bool ipv6;
	std::string (*configuration)(uint32_t router);
};

const Protocol PROTOCOLS[] = {
	{"OSPFv2", "ospfd", "ospf", false, &Ospf},     {"OSPFv3", "ospf6d", "ospf", true, &Ospf6},
	{"RIP", "ripd", "rip", false, &Rip},	       {"RIPng", "ripngd", "ripng", true, &Ripng},
	{"BGP for IPv4", "bgpd", "bgp", false, &Bgp4}, {"BGP for IPv6", "bgpd", "bgp", true, &Bgp6},
};

const std::string PING = "ping -n -c 3 -i 0.1 -W 1 ";

/** How many answers each ping has had. */
std::string Answers(const std::vector<ProcStatus> &programs)
{
	std::string all;
	for (const ProcStatus &program : programs) {
		if (program.GetCmdLine().find(PING) != 0)
			continue;
		std::string output = OutputOf(program), before = " packets transmitted, ";
		size_t at = output.find(before);
		if (at == std::string::npos)
			return output;
		at += before.size();
		all += output.substr(at, output.find(' ', at) + 1 - at);
	}
	return all;
}

/**
 * The routers learn the shortest way to every network; link 0 is cut, and they learn the
 * other way round.
 */
class RoutingCase : public TestCase
{
      public:
	explicit RoutingCase(const Protocol &protocol)
	    : TestCase(std::string(protocol.name) + " around a cut link"), m_protocol(protocol)
	{
	}

      private:
	static constexpr double CONVERGED = 30, CUT_AT = 35, REROUTED = 65, END = 70;

	void DoRun() override
	{
		OwnFolder folder(std::string(m_protocol.daemon) + (m_protocol.ipv6 ? "-6" : "-4"));
		Ring ring;
		bool ipv6 = m_protocol.ipv6;
		for (uint32_t i = 0; i < ROUTERS; i++)
			Daemons(ring.Get(i));
		/* Router 1, at the far side of its other link. */
		std::string far = Host(1, ipv6, 1), show = ipv6 ? "ip -6 route" : "ip route";
		for (double at : {CONVERGED, REROUTED})
			for (uint32_t i = 0; i < ROUTERS; i++)
				StartProgram(ring.Get(i), at, show);
		Simulator::Schedule(Seconds(CUT_AT), &Cut, ring.Link(0));
		for (double at : {CONVERGED + 1, CUT_AT + 0.1, REROUTED + 1})
			StartProgram(ring.Get(0), at, PING + far);
		Simulator::Stop(Seconds(END));
		Simulator::Run();
		std::vector<ProcStatus> programs = DceManagerHelper::GetProcStatus();
		Simulator::Destroy();

		for (const ProcStatus &program : programs) {
			std::string command = program.GetCmdLine();
			double at = program.GetSimulatedStartTime() / 1e9;
			if (command == show)
				CheckRoutes(ring, program.GetNode(), at > CUT_AT,
					    OutputOf(program));
			else if (command.find("/usr/lib/frr/") == 0)
				NS_TEST_EXPECT_MSG_EQ(program.GetExitCode(), -1,
						      command << " runs to the end");
		}
		NS_TEST_EXPECT_MSG_EQ(Answers(programs), "3 0 3 ",
				      "answers when they have converged, right after the cut, and "
				      "when it is routed around");
	}

	void Daemons(Ptr<Node> router)
	{
		std::string daemon = m_protocol.daemon;
		std::string log = "log file /var/log/frr/";
		WriteFile(router, "/run/frr/.keep", "");
		GiveTo("frr", router, "/run/frr");
		WriteFile(router, "/etc/frr/zebra.conf", log + "zebra.log\n");
		WriteFile(router, "/etc/frr/" + daemon + ".conf",
			  log + daemon + ".log\n" + m_protocol.configuration(router->GetId()));
		StartProgram(router, 3, "/usr/lib/frr/zebra -f /etc/frr/zebra.conf");
		StartProgram(router, 4,
			     "/usr/lib/frr/" + daemon + " -f /etc/frr/" + daemon + ".conf");
	}

	/* The two networks that it is not on: one behind the next router, one behind the one
	 * before; unless the link there is cut. */
	void CheckRoutes(const Ring &ring, uint32_t router, bool cut, const std::string &routes)
	{
		bool onward = !(cut && router == 0), back = !(cut && router == 1);
		CheckRoute(ring, router, Next(router), onward, routes);
		CheckRoute(ring, router, Next(Next(router)), !back, routes);
	}

	void CheckRoute(const Ring &ring, uint32_t router, uint32_t network, bool onward,
			const std::string &routes)
	{
		/* Of its two devices, router 0 has that to the next first, the others that to the
		 * one before. */
		uint32_t link = onward ? router : Before(router);
		std::string device = (router == 0) == onward ? "sim0" : "sim1";
		std::string way = " via " + ring.Gateway(link, onward ? 1 : 0, m_protocol.ipv6) +
				  " dev " + device + " proto " + m_protocol.origin + " ";
		std::istringstream lines(routes);
		bool found = false;
		for (std::string line; std::getline(lines, line);)
			found |= line.find(Network(network, m_protocol.ipv6) + " ") == 0 &&
				 line.find(way) != std::string::npos;
		NS_TEST_EXPECT_MSG_EQ(found, true,
				      "router " << router << " has "
						<< Network(network, m_protocol.ipv6) << way
						<< "in:\n"
						<< routes);
	}

	const Protocol &m_protocol;
};

/**
 * Two hosts in two networks, which two routers with radvd join. The hosts have addresses and a
 * router from what they hear; when the better router is gone, they take the other.
 */
class RadvdCase : public TestCase
{
      public:
	RadvdCase() : TestCase("radvd, and a router that goes") {}

      private:
	enum { NEAR, BETTER, WORSE, FAR, NODES };
	static constexpr double HEARD = 20, GONE = 25, MISSED = 50, END = 55;

	void DoRun() override
	{
		OwnFolder folder("radvd");
		m_nodes.Create(NODES);
		NetDeviceContainer near = Ethernet(m_nodes, {NEAR, BETTER, WORSE}),
				   far = Ethernet(m_nodes, {BETTER, WORSE, FAR});
		CaptureHeaders();
		CsmaHelper().EnablePcapAll("radvd");
		LinuxStackHelper().Install(m_nodes);
		for (const NetDeviceContainer &network : {near, far})
			for (uint32_t i = 0; i < network.GetN(); i++) {
				Ptr<Ipv6> ipv6 = network.Get(i)->GetNode()->GetObject<Ipv6>();
				ipv6->SetUp(ipv6->AddInterface(network.Get(i)));
			}
		Router(BETTER, "high");
		Router(WORSE, "low");

		std::ostringstream to;
		to << Ipv6Address::MakeAutoconfiguredAddress(MacOf(far.Get(2)),
							     Ipv6Address(PREFIXES[1]));
		for (double at : {HEARD, MISSED})
			StartProgram(m_nodes.Get(NEAR), at, "ip -6 route get " + to.str());
		for (double at : {HEARD + 1, GONE + 0.1, MISSED + 1})
			StartProgram(m_nodes.Get(NEAR), at, PING + to.str());
		for (const char *device : {"sim0", "sim1"})
			StartProgram(m_nodes.Get(BETTER), GONE,
				     std::string("ip link set down dev ") + device);
		Simulator::Stop(Seconds(END));
		Simulator::Run();
		std::vector<ProcStatus> programs = DceManagerHelper::GetProcStatus();
		Simulator::Destroy();

		std::vector<std::string> routes;
		for (const ProcStatus &program : programs) {
			if (program.GetCmdLine().find("ip -6 route get") == 0)
				routes.push_back(OutputOf(program));
			else if (program.GetCmdLine().find("radvd") == 0)
				NS_TEST_EXPECT_MSG_EQ(program.GetExitCode(), -1, "radvd goes on");
		}
		NS_TEST_ASSERT_MSG_EQ(routes.size(), 2, "before and after");
		ExpectRouter(routes[0], near.Get(1), "the better router");
		ExpectRouter(routes[1], near.Get(2), "the other, when that is gone");
		NS_TEST_EXPECT_MSG_EQ(Answers(programs), "3 0 3 ",
				      "answers through one router, right after it is gone, and "
				      "through the other");
	}

	void Router(uint32_t router, const std::string &preference)
	{
		Ptr<Node> node = m_nodes.Get(router);
		std::ostringstream conf;
		for (uint32_t i : {0, 1}) {
			std::string device = "sim" + std::to_string(i), prefix = PREFIXES[i];
			conf << "interface " << device << " {\n"
			     << " AdvSendAdvert on;\n"
			     << " MinRtrAdvInterval 3;\n"
			     << " MaxRtrAdvInterval 4;\n"
			     << " AdvDefaultLifetime 9;\n"
			     << " AdvDefaultPreference " << preference << ";\n"
			     << " prefix " << prefix << "/64 {};\n"
			     << "};\n";
			/* To reach the hosts, it has an address in their networks. */
			StartProgram(node, 1,
				     "ip -6 address add " + prefix + std::to_string(router) +
					     "/64 dev " + device);
		}
		WriteFile(node, "/etc/radvd.conf", conf.str());
		LinuxStackHelper::SysctlSet(node, "net.ipv6.conf.all.forwarding", "1");
		StartProgram(node, 4, "radvd -n -m stderr -C /etc/radvd.conf -p /run/radvd.pid");
	}

	void ExpectRouter(const std::string &route, Ptr<NetDevice> device, const char *what)
	{
		std::string via = " via " + LinkLocal(device) + " dev sim0 proto ra ";
		NS_TEST_EXPECT_MSG_NE(route.find(via), std::string::npos,
				      via << ", " << what << ", in: " << route);
	}

	/* Of the hosts' networks: where routers have sim0, and sim1. */
	static constexpr const char *PREFIXES[] = {"2001:db8:1::", "2001:db8:2::"};
	NodeContainer m_nodes;
};

/** The suite. */
class QuaggaSuite : public TestSuite
{
      public:
	QuaggaSuite() : TestSuite("dce-quagga")
	{
		for (const Protocol &protocol : PROTOCOLS)
			AddTestCase(new RoutingCase(protocol));
		AddTestCase(new RadvdCase());
	}
};

QuaggaSuite g_suite;

} // namespace
} // namespace ns3

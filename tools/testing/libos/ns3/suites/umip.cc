/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dce-umip: Mobile IPv6, by the kernel's mip6 and two small daemons (programs/mip6-*.c).
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

const std::string PROGRAMS = LIBOS_TOP "/build/ns3/programs/";
const std::string AGENT = "2001:db8:1::2", HOME = "2001:db8:1::100", PEER = "2001:db8:2::2";

/* The two networks that the mobile node is in: the addresses in them begin with this. */
const uint32_t ACCESSES = 2;
const std::string ACCESS[ACCESSES] = {"2001:db8:a:", "2001:db8:b:"};
const std::string UPLINK[ACCESSES] = {"2001:db8:fa:", "2001:db8:fb:"};

/**
 * What passes between an access network and the core: BARE is what has the home address in its
 * first header.
 */
enum Kind { UPDATE, ACKNOWLEDGEMENT, TCP, PING, BARE, OTHER };

struct Crossing {
	double at;
	/** Away from the mobile node. */
	bool up;
	Kind kind;
};

/** Headers of IPv6, one after the other. */
class Headers
{
      public:
	explicit Headers(Ptr<const Packet> packet) : m_bytes(packet->GetSize())
	{
		packet->CopyData(m_bytes.data(), m_bytes.size());
	}

	Ipv6Address AddressAt(size_t offset) const
	{
		return offset + 16 <= m_bytes.size() ? Ipv6Address::Deserialize(&m_bytes[offset])
						     : Ipv6Address();
	}

	uint32_t At(size_t offset) const
	{
		return offset < m_bytes.size() ? m_bytes[offset] : ~0u;
	}

      private:
	std::vector<uint8_t> m_bytes;
};

/**
 * What a packet is. Between the mobile node's address in an access network and its home agent, an
 * update has the home address in a destination option, an acknowledgement in a type 2 routing
 * header, and all else is in a tunnel, and has it in the inner header.
 */
Kind Classify(const Headers &headers, size_t ipv6, bool up, const std::string &access)
{
	static const uint32_t DSTOPTS = 60, ROUTING = 43, MOBILITY = 135, IPV6 = 41, ICMPV6 = 58,
			      HOME_ADDRESS = 0xc9, SENT = 5, ANSWERED = 6;
	static const Ipv6Address home(HOME.c_str()), agent(AGENT.c_str());
	const size_t own = up ? 8 : 24, others = up ? 24 : 8, next = ipv6 + 40, after = next + 24;
	uint32_t kind = headers.At(ipv6 + 6);
	if (headers.AddressAt(ipv6 + own) == home)
		return BARE;
	if (headers.AddressAt(ipv6 + others) != agent ||
	    !Ipv6Prefix(64).IsMatch(headers.AddressAt(ipv6 + own),
				    Ipv6Address((access + ":").c_str())))
		return OTHER;
	if (kind == IPV6 && headers.AddressAt(next + own) == home)
		return headers.At(next + 6) == ICMPV6 ? PING : TCP;
	if (headers.At(next) != MOBILITY || headers.AddressAt(next + 8) != home)
		return OTHER;
	if (up && kind == DSTOPTS && headers.At(next + 6) == HOME_ADDRESS &&
	    headers.At(after + 2) == SENT)
		return UPDATE;
	if (!up && kind == ROUTING && headers.At(next + 2) == 2 &&
	    headers.At(after + 2) == ANSWERED)
		return ACKNOWLEDGEMENT;
	return OTHER;
}

/**
 * The home network, with the home agent; two access networks, each with a router that advertises
 * itself; a network with a peer; and a router that joins them.
 */
class Networks
{
      public:
	Networks()
	{
		m_nodes.Create(NODES);
		LinuxStackHelper().Install(m_nodes);
		NetDeviceContainer home = Ethernet(m_nodes, {CORE, HOME_AGENT}),
				   peer = Ethernet(m_nodes, {CORE, CORRESPONDENT});
		Address(home, "2001:db8:1:");
		Address(peer, "2001:db8:2:");
		DefaultRoute(HOME_AGENT, "2001:db8:1::1");
		DefaultRoute(CORRESPONDENT, "2001:db8:2::1");
		for (uint32_t access = 0; access < ACCESSES; access++)
			Access(access);
		for (int router : {+CORE, +HOME_AGENT, +ROUTER, ROUTER + 1})
			LinuxStackHelper::SysctlSet(m_nodes.Get(router),
						    "net.ipv6.conf.all.forwarding", "1");
		LinuxStackHelper::SysctlSet(Agent(), "net.ipv6.conf.all.proxy_ndp", "1");
		CaptureHeaders();
		CsmaHelper().EnablePcapAll("mobile");
		StartProgram(Agent(), 4,
			     PROGRAMS + "mip6-agent sim0 " + AGENT + " 2001:db8:1:: 12");
	}

	/** The mobile node comes into an access network, or leaves it. */
	void Link(double at, uint32_t access, const char *state)
	{
		StartProgram(Mobile(), at,
			     "ip link set sim" + std::to_string(access) + " " + state);
	}

	Ptr<Node> Mobile() const
	{
		return m_nodes.Get(MOBILE);
	}

	Ptr<Node> Agent() const
	{
		return m_nodes.Get(HOME_AGENT);
	}

	Ptr<Node> Core() const
	{
		return m_nodes.Get(CORE);
	}

	Ptr<Node> Peer() const
	{
		return m_nodes.Get(CORRESPONDENT);
	}

	/** How many packets of a kind went one way through an access network in that time. */
	uint32_t Count(uint32_t access, Kind kind, bool up, double from, double to) const
	{
		uint32_t count = 0;
		for (const Crossing &one : m_crossings[access])
			count += one.kind == kind && one.up == up && one.at >= from && one.at < to;
		return count;
	}

      private:
	enum { MOBILE, HOME_AGENT, CORRESPONDENT, CORE, ROUTER, NODES = ROUTER + ACCESSES };

	/* Numbers a network from 1. */
	void Address(NetDeviceContainer network, const std::string &prefix)
	{
		for (uint32_t i = 0; i < network.GetN(); i++) {
			Ptr<Ipv6> ipv6 = network.Get(i)->GetNode()->GetObject<Ipv6>();
			uint32_t interface = ipv6->AddInterface(network.Get(i));
			std::string address = prefix + ":" + std::to_string(1 + i);
			ipv6->AddAddress(interface,
					 Ipv6InterfaceAddress(Ipv6Address(address.c_str()), 64));
			ipv6->SetUp(interface);
		}
	}

	void DefaultRoute(uint32_t node, const std::string &router)
	{
		StartProgram(m_nodes.Get(node), 3, "ip -6 route add default via " + router);
	}

	void Access(uint32_t access)
	{
		uint32_t router = ROUTER + access;
		NetDeviceContainer uplink =
			Wire(MilliSeconds(5)).Install(Core(), m_nodes.Get(router));
		NetDeviceContainer network = Ethernet(m_nodes, {router, MOBILE});
		Address(uplink, UPLINK[access]);
		Address(NetDeviceContainer(network.Get(0)), ACCESS[access]);
		Ptr<Ipv6> mobile = Mobile()->GetObject<Ipv6>();
		mobile->AddInterface(network.Get(1));
		DefaultRoute(router, UPLINK[access] + ":1");
		StartProgram(Core(), 3,
			     "ip -6 route add " + ACCESS[access] + ":/64 via " + UPLINK[access] +
				     ":2");
		WriteFile(m_nodes.Get(router), "/etc/radvd.conf",
			  "interface sim1 {\n AdvSendAdvert on;\n prefix " + ACCESS[access] +
				  ":/64 {};\n};\n");
		StartProgram(m_nodes.Get(router), 4,
			     "radvd -n -m stderr -C /etc/radvd.conf -p /run/radvd.pid");
		Ptr<NetDevice> device = uplink.Get(1);
		device->TraceConnectWithoutContext("MacTx",
						   MakeCallback(&Networks::Leaves, this, access));
		device->TraceConnectWithoutContext("MacRx",
						   MakeCallback(&Networks::Arrives, this, access));
	}

	void Leaves(uint32_t access, Ptr<const Packet> packet)
	{
		Note(access, packet, true);
	}

	void Arrives(uint32_t access, Ptr<const Packet> packet)
	{
		Note(access, packet, false);
	}

	void Note(uint32_t access, Ptr<const Packet> packet, bool up)
	{
		static const size_t PPP = 2;
		m_crossings[access].push_back({Simulator::Now().GetSeconds(), up,
					       Classify(Headers(packet), PPP, up, ACCESS[access])});
	}

	NodeContainer m_nodes;
	std::vector<Crossing> m_crossings[ACCESSES];
};

/** The text between two others, or all to the end; nothing if the first is not there. */
std::string Between(const std::string &all, const std::string &before, const std::string &after)
{
	size_t begin = all.find(before);
	if (begin == std::string::npos)
		return "";
	begin += before.size();
	return all.substr(begin, all.find(after, begin) - begin);
}

/** The number that a text begins with, or 0. */
double Number(const std::string &text)
{
	return std::strtod(text.c_str(), nullptr);
}

/** A simulation of these networks, and what its programs have done. */
class MobileCase : public TestCase
{
      public:
	MobileCase(const std::string &name, const std::string &folder, double end)
	    : TestCase(name), m_folder(folder), m_end(end)
	{
	}

      protected:
	/* In seconds: the node enters the first network, and the daemon that moves it starts. */
	static constexpr double ENTERED = 4, STARTED = 5;

	/** Arranges what happens. */
	virtual void Prepare(Networks &networks) = 0;
	/** How it went. */
	virtual void Check(const Networks &networks) = 0;

	void Node(Networks &networks, const std::string &home)
	{
		StartProgram(networks.Mobile(), STARTED,
			     PROGRAMS + "mip6-node " + home + " " + AGENT + " 100");
	}

	/** What the program whose command has this in it has printed, the first one from a time. */
	std::string Output(const std::string &command, double from = 0) const
	{
		for (const ProcStatus &program : m_programs)
			if (program.GetCmdLine().find(command) != std::string::npos &&
			    program.GetSimulatedStartTime() / 1e9 >= from)
				return OutputOf(program);
		return "no " + command;
	}

	/** How many answers a ping has had that was started at that time. */
	int Answers(double at) const
	{
		std::string answers = Between(Output("ping", at), "transmitted, ", " ");
		return answers.empty() ? -1 : Number(answers);
	}

	std::vector<ProcStatus> m_programs;

      private:
	void DoRun() override
	{
		OwnFolder folder(m_folder);
		Networks networks;
		networks.Link(ENTERED, 0, "up");
		Prepare(networks);
		Simulator::Stop(Seconds(m_end));
		Simulator::Run();
		m_programs = DceManagerHelper::GetProcStatus();
		Simulator::Destroy();
		Check(networks);
	}

	std::string m_folder;
	double m_end;
};

/** From one network into the other and back, with a connection and a ping; then it says goodbye. */
class MoveCase : public MobileCase
{
      public:
	MoveCase() : MobileCase("A connection and a ping outlive two moves", "move", END) {}

      private:
	static constexpr double TALK = 12, MOVES[] = {20, 34}, TALKED = 48, BYE = 52, AFTER = 55,
				END = 60;
	/* A new address takes two checks for duplicates, a second each, and a router's answer in
	 * between. TCP tries again after twice as long each time, so that it may notice after
	 * another while as long as what has passed. */
	static constexpr double HANDOVER = 4, SILENCE = 2 * HANDOVER;
	static constexpr double PINGS = 10;

	void Prepare(Networks &networks) override
	{
		Node(networks, HOME);
		networks.Link(MOVES[0], 0, "down");
		networks.Link(MOVES[0], 1, "up");
		networks.Link(MOVES[1], 1, "down");
		networks.Link(MOVES[1], 0, "up");
		StartProgram(networks.Peer(), TALK - 1, PROGRAMS + "steady-server");
		StartProgram(networks.Mobile(), TALK,
			     PROGRAMS + "steady-client " + PEER + " " +
				     std::to_string(int(TALKED - TALK)));
		StartProgram(networks.Peer(), TALK,
			     "ping -n -i 0.1 -c " + std::to_string(int((TALKED - TALK) * PINGS)) +
				     " " + HOME);
		/* As if it had been at home before. */
		StartProgram(networks.Core(), STARTED,
			     "ip -6 neighbour add " + HOME +
				     " dev sim0 lladdr 02:00:00:00:00:01 nud stale");
		StartProgram(networks.Core(), TALK - 1, "ip -6 neighbour show " + HOME);
		StartProgram(networks.Agent(), TALK + 1, "ip link show dev sim0");
		StartProgram(networks.Mobile(), BYE, "pkill -x mip6-node");
		StartProgram(networks.Peer(), AFTER, "ping -n -c 3 -W 1 " + HOME);
	}

	void Check(const Networks &networks) override
	{
		CheckPrograms();
		CheckBindings();
		CheckWays(networks);
	}

	void CheckPrograms()
	{
		std::string bytes = std::to_string(int(TALKED - TALK) * 50 * 1000);
		std::string client = Output("steady-client");
		NS_TEST_EXPECT_MSG_EQ(Between(client, "", "\n"), bytes + " bytes are back",
				      "over one connection");
		NS_TEST_EXPECT_MSG_EQ(Output("steady-server"), bytes + " bytes from " + HOME + "\n",
				      "all from home");
		double silent = Number(Between(client, "silent for ", " ")) / 1000;
		NS_TEST_EXPECT_MSG_GT(silent, 1, "it was away meanwhile");
		NS_TEST_EXPECT_MSG_LT(silent, SILENCE, "and not for long");
		NS_TEST_EXPECT_MSG_GT(Answers(TALK), (TALKED - TALK - 2 * HANDOVER) * PINGS,
				      "pings that found it");
		NS_TEST_EXPECT_MSG_EQ(Answers(AFTER), 0, "nobody answers when it has gone");
		std::string hardware = Between(Output("ip link show"), "link/ether ", " ");
		NS_TEST_EXPECT_MSG_EQ(Between(Output("neighbour show"), "lladdr ", " "), hardware,
				      "its home agent has told that it stands in for it");
	}

	/* What the home agent was told, and when. */
	void CheckBindings()
	{
		std::istringstream lines(Output("mip6-agent"));
		std::vector<double> bound;
		std::string last;
		int refreshed = 0;
		for (std::string line; std::getline(lines, line);) {
			std::string care = Between(line, HOME + " at ", ",");
			NS_TEST_EXPECT_MSG_EQ(Between(line, "status ", " "), "0", line);
			if (care == last)
				refreshed++;
			else
				bound.push_back(Number(line));
			std::string expected = ACCESS[(bound.size() - 1) % 2];
			NS_TEST_EXPECT_MSG_EQ(care.find(expected), 0, line << " not " << expected);
			last = care;
		}
		NS_TEST_EXPECT_MSG_GT(refreshed, 3, "before the lifetime was over, and at the end");
		NS_TEST_EXPECT_MSG_EQ(bound.size(), 3, "the first network and two moves");
		for (uint32_t move = 0; 1 + move < std::min<size_t>(bound.size(), 3); move++) {
			NS_TEST_EXPECT_MSG_GT(bound[1 + move], MOVES[move], "after the move");
			NS_TEST_EXPECT_MSG_LT(bound[1 + move], MOVES[move] + HANDOVER, "and soon");
		}
		NS_TEST_EXPECT_MSG_EQ(Between(Output("mip6-node"), "status 0, for 0 ", "\n"), "s",
				      "the end of the binding is acknowledged");
	}

	/* Which way all has gone. */
	void CheckWays(const Networks &networks)
	{
		const double begins[] = {TALK, MOVES[0] + SILENCE, MOVES[1] + SILENCE};
		const double ends[] = {MOVES[0], MOVES[1], TALKED};
		for (uint32_t stay = 0; stay < 3; stay++)
			for (bool up : {false, true}) {
				double from = begins[stay], to = ends[stay];
				uint32_t here = stay % 2, there = 1 - here;
				uint32_t pings = networks.Count(here, PING, up, from, to);
				uint32_t segments = networks.Count(here, TCP, up, from, to);
				NS_TEST_EXPECT_MSG_GT(pings, (to - from) * PINGS * 0.9,
						      "pings through " << here << ", " << stay);
				NS_TEST_EXPECT_MSG_GT(segments, (to - from) * 50 * 0.9,
						      "TCP through " << here << ", " << stay);
				for (Kind kind : {PING, TCP})
					NS_TEST_EXPECT_MSG_EQ(
						networks.Count(there, kind, up, from, to), 0,
						"nothing through " << there << ", " << stay);
			}
		for (uint32_t access = 0; access < ACCESSES; access++) {
			for (bool up : {false, true})
				NS_TEST_EXPECT_MSG_EQ(networks.Count(access, BARE, up, 0, END), 0,
						      "its home address is never to be seen");
			NS_TEST_EXPECT_MSG_GT(networks.Count(access, UPDATE, true, 0, END), 0,
					      "updates with a Home Address option");
			NS_TEST_EXPECT_MSG_EQ(
				networks.Count(access, ACKNOWLEDGEMENT, false, 0, END),
				networks.Count(access, UPDATE, true, 0, END),
				"each is acknowledged, with a type 2 routing header");
		}
	}
};

/** A node that is gone without a word. */
class SilentCase : public MobileCase
{
      public:
	SilentCase() : MobileCase("A binding ends that is not renewed", "silent", END) {}

      private:
	static constexpr double BEFORE = 12, GONE = 14, EXPIRED = GONE + 12, END = 32;

	void Prepare(Networks &networks) override
	{
		Node(networks, HOME);
		StartProgram(networks.Peer(), BEFORE, "ping -n -c 1 " + HOME);
		networks.Link(GONE, 0, "down");
		StartProgram(networks.Agent(), GONE + 1, "ip -6 route get " + HOME);
		StartProgram(networks.Agent(), EXPIRED, "ip -6 route get " + HOME);
	}

	void Check(const Networks &) override
	{
		std::string agent = Output("mip6-agent");
		std::string expired = " " + HOME + " expired\n";
		NS_TEST_EXPECT_MSG_EQ(Answers(BEFORE), 1, "it is there");
		NS_TEST_EXPECT_MSG_NE(agent.find(expired), std::string::npos, agent);
		NS_TEST_EXPECT_MSG_EQ(
			Between(Output("route get", GONE), " dev ", " ").find("mip6-"), 0,
			"a tunnel meanwhile");
		NS_TEST_EXPECT_MSG_EQ(Between(Output("route get", EXPIRED), " dev ", " "), "sim0",
				      "none afterwards");
		NS_TEST_EXPECT_MSG_NE(Output("mip6-node").find(" no care-of address\n"),
				      std::string::npos, "it knows that it is nowhere");
	}
};

/** A home address that the home agent has no right to, or that somebody has. */
class RefusedCase : public MobileCase
{
      public:
	RefusedCase(const std::string &name, const std::string &home, int status)
	    : MobileCase(name, "refused-" + std::to_string(status), END), m_home(home),
	      m_status(std::to_string(status))
	{
	}

      private:
	static constexpr double END = 15;

	void Prepare(Networks &networks) override
	{
		Node(networks, m_home);
		StartProgram(networks.Agent(), END - 1, "ip -6 link show type ip6tnl");
	}

	void Check(const Networks &networks) override
	{
		NS_TEST_EXPECT_MSG_EQ(Between(Output("mip6-node"), "status ", ","), m_status,
				      "what the node is told");
		NS_TEST_EXPECT_MSG_EQ(Output("link show").find("mip6-"), std::string::npos,
				      "there is no tunnel");
		NS_TEST_EXPECT_MSG_EQ(networks.Count(0, PING, false, 0, END), 0, "for nothing");
	}

	std::string m_home, m_status;
};

/** The suite. */
class UmipSuite : public TestSuite
{
      public:
	UmipSuite() : TestSuite("dce-umip")
	{
		AddTestCase(new MoveCase());
		AddTestCase(new SilentCase());
		AddTestCase(new RefusedCase("A home address of another network is refused",
					    "2001:db8:2::100", 132));
		AddTestCase(new RefusedCase("A home address that a neighbour has is refused",
					    "2001:db8:1::1", 134));
	}
};

UmipSuite g_suite;

} // namespace
} // namespace ns3

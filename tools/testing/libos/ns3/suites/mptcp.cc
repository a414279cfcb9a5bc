/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dce-mptcp: MPTCP between two nodes with two ways between them.
 */

#include "network.h"

#include "ns3/core-module.h"
#include "ns3/dce-manager-helper.h"
#include "ns3/linux-stack-helper.h"
#include "ns3/point-to-point-module.h"
#include "ns3/test.h"

namespace ns3
{
namespace
{

const uint32_t PATHS = 2;
/* Of the two links: bits a second. */
constexpr double RATES[PATHS] = {10e6, 6e6};
const Time DELAYS[PATHS] = {MilliSeconds(10), MilliSeconds(20)};

/* A full packet, with PPP's header, and what it carries: without IP's header, TCP's, timestamps,
 * and 24 bytes with which MPTCP tells where they belong in the connection. */
const double PACKET = 1500 + 2, PAYLOAD = 1500 - 20 - 12 - 24;

/** What differs between IPv4 and IPv6. */
struct Family {
	const char *name;
	/** Of the networks: what is before the number of a host. */
	std::string network[PATHS];
	/** Of an address, what else there is to say. */
	const char *more;
	/** An address that is any. */
	const char *any;
	/** iproute2's command. */
	const char *ip;
	/** PPP's number for it. */
	uint8_t ppp[2];
	/** Where a packet tells its protocol, from PPP's header on. */
	uint8_t protocol;
	/** Bytes of its header. */
	double header;

	/** The client is host 1, and the server host 2. */
	std::string Client(uint32_t path) const
	{
		return network[path] + "1";
	}

	std::string Server(uint32_t path) const
	{
		return network[path] + "2";
	}

	/** What a full packet carries. */
	double Payload() const
	{
		return PAYLOAD - header;
	}
};

const Family IPV4 = {"IPv4", {"10.0.0.", "10.0.1."}, "/24", "0.0.0.0", "ip", {0x00, 0x21}, 11, 20};
const Family IPV6 = {
	"IPv6", {"2001:db8:0::", "2001:db8:1::"}, "/64 nodad", "::", "ip -6", {0x00, 0x57}, 8, 40};

/** Two nodes, with addresses of one family. */
class TwoPaths
{
      public:
	explicit TwoPaths(const Family &family) : m_family(family)
	{
		m_nodes.Create(2);
		PointToPointHelper link;
		for (uint32_t path = 0; path < PATHS; path++) {
			link.SetDeviceAttribute("DataRate", DataRateValue(DataRate(RATES[path])));
			link.SetChannelAttribute("Delay", TimeValue(DELAYS[path]));
			m_devices[path] = link.Install(m_nodes);
			m_devices[path].Get(1)->TraceConnectWithoutContext(
				"MacRx", MakeCallback(&TwoPaths::Count, this, path));
		}
		CaptureHeaders();
		link.EnablePcapAll("paths");
		LinuxStackHelper().Install(m_nodes);
		LinuxStackHelper::SysctlSet(m_nodes, "net.mptcp.enabled", "1");
		for (uint32_t path = 0; path < PATHS; path++) {
			Address(path, 0, family.Client(path));
			Address(path, 1, family.Server(path));
		}
	}

	Ptr<Node> Client() const
	{
		return m_nodes.Get(0);
	}

	Ptr<Node> Server() const
	{
		return m_nodes.Get(1);
	}

	/** What TCP of the family has come to the server over a path, with its headers. */
	double Received(uint32_t path) const
	{
		return m_received[path];
	}

	NetDeviceContainer Link(uint32_t path) const
	{
		return m_devices[path];
	}

      private:
	/** Only TCP: IPv6 looks for routers, too. */
	void Count(uint32_t path, Ptr<const Packet> packet)
	{
		static const uint8_t TCP = 6, LEAST = 12;
		uint8_t begin[LEAST] = {};
		packet->CopyData(begin, LEAST);
		if (begin[0] == m_family.ppp[0] && begin[1] == m_family.ppp[1] &&
		    begin[m_family.protocol] == TCP)
			m_received[path] += packet->GetSize();
	}

	void Address(uint32_t path, uint32_t node, const std::string &address)
	{
		std::string device = " dev sim" + std::to_string(path);
		StartProgram(m_nodes.Get(node), 1, "ip link set up" + device);
		StartProgram(m_nodes.Get(node), 1.5,
			     m_family.ip + (" address add " + address) + m_family.more + device);
	}

	const Family &m_family;
	NodeContainer m_nodes;
	NetDeviceContainer m_devices[PATHS];
	uint64_t m_received[PATHS] = {};
};

/**
 * A transfer whose bytes are compared, while something happens to the paths.
 *
 * It cannot be faster than the links, whose packets are full. It may be slower, by the handshakes,
 * the slow starts of two subflows, and an end at which one path waits for the other. A fifth is
 * allowed for that. The faster link alone has 10 of 16 Mbit/s, which is far from enough.
 */
class TransferCase : public TestCase
{
      public:
	TransferCase(const std::string &name, const std::string &folder, const Family &family)
	    : TestCase(name + ", " + family.name), m_family(family),
	      m_folder(folder + "-" + family.name)
	{
	}

      protected:
	static constexpr double START = 4, MIDDLE = 2, END = 60;
	static constexpr double BYTES = 12e6;
	static constexpr double SHARE = 0.8;
	static constexpr double SUM = RATES[0] + RATES[1];

	/** Arranges what there is before the transfer. */
	virtual void Prepare(TwoPaths &paths) = 0;
	/** Happens after MIDDLE seconds of it. */
	virtual void Change(TwoPaths &paths) = 0;
	/** How it went, in `took` seconds. */
	virtual void Check(const TwoPaths &paths, double took) = 0;

	/** The client may open a subflow from its second address, by the link that has it. */
	void SecondPath(TwoPaths &paths) const
	{
		std::string own = m_family.Client(1), ip = m_family.ip;
		for (const Ptr<Node> &node : {paths.Client(), paths.Server()})
			StartProgram(node, 2, "ip mptcp limits set subflows 1");
		StartProgram(paths.Client(), 2,
			     "ip mptcp endpoint add " + own + " dev sim1 subflow");
		StartProgram(paths.Client(), 2,
			     ip + " route add default via " + m_family.Server(1) + " table 7");
		StartProgram(paths.Client(), 2, ip + " rule add from " + own + " table 7");
	}

	/** The least seconds that bytes take, in full packets one after the other. */
	double Least(double bytes, double rate) const
	{
		return bytes / m_family.Payload() * PACKET * 8 / rate;
	}

	/** What is left to send after MIDDLE seconds, if nothing was sent twice. */
	double Left() const
	{
		return BYTES - (m_middle[0] + m_middle[1]) / PACKET * m_family.Payload();
	}

	const Family &m_family;
	/** What had come over each path by then. */
	double m_middle[PATHS];

      private:
	void DoRun() override
	{
		static const std::string PROGRAMS = LIBOS_TOP "/build/ns3/programs/";
		OwnFolder folder(m_folder);
		TwoPaths paths(m_family);
		std::string bytes = std::to_string(uint64_t(BYTES));
		Prepare(paths);
		std::string transfer = "mptcp-client " + m_family.Server(0) + " " + bytes;
		StartProgram(paths.Server(), 3, PROGRAMS + "mptcp-server " + m_family.any);
		StartProgram(paths.Client(), START, PROGRAMS + transfer);
		Simulator::Schedule(Seconds(START + MIDDLE), &TransferCase::Middle, this, &paths);
		Simulator::Stop(Seconds(END));
		Simulator::Run();
		std::vector<ProcStatus> programs = DceManagerHelper::GetProcStatus();
		Simulator::Destroy();

		double took = 0;
		for (const ProcStatus &program : programs) {
			std::string command = program.GetCmdLine(), output = OutputOf(program);
			NS_TEST_EXPECT_MSG_EQ(program.GetExitCode(), 0, command << ": " << output);
			if (command.find("mptcp-client") != std::string::npos) {
				took = program.GetSimulatedEndTime() / 1e9 - START;
				NS_TEST_EXPECT_MSG_EQ(output,
						      KIND + bytes + " bytes have arrived\n",
						      "what the client says");
			} else if (command.find("mptcp-server") != std::string::npos) {
				NS_TEST_EXPECT_MSG_EQ(output,
						      KIND + bytes + " bytes as they were sent\n",
						      "what the server says");
			}
		}
		Check(paths, took);
	}

	void Middle(TwoPaths *paths)
	{
		for (uint32_t path = 0; path < PATHS; path++)
			m_middle[path] = paths->Received(path);
		Change(*paths);
	}

	/* It has not fallen back to TCP, and has a second subflow. */
	const std::string KIND = "MPTCP, 1 more subflows\n";
	std::string m_folder;
};

/** Both links are as full as they can be. */
class BothCase : public TransferCase
{
      public:
	explicit BothCase(const Family &family)
	    : TransferCase("Both links carry data", "both", family)
	{
	}

      private:
	void Prepare(TwoPaths &paths) override
	{
		SecondPath(paths);
	}

	void Change(TwoPaths &) override {}

	void Check(const TwoPaths &paths, double took) override
	{
		double least = Least(BYTES, SUM);
		NS_TEST_EXPECT_MSG_GT(took, least, "not faster than both links");
		NS_TEST_EXPECT_MSG_LT(took, least / SHARE, "and hardly slower");
		for (uint32_t path = 0; path < PATHS; path++)
			NS_TEST_EXPECT_MSG_GT(paths.Received(path) * 8, SHARE * RATES[path] * took,
					      "link " << path << " is full");
	}
};

/** The link of the connection's first subflow is cut. */
class CutCase : public TransferCase
{
      public:
	explicit CutCase(const Family &family) : TransferCase("A link is cut", "cut", family) {}

      private:
	/* Until the first subflow is taken to be stale, and what was lost with it is sent again. */
	static constexpr double RECOVERY = 3;
	/* Of what the link could have carried until then: the connection begins slowly, how slowly
	 * is random. */
	static constexpr double FILLED = 0.75;

	void Prepare(TwoPaths &paths) override
	{
		SecondPath(paths);
	}

	void Change(TwoPaths &paths) override
	{
		Cut(paths.Link(0));
	}

	void Check(const TwoPaths &paths, double took) override
	{
		double least = MIDDLE + Least(Left(), RATES[1]);
		NS_TEST_EXPECT_MSG_GT(m_middle[0] * 8, FILLED * RATES[0] * MIDDLE,
				      "link 0 was full until it was cut");
		NS_TEST_EXPECT_MSG_EQ(paths.Received(0), m_middle[0], "then nothing came over it");
		NS_TEST_EXPECT_MSG_GT(took, least, "not faster than what is left");
		NS_TEST_EXPECT_MSG_LT(took, least + RECOVERY, "and soon on the way again");
	}
};

/** The server announces its other address during the transfer. */
class LaterCase : public TransferCase
{
      public:
	explicit LaterCase(const Family &family)
	    : TransferCase("An address is announced later", "later", family)
	{
	}

      private:
	void Prepare(TwoPaths &paths) override
	{
		for (const Ptr<Node> &node : {paths.Client(), paths.Server()})
			StartProgram(node, 2, "ip mptcp limits set subflows 1 add_addr_accepted 1");
		StartProgram(paths.Server(), START + MIDDLE,
			     "ip mptcp endpoint add " + m_family.Server(1) + " dev sim1 signal");
	}

	void Change(TwoPaths &) override {}

	void Check(const TwoPaths &paths, double took) override
	{
		double least = Least(Left(), SUM);
		NS_TEST_EXPECT_MSG_EQ(m_middle[1], 0, "link 1 carries nothing before");
		NS_TEST_EXPECT_MSG_GT(paths.Received(1) * 8, SHARE * RATES[1] * (took - MIDDLE),
				      "and is full afterwards");
		NS_TEST_EXPECT_MSG_GT(took, MIDDLE + least, "not faster than the links");
		NS_TEST_EXPECT_MSG_LT(took, MIDDLE + least / SHARE, "and hardly slower");
	}
};

/** The suite. */
class MptcpSuite : public TestSuite
{
      public:
	MptcpSuite() : TestSuite("dce-mptcp")
	{
		for (const Family *family : {&IPV4, &IPV6}) {
			AddTestCase(new BothCase(*family));
			AddTestCase(new CutCase(*family));
			AddTestCase(new LaterCase(*family));
		}
	}
};

MptcpSuite g_suite;

} // namespace
} // namespace ns3

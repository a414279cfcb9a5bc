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

/* A full packet, with PPP's header, and what it carries: without IP, TCP, timestamps, and 24 bytes
 * with which MPTCP tells where they belong in the connection. */
const double PACKET = 1500 + 2, PAYLOAD = 1500 - 20 - 20 - 12 - 24;

/** The client is host 1 and the server host 2 in 10.0.0.0/24 and 10.0.1.0/24. */
class TwoPaths
{
      public:
	TwoPaths()
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
		Ipv4AddressHelper("10.0.0.0", "255.255.255.0").Assign(m_devices[0]);
		Ipv4AddressHelper("10.0.1.0", "255.255.255.0").Assign(m_devices[1]);
	}

	Ptr<Node> Client() const
	{
		return m_nodes.Get(0);
	}

	Ptr<Node> Server() const
	{
		return m_nodes.Get(1);
	}

	/** What has come to the server of IPv4 over a path, with its headers. */
	double Received(uint32_t path) const
	{
		return m_received[path];
	}

	NetDeviceContainer Link(uint32_t path) const
	{
		return m_devices[path];
	}

      private:
	void Count(uint32_t path, Ptr<const Packet> packet)
	{
		static const uint8_t IPV4[] = {0x00, 0x21};
		uint8_t protocol[sizeof(IPV4)] = {};
		packet->CopyData(protocol, sizeof(protocol));
		if (std::equal(IPV4, IPV4 + sizeof(IPV4), protocol))
			m_received[path] += packet->GetSize();
	}

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
	TransferCase(const std::string &name, const std::string &folder)
	    : TestCase(name), m_folder(folder)
	{
	}

      protected:
	static constexpr double START = 4, MIDDLE = 2, END = 60;
	static constexpr double BYTES = 8e6;
	static constexpr double SHARE = 0.8;
	static constexpr double SUM = RATES[0] + RATES[1];

	/** Arranges what there is before the transfer. */
	virtual void Prepare(TwoPaths &paths) = 0;
	/** Happens after MIDDLE seconds of it. */
	virtual void Change(TwoPaths &paths) = 0;
	/** How it went, in `took` seconds. */
	virtual void Check(const TwoPaths &paths, double took) = 0;

	/** The client may open a subflow from its second address, by the link that has it. */
	static void SecondPath(TwoPaths &paths)
	{
		for (const Ptr<Node> &node : {paths.Client(), paths.Server()})
			StartProgram(node, 2, "ip mptcp limits set subflows 1");
		StartProgram(paths.Client(), 2, "ip mptcp endpoint add 10.0.1.1 dev sim1 subflow");
		StartProgram(paths.Client(), 2, "ip route add default via 10.0.1.2 table 7");
		StartProgram(paths.Client(), 2, "ip rule add from 10.0.1.1 table 7");
	}

	/** The least seconds that bytes take, in full packets one after the other. */
	static double Least(double bytes, double rate)
	{
		return bytes / PAYLOAD * PACKET * 8 / rate;
	}

	/** What is left to send after MIDDLE seconds, if nothing was sent twice. */
	double Left() const
	{
		return BYTES - (m_middle[0] + m_middle[1]) / PACKET * PAYLOAD;
	}

	/** What had come over each path by then. */
	double m_middle[PATHS];

      private:
	void DoRun() override
	{
		static const std::string PROGRAMS = LIBOS_TOP "/build/ns3/programs/";
		OwnFolder folder(m_folder);
		TwoPaths paths;
		std::string bytes = std::to_string(uint64_t(BYTES));
		Prepare(paths);
		StartProgram(paths.Server(), 3, PROGRAMS + "mptcp-server");
		StartProgram(paths.Client(), START, PROGRAMS + "mptcp-client 10.0.0.2 " + bytes);
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
	BothCase() : TransferCase("Both links carry data", "both") {}

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
	CutCase() : TransferCase("A link is cut", "cut") {}

      private:
	/* Until the first subflow is taken to be stale, and what was lost with it is sent again. */
	static constexpr double RECOVERY = 3;

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
		NS_TEST_EXPECT_MSG_GT(m_middle[0] * 8, SHARE * RATES[0] * MIDDLE,
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
	LaterCase() : TransferCase("An address is announced later", "later") {}

      private:
	void Prepare(TwoPaths &paths) override
	{
		for (const Ptr<Node> &node : {paths.Client(), paths.Server()})
			StartProgram(node, 2, "ip mptcp limits set subflows 1 add_addr_accepted 1");
		StartProgram(paths.Server(), START + MIDDLE,
			     "ip mptcp endpoint add 10.0.1.2 dev sim1 signal");
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
		AddTestCase(new BothCase());
		AddTestCase(new CutCase());
		AddTestCase(new LaterCase());
	}
};

MptcpSuite g_suite;

} // namespace
} // namespace ns3

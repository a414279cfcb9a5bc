/* SPDX-License-Identifier: GPL-2.0 */
/*
 * dce-cradle: ns-3's own applications over the sockets of Linux.
 */

#include "network.h"

#include "ns3/applications-module.h"
#include "ns3/core-module.h"
#include "ns3/test.h"

namespace ns3
{
namespace
{

/* 100 Mbit/s and 1 ms; PPP's header, and what IP and the protocol add. */
const double RATE = 100e6;
const Time DELAY = MilliSeconds(1);
const uint32_t PPP = 2, IPV4 = 20, IPV6 = 40, UDP = 8;
const uint16_t PORT = 2000;

Time OnTheWire(uint32_t bytes)
{
	return Seconds(bytes * 8 / RATE);
}

/** What a sink has received, and when. */
struct Received {
	uint64_t bytes = 0;
	uint64_t packets = 0;
	Time first, last;

	void Take(Ptr<const Packet> packet, const Address &)
	{
		if (packets++ == 0)
			first = Simulator::Now();
		last = Simulator::Now();
		bytes += packet->GetSize();
	}

	void Watch(Ptr<Application> sink)
	{
		sink->TraceConnectWithoutContext("Rx", MakeCallback(&Received::Take, this));
	}
};

Address Any(bool ipv6)
{
	if (ipv6)
		return Inet6SocketAddress(Ipv6Address::GetAny(), PORT);
	return InetSocketAddress(Ipv4Address::GetAny(), PORT);
}

std::string Name(const char *what, bool ipv6)
{
	return std::string(what) + (ipv6 ? " over IPv6" : " over IPv4");
}

/** Packets of one size from one node to the other at a constant rate, from three seconds on. */
void SendAtRate(const std::string &factory, bool ipv6, const char *rate, uint32_t size,
		uint32_t packets, Received &received)
{
	TwoNodes net("100Mbps", DELAY);
	OnOffHelper source(factory, net.GetAddress(1, ipv6, PORT));
	source.SetConstantRate(DataRate(rate), size);
	source.SetAttribute("MaxBytes", UintegerValue(packets * size));
	source.Install(net.Get(0)).Start(Seconds(3));
	ApplicationContainer sink = PacketSinkHelper(factory, Any(ipv6)).Install(net.Get(1));
	received.Watch(sink.Get(0));
	Simulator::Stop(Seconds(10));
	Simulator::Run();
	Simulator::Destroy();
}

/** OnOff at a constant rate into a sink: every packet arrives when the link says. */
class UdpCase : public TestCase
{
      public:
	explicit UdpCase(bool ipv6) : TestCase(Name("UDP at a constant rate", ipv6)), m_ipv6(ipv6)
	{
	}

      private:
	void DoRun() override
	{
		static const uint32_t SIZE = 1000;
		Received received;
		SendAtRate("ns3::LinuxUdpSocketFactory", m_ipv6, "8Mbps", SIZE, 1000, received);

		/* One packet a millisecond, the first after one. */
		Time way = OnTheWire(SIZE + UDP + (m_ipv6 ? IPV6 : IPV4) + PPP) + DELAY;
		NS_TEST_EXPECT_MSG_EQ(received.bytes, 1000 * SIZE, "all bytes arrive");
		NS_TEST_EXPECT_MSG_EQ(received.packets, 1000, "as packets of the size sent");
		NS_TEST_EXPECT_MSG_EQ(received.first, Seconds(3) + MilliSeconds(1) + way,
				      "the first arrives when the link says");
		NS_TEST_EXPECT_MSG_EQ(received.last, Seconds(3) + MilliSeconds(1000) + way,
				      "and the last");
	}

	bool m_ipv6;
};

/** BulkSend over a stream: the link is full from the handshake to the end. */
class StreamCase : public TestCase
{
      public:
	/** `packet` is what a full packet is on the wire, `payload` what it carries. */
	StreamCase(const char *name, bool ipv6, const char *factory, uint32_t payload,
		   uint32_t packet, double tolerance)
	    : TestCase(Name(name, ipv6)), m_ipv6(ipv6), m_factory(factory), m_payload(payload),
	      m_packet(packet), m_tolerance(tolerance)
	{
	}

      private:
	void DoRun() override
	{
		static const uint64_t BYTES = 4000000;
		static const Time START = Seconds(3);
		TwoNodes net("100Mbps", DELAY);
		BulkSendHelper source(m_factory, net.GetAddress(1, m_ipv6, PORT));
		source.SetAttribute("MaxBytes", UintegerValue(BYTES));
		source.SetAttribute("SendSize", UintegerValue(m_payload));
		source.Install(net.Get(0)).Start(START);
		ApplicationContainer sink =
			PacketSinkHelper(m_factory, Any(m_ipv6)).Install(net.Get(1));
		Received received;
		received.Watch(sink.Get(0));
		Simulator::Stop(Seconds(20));
		Simulator::Run();
		Simulator::Destroy();

		/* There and back once to connect, then the packets one after the other. */
		Time packets = OnTheWire(m_packet) * int64_t((BYTES + m_payload - 1) / m_payload);
		Time least = 3 * DELAY + packets;
		Time took = received.last - START;
		NS_TEST_EXPECT_MSG_EQ(received.bytes, BYTES, "all bytes arrive");
		NS_TEST_EXPECT_MSG_GT_OR_EQ(took, least, "not faster than the link");
		NS_TEST_EXPECT_MSG_LT_OR_EQ(took.GetSeconds(), least.GetSeconds() * m_tolerance,
					    "and hardly slower");
	}

	bool m_ipv6;
	const char *m_factory;
	uint32_t m_payload, m_packet;
	double m_tolerance;
};

/** OnOff over DCCP: what is slower than the link gets through. */
class DccpCase : public TestCase
{
      public:
	explicit DccpCase(bool ipv6) : TestCase(Name("DCCP at a constant rate", ipv6)), m_ipv6(ipv6)
	{
	}

      private:
	void DoRun() override
	{
		static const uint32_t SIZE = 1000, PACKETS = 500;
		Received received;
		SendAtRate("ns3::LinuxDccpSocketFactory", m_ipv6, "4Mbps", SIZE, PACKETS, received);
		NS_TEST_EXPECT_MSG_EQ(received.packets, PACKETS, "all packets arrive");
		NS_TEST_EXPECT_MSG_EQ(received.bytes, PACKETS * SIZE, "with all their bytes");
		NS_TEST_EXPECT_MSG_EQ_TOL((received.last - received.first).GetSeconds(),
					  (PACKETS - 1) * SIZE * 8 / 4e6, 0.01,
					  "at the rate at which they were sent");
	}

	bool m_ipv6;
};

/** An echo of ICMP through a raw socket: the kernel of the other node answers. */
class RawCase : public TestCase
{
      public:
	explicit RawCase(bool ipv6)
	    : TestCase(Name("An echo through a raw socket", ipv6)), m_ipv6(ipv6)
	{
	}

      private:
	static const uint32_t SIZE = 64;
	static constexpr uint8_t ECHO4 = 8, REPLY4 = 0, ECHO6 = 128, REPLY6 = 129;

	void DoRun() override
	{
		TwoNodes net("100Mbps", DELAY);
		m_socket = Socket::CreateSocket(net.Get(0),
						TypeId::LookupByName("ns3::LinuxRawSocketFactory"));
		m_socket->SetAttribute("Protocol", UintegerValue(m_ipv6 ? 58 : 1));
		m_socket->SetRecvCallback(MakeCallback(&RawCase::Receive, this));
		if (m_ipv6)
			m_socket->Bind6();
		else
			m_socket->Bind();
		Simulator::Schedule(Seconds(3), &RawCase::Send, this, net.GetAddress(1, m_ipv6, 0));
		Simulator::Stop(Seconds(5));
		Simulator::Run();
		m_socket = nullptr;
		Simulator::Destroy();

		Time way = OnTheWire(SIZE + (m_ipv6 ? IPV6 : IPV4) + PPP) + DELAY;
		NS_TEST_EXPECT_MSG_EQ(m_replies, 1, "one reply");
		NS_TEST_EXPECT_MSG_EQ(m_came, Seconds(3) + way + way, "when the link says");
	}

	void Send(Address to)
	{
		uint8_t echo[SIZE] = {m_ipv6 ? ECHO6 : ECHO4, 0, 0, 0, 0x12, 0x34, 0, 1};
		/* The checksum of ICMP; for IPv6 the kernel makes it. */
		uint32_t sum = 0;
		for (uint32_t i = 0; i < SIZE; i += 2)
			sum += echo[i] << 8 | echo[i + 1];
		while (sum >> 16)
			sum = (sum & 0xffff) + (sum >> 16);
		echo[2] = ~sum >> 8;
		echo[3] = ~sum & 0xff;
		int sent = m_socket->SendTo(Create<Packet>(echo, SIZE), 0, to);
		NS_TEST_EXPECT_MSG_EQ(sent, int(SIZE), "the socket takes it");
	}

	void Receive(Ptr<Socket> socket)
	{
		Address from;
		while (Ptr<Packet> packet = socket->RecvFrom(from)) {
			std::vector<uint8_t> bytes(packet->GetSize());
			packet->CopyData(bytes.data(), bytes.size());
			/* With IPv4, the header is there as well. */
			size_t type = m_ipv6 ? 0 : IPV4;
			if (bytes.size() != type + SIZE ||
			    bytes[type] != (m_ipv6 ? REPLY6 : REPLY4))
				continue;
			m_replies++;
			m_came = Simulator::Now();
		}
	}

	bool m_ipv6;
	Ptr<Socket> m_socket;
	uint32_t m_replies = 0;
	Time m_came;
};

/** What may be sent to all is said before the socket is made, or not. */
class BroadcastCase : public TestCase
{
      public:
	explicit BroadcastCase(bool allowed)
	    : TestCase(allowed ? "A raw socket may send to all"
			       : "A raw socket may not send to all"),
	      m_allowed(allowed)
	{
	}

      private:
	void DoRun() override
	{
		static const uint32_t SIZE = 64, EXPERIMENT = 253;
		TwoNodes net("100Mbps", DELAY);
		Ptr<Socket> socket = Socket::CreateSocket(
			net.Get(0), TypeId::LookupByName("ns3::LinuxRawSocketFactory"));
		socket->SetAttribute("Protocol", UintegerValue(EXPERIMENT));
		socket->SetAllowBroadcast(m_allowed);
		socket->Bind();
		int sent = 0;
		Simulator::Schedule(Seconds(3), [&] {
			sent = socket->SendTo(Create<Packet>(SIZE), 0,
					      InetSocketAddress("10.0.0.255", 0));
		});
		Simulator::Stop(Seconds(4));
		Simulator::Run();
		socket = nullptr;
		Simulator::Destroy();

		NS_TEST_EXPECT_MSG_EQ(sent, (m_allowed ? int(SIZE) : -1), "as was said");
	}

	bool m_allowed;
};

/** UdpEcho, whose sockets are those that ns-3 has by default. */
class EchoCase : public TestCase
{
      public:
	explicit EchoCase(bool ipv6) : TestCase(Name("UdpEcho", ipv6)), m_ipv6(ipv6) {}

      private:
	void DoRun() override
	{
		static const uint32_t SIZE = 100, PACKETS = 10;
		TwoNodes net("100Mbps", DELAY);
		UdpEchoServerHelper(PORT).Install(net.Get(1));
		UdpEchoClientHelper client(net.GetAddress(1, m_ipv6, PORT));
		client.SetAttribute("MaxPackets", UintegerValue(PACKETS));
		client.SetAttribute("Interval", TimeValue(MilliSeconds(10)));
		client.SetAttribute("PacketSize", UintegerValue(SIZE));
		ApplicationContainer clients = client.Install(net.Get(0));
		clients.Start(Seconds(3));
		clients.Get(0)->TraceConnectWithoutContext("Rx",
							   MakeCallback(&EchoCase::Count, this));
		Simulator::Stop(Seconds(5));
		Simulator::Run();
		Simulator::Destroy();

		Time way = OnTheWire(SIZE + UDP + (m_ipv6 ? IPV6 : IPV4) + PPP) + DELAY;
		NS_TEST_EXPECT_MSG_EQ(m_replies, PACKETS, "every packet comes back");
		NS_TEST_EXPECT_MSG_EQ(m_last,
				      Seconds(3) + MilliSeconds(10) * (PACKETS - 1) + way + way,
				      "when the link says");
	}

	void Count(Ptr<const Packet>)
	{
		m_replies++;
		m_last = Simulator::Now();
	}

	bool m_ipv6;
	uint32_t m_replies = 0;
	Time m_last;
};

/** BulkSend while a tenth of a percent of the packets is lost: TCP repairs it. */
class LossCase : public TestCase
{
      public:
	LossCase() : TestCase("TCP over a link that loses packets") {}

      private:
	void DoRun() override
	{
		static const uint64_t BYTES = 4000000;
		TwoNodes net("100Mbps", DELAY);
		Ptr<RateErrorModel> errors = CreateObject<RateErrorModel>();
		errors->SetUnit(RateErrorModel::ERROR_UNIT_PACKET);
		errors->SetRate(0.001);
		net.GetDevice(1)->SetAttribute("ReceiveErrorModel", PointerValue(errors));
		BulkSendHelper source("ns3::LinuxTcpSocketFactory", net.GetAddress(1, false, PORT));
		source.SetAttribute("MaxBytes", UintegerValue(BYTES));
		source.Install(net.Get(0)).Start(Seconds(1));
		ApplicationContainer sink =
			PacketSinkHelper("ns3::LinuxTcpSocketFactory", Any(false))
				.Install(net.Get(1));
		net.GetDevice(1)->TraceConnectWithoutContext("PhyRxDrop",
							     MakeCallback(&LossCase::Lose, this));
		Received received;
		received.Watch(sink.Get(0));
		Simulator::Stop(Seconds(20));
		Simulator::Run();
		Simulator::Destroy();
		NS_TEST_EXPECT_MSG_GT(m_lost, 0, "packets are lost");
		NS_TEST_EXPECT_MSG_EQ(received.bytes, BYTES, "all bytes arrive all the same");
	}

	void Lose(Ptr<const Packet>)
	{
		m_lost++;
	}

	uint32_t m_lost = 0;
};

/** The suite. */
class CradleSuite : public TestSuite
{
      public:
	CradleSuite() : TestSuite("dce-cradle")
	{
		/* TCP has its timestamps, SCTP a chunk in each packet. */
		static const uint32_t TCP = 20 + 12, SCTP = 12 + 16, CHUNK = 1400;
		for (bool allowed : {false, true})
			AddTestCase(new BroadcastCase(allowed));
		for (bool ipv6 : {false, true}) {
			uint32_t ip = ipv6 ? IPV6 : IPV4;
			AddTestCase(new RawCase(ipv6));
			AddTestCase(new UdpCase(ipv6));
			AddTestCase(new EchoCase(ipv6));
			AddTestCase(new StreamCase("TCP in bulk", ipv6,
						   "ns3::LinuxTcpSocketFactory", 1500 - ip - TCP,
						   1500 + PPP, 1.05));
			AddTestCase(new StreamCase("SCTP in bulk", ipv6,
						   "ns3::LinuxSctpSocketFactory", CHUNK,
						   CHUNK + SCTP + ip + PPP, 1.05));
			AddTestCase(new DccpCase(ipv6));
		}
		AddTestCase(new LossCase());
	}
};

CradleSuite g_suite;

} // namespace
} // namespace ns3

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
		TwoNodes net("100Mbps", DELAY);
		OnOffHelper source("ns3::LinuxUdpSocketFactory", net.GetAddress(1, m_ipv6, PORT));
		source.SetConstantRate(DataRate("8Mbps"), SIZE);
		source.SetAttribute("MaxBytes", UintegerValue(1000 * SIZE));
		source.Install(net.Get(0)).Start(Seconds(3));
		ApplicationContainer sink =
			PacketSinkHelper("ns3::LinuxUdpSocketFactory", Any(m_ipv6)).Install(net.Get(1));
		Received received;
		received.Watch(sink.Get(0));
		Simulator::Stop(Seconds(10));
		Simulator::Run();
		Simulator::Destroy();

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

/** The suite. */
class CradleSuite : public TestSuite
{
      public:
	CradleSuite() : TestSuite("dce-cradle")
	{
		for (bool ipv6 : {false, true})
			AddTestCase(new UdpCase(ipv6));
	}
};

CradleSuite g_suite;

} // namespace
} // namespace ns3

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * netlink-socket: rtnetlink(7) of a node, spoken by hand and by ip(8).
 */

#include "network.h"

#include "ns3/core-module.h"
#include "ns3/dce-manager-helper.h"
#include "ns3/linux-stack.h"
#include "ns3/linux-stack-helper.h"
#include "ns3/test.h"

#include <arpa/inet.h>
#include <cerrno>
#include <cstring>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <sys/socket.h>
#include <vector>

namespace ns3
{
namespace
{

using Bytes = std::vector<uint8_t>;

/** A request, or one message of an answer. */
class Message
{
      public:
	/** A request of this type whose own header is `body`. */
	template <class Body>
	Message(uint16_t type, uint16_t flags, const Body &body)
	{
		struct nlmsghdr header = {0, type, uint16_t(flags | NLM_F_REQUEST), 1, 0};
		Append(&header, sizeof(header));
		Append(&body, sizeof(body));
	}

	explicit Message(const Bytes &bytes) : m_bytes(bytes) {}

	Message &Add(uint16_t type, const void *data, size_t size)
	{
		struct rtattr attribute = {uint16_t(RTA_LENGTH(size)), type};
		Append(&attribute, sizeof(attribute));
		Append(data, size);
		return *this;
	}

	Message &AddNumber(uint16_t type, uint32_t number)
	{
		return Add(type, &number, sizeof(number));
	}

	/** An address of either family, in letters. */
	Message &AddAddress(uint16_t type, const std::string &text)
	{
		Bytes address = Parse(text);
		return Add(type, address.data(), address.size());
	}

	static Bytes Parse(const std::string &text)
	{
		bool ipv6 = text.find(':') != std::string::npos;
		Bytes address(ipv6 ? 16 : 4);
		inet_pton(ipv6 ? AF_INET6 : AF_INET, text.c_str(), address.data());
		return address;
	}

	const Bytes &Finish()
	{
		Header()->nlmsg_len = m_bytes.size();
		return m_bytes;
	}

	struct nlmsghdr *Header()
	{
		return reinterpret_cast<struct nlmsghdr *>(m_bytes.data());
	}

	template <class Body>
	const Body &As() const
	{
		return *reinterpret_cast<const Body *>(m_bytes.data() + NLMSG_HDRLEN);
	}

	/** What attribute `type` holds, behind a header of this type; nothing if it is not there.
	 */
	template <class Body>
	Bytes Get(uint16_t type) const
	{
		size_t at = NLMSG_HDRLEN + NLMSG_ALIGN(sizeof(Body));
		while (at + sizeof(struct rtattr) <= m_bytes.size()) {
			auto found = reinterpret_cast<const struct rtattr *>(m_bytes.data() + at);
			if (found->rta_type == type)
				return Bytes(m_bytes.begin() + at + RTA_LENGTH(0),
					     m_bytes.begin() + at + found->rta_len);
			at += RTA_ALIGN(std::max<size_t>(found->rta_len, 1));
		}
		return {};
	}

      private:
	void Append(const void *data, size_t size)
	{
		auto bytes = static_cast<const uint8_t *>(data);
		m_bytes.insert(m_bytes.end(), bytes, bytes + size);
		m_bytes.resize(NLMSG_ALIGN(m_bytes.size()));
	}

	Bytes m_bytes;
};

/** A netlink socket of a node. */
class NetlinkSocket
{
      public:
	explicit NetlinkSocket(Ptr<Node> node, uint32_t groups = 0)
	{
		m_socket = libos_socket(LinuxStack::Of(node)->Core(), AF_NETLINK, SOCK_RAW,
					NETLINK_ROUTE, nullptr);
		struct sockaddr_nl own = {AF_NETLINK, 0, 0, groups};
		libos_socket_bind(m_socket, &own, sizeof(own));
	}

	~NetlinkSocket()
	{
		libos_socket_close(m_socket);
	}

	/** What the kernel acknowledges: 0 or a negative errno; 1 if it says nothing. */
	int Request(Message message)
	{
		message.Header()->nlmsg_flags |= NLM_F_ACK;
		Send(message);
		for (Message &answer : Receive())
			if (answer.Header()->nlmsg_type == NLMSG_ERROR)
				return answer.As<struct nlmsgerr>().error;
		return 1;
	}

	std::vector<Message> Dump(Message message)
	{
		message.Header()->nlmsg_flags |= NLM_F_DUMP;
		Send(message);
		std::vector<Message> all;
		for (;;) {
			std::vector<Message> some = Receive();
			if (some.empty())
				return {};
			for (Message &answer : some) {
				if (answer.Header()->nlmsg_type == NLMSG_DONE)
					return all;
				all.push_back(answer);
			}
		}
	}

	/** The messages of the next datagram; none if there is none. */
	std::vector<Message> Receive()
	{
		static Bytes buffer(65536);
		struct iovec piece = {buffer.data(), buffer.size()};
		struct msghdr header = {};
		header.msg_iov = &piece;
		header.msg_iovlen = 1;
		long size = libos_socket_recvmsg(m_socket, &header, MSG_DONTWAIT);
		std::vector<Message> all;
		for (long at = 0; at + long(sizeof(struct nlmsghdr)) <= size;) {
			auto next = reinterpret_cast<struct nlmsghdr *>(buffer.data() + at);
			all.emplace_back(
				Bytes(buffer.begin() + at, buffer.begin() + at + next->nlmsg_len));
			at += NLMSG_ALIGN(std::max<uint32_t>(next->nlmsg_len, 1));
		}
		return all;
	}

      private:
	void Send(Message &message)
	{
		const Bytes &bytes = message.Finish();
		struct iovec piece = {const_cast<uint8_t *>(bytes.data()), bytes.size()};
		struct msghdr header = {};
		header.msg_iov = &piece;
		header.msg_iovlen = 1;
		libos_socket_sendmsg(m_socket, &header, MSG_DONTWAIT);
	}

	int m_socket;
};

const uint16_t CREATE = NLM_F_CREATE | NLM_F_EXCL;

/** A node with Linux and an interface sim0 that is up: 10.0.0.1/24, 2001:db8::1/64. */
class NetlinkCase : public TestCase
{
      public:
	explicit NetlinkCase(const std::string &name) : TestCase(name) {}

      protected:
	virtual void Check(Ptr<Node> node, int index) = 0;

      private:
	void DoRun() override
	{
		TwoNodes net("100Mbps", MilliSeconds(1), TwoNodes::ETHERNET);
		/* Addresses of IPv6 are tentative at first. */
		Simulator::Stop(Seconds(3));
		Simulator::Run();
		Check(net.Get(0), LinuxStack::Of(net.Get(0))->GetIfIndex(1));
		Simulator::Destroy();
	}
};

class LinkCase : public NetlinkCase
{
      public:
	LinkCase() : NetlinkCase("Links: dump, change") {}

      private:
	void Check(Ptr<Node> node, int index) override
	{
		NetlinkSocket socket(node);
		std::vector<Message> links = socket.Dump({RTM_GETLINK, 0, ifinfomsg{}});
		NS_TEST_ASSERT_MSG_EQ(links.size(), 2, "lo and sim0");
		NS_TEST_EXPECT_MSG_EQ(NameOf(links[0]), "lo", "the first is lo");
		NS_TEST_EXPECT_MSG_EQ(NameOf(links[1]), "sim0", "the second is sim0");
		NS_TEST_EXPECT_MSG_EQ(links[1].As<ifinfomsg>().ifi_index, index, "with its index");
		NS_TEST_EXPECT_MSG_EQ(IsUp(links[1]), true, "which is up");

		ifinfomsg down = {};
		down.ifi_index = index;
		down.ifi_change = IFF_UP;
		NS_TEST_EXPECT_MSG_EQ(socket.Request({RTM_NEWLINK, 0, down}), 0, "down");
		links = socket.Dump({RTM_GETLINK, 0, ifinfomsg{}});
		NS_TEST_EXPECT_MSG_EQ(IsUp(links[1]), false, "it is down");
		down.ifi_index = 99;
		NS_TEST_EXPECT_MSG_EQ(socket.Request({RTM_NEWLINK, 0, down}), -ENODEV,
				      "no link 99");
	}

	static bool IsUp(const Message &link)
	{
		return link.As<ifinfomsg>().ifi_flags & IFF_UP;
	}

	static std::string NameOf(const Message &link)
	{
		Bytes name = link.Get<ifinfomsg>(IFLA_IFNAME);
		return name.empty() ? "" : reinterpret_cast<const char *>(name.data());
	}
};

uint8_t FamilyOf(const std::string &address)
{
	return address.find(':') == std::string::npos ? AF_INET : AF_INET6;
}

/** Something of a link's that is added, is in a dump then, and is deleted. */
class EntryCase : public NetlinkCase
{
      public:
	/** The types of messages that add and delete it, and what Linux says if it is not there. */
	EntryCase(const std::string &name, uint16_t add, uint16_t remove, int missing)
	    : NetlinkCase(name), m_add(add), m_remove(remove), m_missing(missing)
	{
	}

      private:
	virtual Message Entry(uint16_t type, uint16_t flags, int index) const = 0;
	/** How often it is in a dump. */
	virtual int Count(NetlinkSocket &socket) const = 0;

	void Check(Ptr<Node> node, int index) override
	{
		NetlinkSocket socket(node);
		auto request = [&](uint16_t type, uint16_t flags) {
			return socket.Request(Entry(type, flags, index));
		};
		NS_TEST_EXPECT_MSG_EQ(Count(socket), 0, "not there");
		NS_TEST_EXPECT_MSG_EQ(request(m_add, CREATE), 0, "added");
		NS_TEST_EXPECT_MSG_EQ(Count(socket), 1, "there");
		NS_TEST_EXPECT_MSG_EQ(request(m_add, CREATE), -EEXIST, "not twice");
		NS_TEST_EXPECT_MSG_EQ(request(m_remove, 0), 0, "deleted");
		NS_TEST_EXPECT_MSG_EQ(Count(socket), 0, "not there again");
		NS_TEST_EXPECT_MSG_EQ(request(m_remove, 0), m_missing, "nor deleted twice");
	}

	uint16_t m_add, m_remove;
	int m_missing;
};

class AddressCase : public EntryCase
{
      public:
	explicit AddressCase(const std::string &address)
	    : EntryCase("Addresses: add, dump, delete " + address, RTM_NEWADDR, RTM_DELADDR,
			-EADDRNOTAVAIL),
	      m_address(address)
	{
	}

      private:
	Message Entry(uint16_t type, uint16_t flags, int index) const override
	{
		ifaddrmsg body = {FamilyOf(m_address), 24, 0, 0, uint32_t(index)};
		Message message(type, flags, body);
		message.AddAddress(IFA_LOCAL, m_address).AddAddress(IFA_ADDRESS, m_address);
		return message;
	}

	int Count(NetlinkSocket &socket) const override
	{
		int found = 0;
		ifaddrmsg body = {};
		body.ifa_family = FamilyOf(m_address);
		for (const Message &own : socket.Dump({RTM_GETADDR, 0, body}))
			found += own.Get<ifaddrmsg>(IFA_ADDRESS) == Message::Parse(m_address);
		return found;
	}

	std::string m_address;
};

class RouteCase : public EntryCase
{
      public:
	RouteCase(const std::string &network, const std::string &gateway)
	    : EntryCase("Routes: add, dump, delete " + network, RTM_NEWROUTE, RTM_DELROUTE, -ESRCH),
	      m_network(network), m_gateway(gateway)
	{
	}

      private:
	Message Entry(uint16_t type, uint16_t flags, int index) const override
	{
		rtmsg body = Body();
		Message message(type, flags, body);
		message.AddAddress(RTA_DST, m_network).AddAddress(RTA_GATEWAY, m_gateway);
		message.AddNumber(RTA_OIF, index);
		return message;
	}

	rtmsg Body() const
	{
		rtmsg body = {};
		body.rtm_family = FamilyOf(m_network);
		body.rtm_dst_len = body.rtm_family == AF_INET ? 24 : 64;
		body.rtm_table = RT_TABLE_MAIN;
		body.rtm_protocol = RTPROT_STATIC;
		body.rtm_scope = RT_SCOPE_UNIVERSE;
		body.rtm_type = RTN_UNICAST;
		return body;
	}

	int Count(NetlinkSocket &socket) const override
	{
		int found = 0;
		for (const Message &route : socket.Dump({RTM_GETROUTE, 0, Body()}))
			found += route.Get<rtmsg>(RTA_DST) == Message::Parse(m_network) &&
				 route.Get<rtmsg>(RTA_GATEWAY) == Message::Parse(m_gateway);
		return found;
	}

	std::string m_network, m_gateway;
};

const uint8_t MAC[] = {2, 0, 0, 0, 0, 9};

/** A neighbour that is there for ever. */
Message Neighbour(uint16_t type, uint16_t flags, const std::string &address, int index)
{
	ndmsg body = {};
	body.ndm_family = FamilyOf(address);
	body.ndm_ifindex = index;
	body.ndm_state = NUD_PERMANENT;
	Message message(type, flags, body);
	return message.AddAddress(NDA_DST, address).Add(NDA_LLADDR, MAC, sizeof(MAC));
}

class NeighbourCase : public EntryCase
{
      public:
	explicit NeighbourCase(const std::string &address)
	    : EntryCase("Neighbours: add, dump, delete " + address, RTM_NEWNEIGH, RTM_DELNEIGH,
			-ENOENT),
	      m_address(address)
	{
	}

      private:
	Message Entry(uint16_t type, uint16_t flags, int index) const override
	{
		return Neighbour(type, flags, m_address, index);
	}

	int Count(NetlinkSocket &socket) const override
	{
		int found = 0;
		ndmsg body = {};
		body.ndm_family = FamilyOf(m_address);
		for (const Message &neighbour : socket.Dump({RTM_GETNEIGH, 0, body}))
			found +=
				neighbour.Get<ndmsg>(NDA_DST) == Message::Parse(m_address) &&
				neighbour.Get<ndmsg>(NDA_LLADDR) == Bytes(MAC, MAC + sizeof(MAC)) &&
				neighbour.As<ndmsg>().ndm_state == NUD_PERMANENT;
		return found;
	}

	std::string m_address;
};

/** Who has joined a group hears of changes, and who has not does not. */
class GroupCase : public NetlinkCase
{
      public:
	GroupCase() : NetlinkCase("Multicast groups") {}

      private:
	void Check(Ptr<Node> node, int index) override
	{
		NetlinkSocket addresses(node, RTMGRP_IPV4_IFADDR), neighbours(node, RTMGRP_NEIGH);
		NetlinkSocket socket(node);
		ifaddrmsg body = {AF_INET, 24, 0, 0, uint32_t(index)};
		for (uint16_t type : {RTM_NEWADDR, RTM_DELADDR}) {
			Message message(type, type == RTM_NEWADDR ? CREATE : 0, body);
			message.AddAddress(IFA_LOCAL, "10.9.9.9")
				.AddAddress(IFA_ADDRESS, "10.9.9.9");
			NS_TEST_EXPECT_MSG_EQ(socket.Request(message), 0, "a change");
			std::vector<Message> heard = addresses.Receive();
			NS_TEST_ASSERT_MSG_EQ(heard.size(), 1, "is heard of");
			NS_TEST_EXPECT_MSG_EQ(heard[0].Header()->nlmsg_type, type, "as what it is");
			Bytes address = heard[0].Get<ifaddrmsg>(IFA_LOCAL);
			bool same = address == Message::Parse("10.9.9.9");
			NS_TEST_EXPECT_MSG_EQ(same, true, "with the address");
			NS_TEST_EXPECT_MSG_EQ(neighbours.Receive().size(), 0, "in its group only");
		}
		for (uint16_t type : {RTM_NEWNEIGH, RTM_DELNEIGH}) {
			uint16_t flags = type == RTM_NEWNEIGH ? CREATE : 0;
			socket.Request(Neighbour(type, flags, "10.0.0.9", index));
			/* Before a neighbour goes, it is told to have failed. */
			uint16_t last = 0;
			for (std::vector<Message> heard = neighbours.Receive(); !heard.empty();
			     heard = neighbours.Receive())
				last = heard.back().Header()->nlmsg_type;
			NS_TEST_EXPECT_MSG_EQ(last, type, "neighbours have another group");
		}
		NS_TEST_EXPECT_MSG_EQ(addresses.Receive().size(), 0, "nothing else is heard");
	}
};

/** ip(8) itself, and ping(8), which shows that what ip said is so. */
class IpCase : public TestCase
{
      public:
	IpCase() : TestCase("ip and ping") {}

      private:
	void DoRun() override
	{
		TwoNodes net("100Mbps", MilliSeconds(1), TwoNodes::ETHERNET);
		static const char *const COMMANDS[] = {
			"ip address add 192.168.7.1/24 dev sim0",
			"ip -6 address add 2001:db8:7::1/64 dev sim0 nodad",
			"ip route add 172.16.0.0/16 via 192.168.7.2",
			"ip -6 route add 2001:db8:8::/48 via 2001:db8:7::2",
			"ip neighbour add 192.168.7.9 lladdr 02:00:00:00:00:09 dev sim0",
			"ip -o address show dev sim0",
			"ip route show",
			"ip -6 route show",
			"ip neighbour show",
		};
		double at = 3;
		for (const char *command : COMMANDS)
			StartProgram(net.Get(0), at += 0.1, command);
		StartProgram(net.Get(1), 3, "ip address add 192.168.7.2/24 dev sim0");
		StartProgram(net.Get(1), 3, "ip -6 address add 2001:db8:7::2/64 dev sim0 nodad");
		StartProgram(net.Get(0), 5, "ping -n -c 2 192.168.7.2");
		StartProgram(net.Get(0), 7, "ping -n -c 2 2001:db8:7::2");
		Simulator::Stop(Seconds(10));
		Simulator::Run();
		std::vector<ProcStatus> programs = DceManagerHelper::GetProcStatus();
		Simulator::Destroy();

		std::string all;
		for (const ProcStatus &program : programs) {
			NS_TEST_EXPECT_MSG_EQ(program.GetExitCode(), 0,
					      program.GetCmdLine() << " on " << program.GetNode());
			all += OutputOf(program);
		}
		static const char *const EXPECTED[] = {
			"inet 192.168.7.1/24 scope global sim0",
			"inet6 2001:db8:7::1/64 scope global",
			"172.16.0.0/16 via 192.168.7.2 dev sim0",
			"2001:db8:8::/48 via 2001:db8:7::2 dev sim0",
			"192.168.7.9 dev sim0 lladdr 02:00:00:00:00:09 PERMANENT",
			/* 102 and 122 bytes there and back. */
			"64 bytes from 192.168.7.2: icmp_seq=2 ttl=64 time=2.02 ms",
			"64 bytes from 2001:db8:7::2: icmp_seq=2 ttl=64 time=2.02 ms",
		};
		for (const char *expected : EXPECTED)
			NS_TEST_EXPECT_MSG_NE(all.find(expected), std::string::npos,
					      "\"" << expected << "\" is in:\n"
						   << all);
	}
};

/** The suite. */
class NetlinkSuite : public TestSuite
{
      public:
	NetlinkSuite() : TestSuite("netlink-socket")
	{
		AddTestCase(new LinkCase());
		AddTestCase(new AddressCase("10.1.0.7"));
		AddTestCase(new AddressCase("2001:db8:1::7"));
		AddTestCase(new RouteCase("10.2.0.0", "10.0.0.2"));
		AddTestCase(new RouteCase("2001:db8:2::", "2001:db8::2"));
		AddTestCase(new NeighbourCase("10.0.0.9"));
		AddTestCase(new NeighbourCase("2001:db8::9"));
		AddTestCase(new GroupCase());
		AddTestCase(new IpCase());
	}
};

NetlinkSuite g_suite;

} // namespace
} // namespace ns3

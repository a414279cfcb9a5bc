// SPDX-License-Identifier: GPL-2.0
/* Raw sockets and packet sockets, on lo. */

#include <linux/filter.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/icmp6.h>
#include <netinet/ip.h>
#include <netinet/ip_icmp.h>
#include <netinet/udp.h>
#include <netpacket/packet.h>
#include <poll.h>

#include "say.h"

enum { PORT = 7001, OTHER = 253 };

static unsigned short checksum(const void *bytes, int len)
{
	const unsigned short *words = bytes;
	unsigned int sum = 0;

	for (int i = 0; i < len / 2; i++)
		sum += words[i];
	sum = (sum >> 16) + (sum & 0xffff);
	return ~(sum + (sum >> 16));
}

/* The length of what is there, or that nothing is. */
static long receive(int fd, void *bytes, int len)
{
	struct pollfd ready = {fd, POLLIN, 0};

	return poll(&ready, 1, 200) == 1 ? recv(fd, bytes, len, 0) : -1;
}

/* What ping(8) does. */
static void echo(void)
{
	struct sockaddr_in to = loopback(0);
	struct {
		struct icmphdr head;
		char text[8];
	} echo = {.head = {.type = ICMP_ECHO, .un.echo = {htons(7), htons(1)}}, .text = "ping"};
	unsigned char got[128];
	int fd = socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);

	printf("echo\n");
	OK(fd);
	/* ICMP_FILTER, of a header that netinet's excludes. */
	unsigned int filter = ~(1u << ICMP_ECHOREPLY);
	SAY(setsockopt(fd, SOL_RAW, 1, &filter, sizeof(filter)));
	echo.head.checksum = checksum(&echo, sizeof(echo));
	SAY(sendto(fd, &echo, sizeof(echo), 0, AT(to)));
	SAY(receive(fd, got, sizeof(got)));
	struct ip *ip = (void *)got;
	struct icmphdr *icmp = (void *)(got + ip->ip_hl * 4);
	IS(ip->ip_v == 4 && ip->ip_p == IPPROTO_ICMP && ip->ip_src.s_addr == to.sin_addr.s_addr);
	IS(icmp->type == ICMP_ECHOREPLY && icmp->un.echo.id == htons(7));
	say_bytes((char *)(icmp + 1), 4);
	SAY(receive(fd, got, sizeof(got)));
	close(fd);
}

static void echo6(void)
{
	struct sockaddr_in6 to = {.sin6_family = AF_INET6, .sin6_addr = IN6ADDR_LOOPBACK_INIT};
	struct icmp6_hdr echo = {.icmp6_type = ICMP6_ECHO_REQUEST}, got;
	struct icmp6_filter filter;
	int fd = socket(AF_INET6, SOCK_RAW, IPPROTO_ICMPV6);

	printf("echo of IPv6\n");
	ICMP6_FILTER_SETBLOCKALL(&filter);
	ICMP6_FILTER_SETPASS(ICMP6_ECHO_REPLY, &filter);
	SAY(setsockopt(fd, IPPROTO_ICMPV6, ICMP6_FILTER, &filter, sizeof(filter)));
	SAY(sendto(fd, &echo, sizeof(echo), 0, AT(to)));
	SAY(receive(fd, &got, sizeof(got)));
	printf("type %d\n", got.icmp6_type);
	close(fd);
}

/* A protocol of nobody's; and with a header of its own. */
static void protocols(void)
{
	struct sockaddr_in to = loopback(0);
	unsigned char got[128];
	int one = socket(AF_INET, SOCK_RAW, OTHER), other = socket(AF_INET, SOCK_RAW, OTHER),
	    on = 1;

	printf("protocols\n");
	SAY(bind(one, AT(to)));
	SAY(connect(other, AT(to)));
	SAY(send(other, "payload", 7, 0));
	SAY(receive(one, got, sizeof(got)));
	say_bytes((char *)got + 20, 7);
	/* It has heard itself. */
	SAY(receive(other, got, sizeof(got)));
	struct {
		struct ip ip;
		char text[8];
	} own = {
		.ip = {.ip_v = 4,
		       .ip_hl = 5,
		       .ip_ttl = 9,
		       .ip_p = OTHER,
		       .ip_src = {htonl(0x7f000005)},
		       .ip_dst = to.sin_addr},
		.text = "as I say",
	};
	SAY(setsockopt(other, IPPROTO_IP, IP_HDRINCL, &on, sizeof(on)));
	SAY(send(other, &own, sizeof(own), 0));
	SAY(receive(one, got, sizeof(got)));
	struct ip *ip = (void *)got;
	printf("from %s, TTL %d, length %d\n", inet_ntoa(ip->ip_src), ip->ip_ttl,
	       ntohs(ip->ip_len));
	say_bytes((char *)got + 20, 8);
	SAY(send(other, "short", 5, 0));
	close(one);
	close(other);
	SAY(socket(AF_INET, SOCK_RAW, 256));
	SAY(socket(AF_INET, SOCK_RAW, 0));
}

/* A datagram, so that there is something on lo. */
static void say_something(const char *what)
{
	int fd = connected(SOCK_DGRAM, PORT);

	SAY(send(fd, what, strlen(what), 0));
	close(fd);
}

static struct sockaddr_ll on_lo(int protocol)
{
	return (struct sockaddr_ll){
		.sll_family = AF_PACKET,
		.sll_protocol = htons(protocol),
		.sll_ifindex = if_nametoindex("lo"),
		.sll_halen = ETH_ALEN,
	};
}

static void packets(void)
{
	struct sockaddr_ll lo = on_lo(ETH_P_IP), from;
	socklen_t len = sizeof(from);
	unsigned char got[256];
	int listener = bound(SOCK_DGRAM, PORT);
	int whole = socket(AF_PACKET, SOCK_RAW, htons(ETH_P_IP));
	int without = socket(AF_PACKET, SOCK_DGRAM, 0);

	printf("packets\n");
	OK(whole);
	OK(without);
	SAY(bind(whole, AT(lo)));
	SAY(bind(without, AT(lo)));
	say_something("hear");
	SAY(receive(whole, got, sizeof(got)));
	IS(((struct ether_header *)got)->ether_type == htons(ETHERTYPE_IP));
	say_bytes((char *)got + ETH_HLEN + 28, 4);
	SAY(recvfrom(without, got, sizeof(got), 0, (struct sockaddr *)&from, &len));
	say_bytes((char *)got + 28, 4);
	IS(from.sll_ifindex == lo.sll_ifindex && from.sll_pkttype == PACKET_HOST);
	IS(from.sll_protocol == htons(ETH_P_IP) && from.sll_halen == ETH_ALEN);
	SAY(recv(listener, got, sizeof(got), 0));
	/* What it sends as it is comes back, and the socket of the port has it too. */
	struct {
		struct ether_header ethernet;
		struct ip ip;
		struct udphdr udp;
		char text[4];
	} __attribute__((packed)) frame = {
		.ethernet.ether_type = htons(ETHERTYPE_IP),
		.ip = {.ip_v = 4,
		       .ip_hl = 5,
		       .ip_ttl = 64,
		       .ip_p = IPPROTO_UDP,
		       .ip_len = htons(32),
		       .ip_src = {htonl(INADDR_LOOPBACK)},
		       .ip_dst = {htonl(INADDR_LOOPBACK)}},
		.udp = {.source = htons(9), .dest = htons(PORT), .len = htons(12)},
		.text = "made",
	};
	struct ip head = frame.ip;
	frame.ip.ip_sum = checksum(&head, sizeof(head));
	SAY(send(whole, &frame, sizeof(frame), 0));
	SAY(receive(listener, got, sizeof(got)));
	say_bytes((char *)got, 4);
	SAY(receive(whole, got, sizeof(got)));
	close(whole);
	close(without);
	close(listener);
}

/* Only what a filter lets through: datagrams to another port. */
static void filters(void)
{
	struct sockaddr_ll lo = on_lo(ETH_P_ALL);
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_H | BPF_ABS, ETH_HLEN + 22),
		BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, PORT + 1, 0, 1),
		BPF_STMT(BPF_RET | BPF_K, 44),
		BPF_STMT(BPF_RET | BPF_K, 0),
	};
	struct sock_fprog program = {4, code};
	unsigned char got[256];
	int fd = socket(AF_PACKET, SOCK_RAW, 0), listener = bound(SOCK_DGRAM, PORT);
	int other = bound(SOCK_DGRAM, PORT + 1);

	printf("filters\n");
	SAY(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)));
	SAY(bind(fd, AT(lo)));
	say_something("to the one");
	SAY(receive(fd, got, sizeof(got)));
	struct sockaddr_in there = loopback(PORT + 1);
	SAY(sendto(listener, "to the other", 12, 0, AT(there)));
	/* Twice, as it leaves and as it arrives; cut short. */
	SAY(receive(fd, got, sizeof(got)));
	SAY(receive(fd, got, sizeof(got)));
	SAY(receive(fd, got, sizeof(got)));
	SAY(setsockopt(fd, SOL_SOCKET, SO_DETACH_FILTER, NULL, 0));
	struct tpacket_stats {
		unsigned int packets, drops;
	} stats = {};
	socklen_t len = sizeof(stats);
	SAY(getsockopt(fd, SOL_PACKET, 6, &stats, &len));
	printf("%u packets, %u drops\n", stats.packets, stats.drops);
	close(fd);
	close(other);
	close(listener);
}

static void mistakes(void)
{
	struct sockaddr_ll lo = on_lo(ETH_P_IP);
	struct sock_filter wrong[] = {BPF_STMT(BPF_LD | BPF_H | BPF_ABS, 0)};
	struct sock_fprog program = {1, wrong};
	int fd = socket(AF_PACKET, SOCK_RAW, 0);

	printf("mistakes\n");
	SAY(send(fd, "x", 1, 0));
	SAY(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)));
	lo.sll_ifindex = 999;
	SAY(bind(fd, AT(lo)));
	SAY(bind(fd, (struct sockaddr *)&lo, 4));
	SAY(listen(fd, 1));
	SAY(connect(fd, AT(lo)));
	SAY(setuid(65534));
	SAY(socket(AF_PACKET, SOCK_RAW, 0));
	SAY(socket(AF_INET, SOCK_RAW, IPPROTO_ICMP));
}

int main(void)
{
	echo();
	echo6();
	protocols();
	packets();
	filters();
	mistakes();
	return done();
}

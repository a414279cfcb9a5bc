// SPDX-License-Identifier: GPL-2.0
/* Options of sockets, set and got back. */

#include <netinet/tcp.h>

#include "say.h"

static int fd;

static void get(const char *name, int level, int option)
{
	int value = -1;
	socklen_t len = sizeof(value);

	if (getsockopt(fd, level, option, &value, &len))
		printf("%s: %s\n", name, strerrorname_np(errno));
	else
		printf("%s: %d, %u bytes\n", name, value, len);
}

static void set(const char *name, int level, int option, int value)
{
	int failed = setsockopt(fd, level, option, &value, sizeof(value));

	printf("%s = %d: %s\n", name, value, failed ? strerrorname_np(errno) : "ok");
	get(name, level, option);
}

#define GET(level, option)	  get(#option, level, option)
#define SET(level, option, value) set(#option, level, option, value)

static void every_socket(void)
{
	GET(SOL_SOCKET, SO_TYPE);
	GET(SOL_SOCKET, SO_DOMAIN);
	GET(SOL_SOCKET, SO_PROTOCOL);
	GET(SOL_SOCKET, SO_ERROR);
	GET(SOL_SOCKET, SO_ACCEPTCONN);
	SET(SOL_SOCKET, SO_REUSEADDR, 1);
	SET(SOL_SOCKET, SO_REUSEPORT, 1);
	SET(SOL_SOCKET, SO_KEEPALIVE, 1);
	SET(SOL_SOCKET, SO_BROADCAST, 1);
	SET(SOL_SOCKET, SO_DONTROUTE, 1);
	SET(SOL_SOCKET, SO_OOBINLINE, 1);
	SET(SOL_SOCKET, SO_PRIORITY, 3);
	SET(SOL_SOCKET, SO_RCVLOWAT, 5);
	SET(SOL_SOCKET, SO_SNDLOWAT, 5);
	SET(SOL_SOCKET, SO_RCVBUF, 8192);
	SET(SOL_SOCKET, SO_SNDBUF, 8192);
	SET(SOL_SOCKET, SO_TIMESTAMP, 1);
	SET(SOL_SOCKET, 9999, 1);
	SET(IPPROTO_IP, IP_TTL, 17);
	SET(IPPROTO_IP, IP_TTL, 256);
	SET(IPPROTO_IP, IP_TOS, 0x10);
	SET(IPPROTO_IP, IP_MTU_DISCOVER, IP_PMTUDISC_DONT);
	SET(IPPROTO_IP, IP_PKTINFO, 1);
	SET(IPPROTO_IP, IP_RECVTTL, 1);
	SET(IPPROTO_IP, IP_FREEBIND, 1);
	SET(IPPROTO_IP, IP_MULTICAST_TTL, 4);
	SET(IPPROTO_IP, IP_MULTICAST_LOOP, 0);
	GET(IPPROTO_IP, IP_MTU);
}

static void tcp(void)
{
	char name[16] = "";
	socklen_t len = sizeof(name);

	GET(IPPROTO_TCP, TCP_MAXSEG);
	SET(IPPROTO_TCP, TCP_NODELAY, 1);
	SET(IPPROTO_TCP, TCP_CORK, 1);
	SET(IPPROTO_TCP, TCP_KEEPIDLE, 11);
	SET(IPPROTO_TCP, TCP_KEEPINTVL, 12);
	SET(IPPROTO_TCP, TCP_KEEPCNT, 13);
	SET(IPPROTO_TCP, TCP_KEEPCNT, 0);
	SET(IPPROTO_TCP, TCP_SYNCNT, 2);
	SET(IPPROTO_TCP, TCP_DEFER_ACCEPT, 1);
	SET(IPPROTO_TCP, TCP_USER_TIMEOUT, 1500);
	SET(IPPROTO_TCP, TCP_QUICKACK, 1);
	SET(IPPROTO_TCP, 9999, 1);
	SAY(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "reno", 4));
	SAY(getsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, name, &len));
	printf("TCP_CONGESTION: %s\n", name);
	SAY(setsockopt(fd, IPPROTO_TCP, TCP_CONGESTION, "no-such", 7));
}

static void linger(void)
{
	struct linger linger = {.l_onoff = 1, .l_linger = 7};
	socklen_t len = sizeof(linger);

	SAY(setsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, sizeof(linger)));
	memset(&linger, 0, sizeof(linger));
	SAY(getsockopt(fd, SOL_SOCKET, SO_LINGER, &linger, &len));
	printf("linger: %d %d\n", linger.l_onoff, linger.l_linger);
}

static void lengths(void)
{
	int value = 1;
	socklen_t len = 2;

	SAY(setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, 2));
	value = -1;
	SAY(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, &len));
	printf("length: %u\n", len);
	len = -1;
	SAY(getsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &value, &len));
}

static void interfaces(void)
{
	char name[16] = "";
	socklen_t len = sizeof(name);

	SAY(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "lo", 3));
	SAY(getsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, name, &len));
	printf("bound to %s\n", name);
	SAY(setsockopt(fd, SOL_SOCKET, SO_BINDTODEVICE, "nothing0", 9));
}

static void ipv6(void)
{
	fd = socket(AF_INET6, SOCK_DGRAM, 0);
	GET(IPPROTO_IPV6, IPV6_V6ONLY);
	SET(IPPROTO_IPV6, IPV6_V6ONLY, 1);
	SET(IPPROTO_IPV6, IPV6_UNICAST_HOPS, 9);
	SET(IPPROTO_IPV6, IPV6_MULTICAST_HOPS, 9);
	SET(IPPROTO_IPV6, IPV6_TCLASS, 0x20);
	SET(IPPROTO_IPV6, IPV6_RECVPKTINFO, 1);
	close(fd);
}

int main(void)
{
	printf("TCP\n");
	fd = socket(AF_INET, SOCK_STREAM, 0);
	every_socket();
	tcp();
	linger();
	lengths();
	interfaces();
	close(fd);
	printf("UDP\n");
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	every_socket();
	close(fd);
	printf("IPv6\n");
	ipv6();
	printf("no socket\n");
	fd = -1;
	SET(SOL_SOCKET, SO_KEEPALIVE, 1);
	return done();
}

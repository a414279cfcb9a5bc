// SPDX-License-Identifier: GPL-2.0
/* UDP: with and without a peer, MSG_PEEK and MSG_TRUNC, and its errors. */

#include <sys/ioctl.h>

#include "say.h"

static void say_from(const struct sockaddr_in *from, socklen_t len)
{
	printf("  from %s %d, %u bytes\n", inet_ntoa(from->sin_addr), ntohs(from->sin_port), len);
}

static void unconnected(void)
{
	struct sockaddr_in there = loopback(7001), from;
	socklen_t len = sizeof(from);
	int receiver = bound(SOCK_DGRAM, 7001), sender = bound(SOCK_DGRAM, 7002);
	int waiting = -1;
	char text[8];

	SAY(send(sender, "nowhere", 7, 0));
	SAY(sendto(sender, "datagram", 8, 0, AT(there)));
	SAY(ioctl(receiver, FIONREAD, &waiting));
	printf("waiting: %d\n", waiting);
	SAY(recvfrom(receiver, text, 4, MSG_PEEK, (struct sockaddr *)&from, &len));
	say_bytes(text, 4);
	say_from(&from, len);
	SAY(recv(receiver, text, 4, MSG_PEEK | MSG_TRUNC));
	SAY(recv(receiver, text, 4, 0));
	SAY(recv(receiver, text, 4, MSG_DONTWAIT));
	SAY(sendto(sender, "", 0, 0, AT(there)));
	SAY(recv(receiver, text, sizeof(text), 0));
	SAY(sendto(sender, "12345", 5, 0, AT(there)));
	SAY(recv(receiver, text, 2, MSG_TRUNC));
	/* Each datagram is received by itself, in order. */
	SAY(sendto(sender, "one", 3, 0, AT(there)));
	SAY(sendto(sender, "two", 3, 0, AT(there)));
	say_bytes(text, SAY(recv(receiver, text, sizeof(text), 0)));
	say_bytes(text, SAY(recv(receiver, text, sizeof(text), 0)));
	/* The address that does not fit is cut. */
	len = 4;
	SAY(sendto(sender, "x", 1, 0, AT(there)));
	SAY(recvfrom(receiver, text, sizeof(text), 0, (struct sockaddr *)&from, &len));
	printf("length of the address: %u\n", len);
	close(receiver);
	close(sender);
}

static void with_a_peer(void)
{
	struct sockaddr_in here = loopback(7003), other, nobody = {.sin_family = AF_UNSPEC};
	socklen_t len = sizeof(other);
	int peer = bound(SOCK_DGRAM, 7004), stranger = bound(SOCK_DGRAM, 7005);
	int fd = bound(SOCK_DGRAM, 7003);
	char text[32];

	other = loopback(7004);
	SAY(getpeername(fd, (struct sockaddr *)&other, &len));
	SAY(connect(fd, AT(other)));
	SAY(getpeername(fd, (struct sockaddr *)&other, &len));
	SAY(send(fd, "to my peer", 10, 0));
	say_bytes(text, SAY(recv(peer, text, sizeof(text), 0)));
	/* Datagrams of others are not for a socket with a peer. */
	SAY(sendto(stranger, "from a stranger", 15, 0, AT(here)));
	SAY(sendto(peer, "from my peer", 12, 0, AT(here)));
	say_bytes(text, SAY(recv(fd, text, sizeof(text), 0)));
	SAY(recv(fd, text, sizeof(text), MSG_DONTWAIT));
	SAY(connect(fd, AT(nobody)));
	SAY(send(fd, "x", 1, 0));
	SAY(sendto(stranger, "from a stranger", 15, 0, AT(here)));
	say_bytes(text, SAY(recv(fd, text, sizeof(text), 0)));
	close(peer);
	close(stranger);
	close(fd);
}

static void errors(void)
{
	static char large[70000];
	struct sockaddr_in there = loopback(7006);
	int fd = connected(SOCK_DGRAM, 7006);
	char text[8];

	SAY(send(fd, large, sizeof(large), 0));
	SAY(send(fd, large, 65508, 0));
	/* Nobody is there: told by ICMP, to the next call. */
	SAY(send(fd, "x", 1, 0));
	SAY(recv(fd, text, sizeof(text), 0));
	SAY(recv(fd, text, sizeof(text), MSG_DONTWAIT));
	SAY(shutdown(fd, SHUT_RD));
	SAY(recv(fd, text, sizeof(text), 0));
	close(fd);
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	SAY(sendto(fd, "x", 1, 0, (struct sockaddr *)&there, 3));
	there.sin_family = 77;
	SAY(sendto(fd, "x", 1, 0, AT(there)));
	there = (struct sockaddr_in){
		.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x0a090909), .sin_port = htons(9)};
	SAY(sendto(fd, "x", 1, 0, AT(there)));
	SAY(listen(fd, 1));
	SAY(accept(fd, NULL, NULL));
	SAY(send(fd, "x", 1, MSG_OOB));
	close(fd);
}

static void in_ipv6(void)
{
	struct sockaddr_in6 here = {
		.sin6_family = AF_INET6, .sin6_port = htons(7007), .sin6_addr = in6addr_loopback};
	int fd = socket(AF_INET6, SOCK_DGRAM, 0);
	char text[8];

	SAY(bind(fd, AT(here)));
	SAY(sendto(fd, "myself", 6, 0, AT(here)));
	say_bytes(text, SAY(recv(fd, text, sizeof(text), 0)));
	close(fd);
}

int main(void)
{
	unconnected();
	with_a_peer();
	errors();
	in_ipv6();
	return done();
}

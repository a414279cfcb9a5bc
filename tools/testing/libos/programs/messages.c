// SPDX-License-Identifier: GPL-2.0
/* sendmsg(2) and recvmsg(2): pieces of memory, and control messages. */

#include "say.h"

#define PIECES(array) .msg_iov = array, .msg_iovlen = sizeof(array) / sizeof(array[0])

static int receiver, sender;

static void pieces(void)
{
	struct sockaddr_in there = loopback(7001), from;
	struct iovec out[] = {{"one,", 4}, {"", 0}, {"two,", 4}, {"three", 5}};
	char a[3], b[6], c[32];
	struct iovec in[] = {{a, sizeof(a)}, {b, sizeof(b)}, {c, sizeof(c)}};
	struct msghdr send = {PIECES(out), .msg_name = &there, .msg_namelen = sizeof(there)};
	struct msghdr receive = {PIECES(in), .msg_name = &from, .msg_namelen = sizeof(from)};

	printf("pieces\n");
	SAY(sendmsg(sender, &send, 0));
	SAY(recvmsg(receiver, &receive, 0));
	say_bytes(a, 3);
	say_bytes(b, 6);
	say_bytes(c, 4);
	printf("from port %d, flags %d\n", ntohs(from.sin_port), receive.msg_flags);
	receive.msg_iovlen = 1;
	SAY(sendmsg(sender, &send, 0));
	SAY(recvmsg(receiver, &receive, 0));
	IS(receive.msg_flags == MSG_TRUNC);
	send.msg_iovlen = 5000;
	SAY(sendmsg(sender, &send, 0));
	send.msg_iovlen = 0;
	SAY(sendmsg(sender, &send, 0));
	receive.msg_iovlen = 3;
	SAY(recvmsg(receiver, &receive, 0));
}

static void say_control(struct msghdr *message)
{
	for (struct cmsghdr *one = CMSG_FIRSTHDR(message); one; one = CMSG_NXTHDR(message, one)) {
		printf("  level %d, type %d, %zu bytes\n", one->cmsg_level, one->cmsg_type,
		       one->cmsg_len);
		if (one->cmsg_level == IPPROTO_IP && one->cmsg_type == IP_PKTINFO) {
			struct in_pktinfo *info = (struct in_pktinfo *)CMSG_DATA(one);
			printf("  IP_PKTINFO: interface %d, to %s\n", info->ipi_ifindex,
			       inet_ntoa(info->ipi_addr));
		}
		if (one->cmsg_level == IPPROTO_IP && one->cmsg_type == IP_TTL)
			printf("  IP_TTL: %d\n", *(int *)CMSG_DATA(one));
	}
}

static void control(void)
{
	struct sockaddr_in there = loopback(7001), from;
	union {
		char room[CMSG_SPACE(sizeof(struct in_pktinfo)) + CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control;
	struct iovec out[] = {{"data", 4}};
	char text[8];
	struct iovec in[] = {{text, sizeof(text)}};
	struct msghdr send = {PIECES(out), .msg_name = &there, .msg_namelen = sizeof(there)};
	struct msghdr receive = {PIECES(in), .msg_name = &from, .msg_namelen = sizeof(from)};
	int one = 1;

	printf("control messages\n");
	SAY(setsockopt(receiver, IPPROTO_IP, IP_PKTINFO, &one, sizeof(one)));
	SAY(setsockopt(receiver, IPPROTO_IP, IP_RECVTTL, &one, sizeof(one)));
	SAY(sendmsg(sender, &send, 0));
	receive.msg_control = &control;
	receive.msg_controllen = sizeof(control);
	SAY(recvmsg(receiver, &receive, 0));
	say_control(&receive);
	printf("no room for them\n");
	SAY(sendmsg(sender, &send, 0));
	receive.msg_controllen = CMSG_LEN(0) + 4;
	SAY(recvmsg(receiver, &receive, 0));
	IS(receive.msg_flags & MSG_CTRUNC);

	printf("the sender chooses its address and TTL\n");
	memset(&control, 0, sizeof(control));
	send.msg_control = &control;
	send.msg_controllen = sizeof(control);
	struct cmsghdr *header = CMSG_FIRSTHDR(&send);
	*header = (struct cmsghdr){.cmsg_level = IPPROTO_IP,
				   .cmsg_type = IP_PKTINFO,
				   .cmsg_len = CMSG_LEN(sizeof(struct in_pktinfo))};
	struct in_pktinfo info = {.ipi_spec_dst.s_addr = htonl(0x7f000009)};
	memcpy(CMSG_DATA(header), &info, sizeof(info));
	header = CMSG_NXTHDR(&send, header);
	*header = (struct cmsghdr){
		.cmsg_level = IPPROTO_IP, .cmsg_type = IP_TTL, .cmsg_len = CMSG_LEN(sizeof(int))};
	int ttl = 33;
	memcpy(CMSG_DATA(header), &ttl, sizeof(ttl));
	int anywhere = socket(AF_INET, SOCK_DGRAM, 0);
	SAY(sendmsg(anywhere, &send, 0));
	receive.msg_control = &control;
	receive.msg_controllen = sizeof(control);
	SAY(recvmsg(receiver, &receive, 0));
	printf("from %s\n", inet_ntoa(from.sin_addr));
	say_control(&receive);
	CMSG_FIRSTHDR(&send)->cmsg_len = 1;
	send.msg_controllen = sizeof(control);
	SAY(sendmsg(anywhere, &send, 0));
	close(anywhere);
}

/* The queue of errors says which datagram had which. */
static void errors(void)
{
	struct sockaddr_in nobody = loopback(7009), about;
	char text[8], room[256];
	struct iovec in[] = {{text, sizeof(text)}};
	struct msghdr receive = {PIECES(in), .msg_name = &about, .msg_namelen = sizeof(about),
				 .msg_control = room, .msg_controllen = sizeof(room)};
	int fd = socket(AF_INET, SOCK_DGRAM, 0), one = 1;

	printf("the queue of errors\n");
	SAY(setsockopt(fd, IPPROTO_IP, IP_RECVERR, &one, sizeof(one)));
	SAY(recvmsg(fd, &receive, MSG_ERRQUEUE));
	SAY(sendto(fd, "lost", 4, 0, AT(nobody)));
	SAY(recvmsg(fd, &receive, MSG_ERRQUEUE));
	printf("about port %d\n", ntohs(about.sin_port));
	IS(receive.msg_flags & MSG_ERRQUEUE);
	say_control(&receive);
	close(fd);
}

static void many_at_once(void)
{
	struct sockaddr_in there = loopback(7001);
	struct iovec out[] = {{"first", 5}, {"second", 6}, {"third", 5}};
	struct mmsghdr send[3] = {0}, receive[4] = {0};
	char text[4][16];
	struct iovec in[4];
	int n;

	printf("many at once\n");
	for (int i = 0; i < 3; i++)
		send[i].msg_hdr = (struct msghdr){.msg_iov = &out[i],
						  .msg_iovlen = 1,
						  .msg_name = &there,
						  .msg_namelen = sizeof(there)};
	for (int i = 0; i < 4; i++) {
		in[i] = (struct iovec){text[i], sizeof(text[i])};
		receive[i].msg_hdr = (struct msghdr){.msg_iov = &in[i], .msg_iovlen = 1};
	}
	SAY(sendmmsg(sender, send, 3, 0));
	printf("lengths %u %u %u\n", send[0].msg_len, send[1].msg_len, send[2].msg_len);
	n = SAY(recvmmsg(receiver, receive, 4, MSG_WAITFORONE, NULL));
	for (int i = 0; i < n; i++)
		say_bytes(text[i], receive[i].msg_len);
	SAY(recvmmsg(receiver, receive, 4, MSG_DONTWAIT, NULL));
}

int main(void)
{
	receiver = bound(SOCK_DGRAM, 7001);
	sender = bound(SOCK_DGRAM, 7002);
	pieces();
	control();
	errors();
	many_at_once();
	return done();
}

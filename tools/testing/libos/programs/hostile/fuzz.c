// SPDX-License-Identifier: GPL-2.0
/*
 * fuzz SECONDS SEED: calls about sockets with arguments that are random, some of them sensible, in
 * children that may die of it.
 */

#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>

#include "../say.h"

enum { CHILDREN = 3, FIRST = 20, DESCRIPTORS = 60, BUFFER = 65536 };

static uint64_t state;
static char *buffer, *constant;

static uint64_t any(void)
{
	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return state * 0x2545f4914f6cdd1d >> 8;
}

static unsigned int below(unsigned int limit)
{
	return any() % limit;
}

static int any_fd(void)
{
	return below(50) ? FIRST + (int)below(DESCRIPTORS) : (int)below(3) - 2;
}

/* Mostly memory, with anything in it. */
static void *any_pointer(void)
{
	size_t at = below(BUFFER - 512);

	for (int i = 0; i < 16; i++)
		((uint64_t *)(buffer + at / 8 * 8))[i] =
			below(3) ? any() >> below(64) : (uint64_t)(buffer + below(BUFFER));
	switch (below(20)) {
	case 0:
		return NULL;
	case 1:
		return constant;
	case 2:
		return (void *)0xffff888000001000;
	case 3:
		return buffer + BUFFER - below(64);
	default:
		return buffer + at / 8 * 8;
	}
}

static uint64_t any_length(void)
{
	return below(10) ? below(below(4) ? 64 : 5000) : any() >> below(64);
}

static uint64_t any_flags(void)
{
	return below(3) ? 1ull << below(32) : below(2) ? 0 : any();
}

/* A new descriptor goes to where the others look. */
static void keep(int fd)
{
	if (fd < 0)
		return;
	fcntl(fd, F_SETFL, O_NONBLOCK | O_RDWR);
	dup2(fd, FIRST + below(DESCRIPTORS));
	close(fd);
}

static void make_socket(void)
{
	static const int families[] = {AF_INET, AF_INET, AF_INET6, AF_NETLINK, AF_PACKET};
	int family = below(4) ? families[below(5)] : (int)below(46);
	int kind = below(4) ? 1 + (int)below(3) : (int)below(12);
	int protocol = below(2) ? 0 : (int)below(family == AF_INET ? 256 : 25);

	keep(socket(family, kind, protocol));
}

/* A message of netlink whose head and attributes have the right form. */
static void talk_netlink(void)
{
	static const int protocols[] = {NETLINK_ROUTE,	   NETLINK_ROUTE,   NETLINK_SOCK_DIAG,
					NETLINK_NETFILTER, NETLINK_GENERIC, NETLINK_XFRM};
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_NONBLOCK, protocols[below(6)]);
	struct nlmsghdr *message = (struct nlmsghdr *)buffer;
	size_t length = NLMSG_LENGTH(below(40));

	memset(buffer, 0, 4096);
	for (size_t i = sizeof(*message); i < length; i++)
		buffer[i] = below(3) ? 0 : any();
	for (int i = below(6); i > 0; i--) {
		struct rtattr *attribute = (struct rtattr *)(buffer + NLMSG_ALIGN(length));
		size_t size = below(3) ? 4 : below(40);

		attribute->rta_len = RTA_LENGTH(size);
		attribute->rta_type = below(4) ? below(60) : any();
		for (size_t j = 0; j < size; j++)
			((char *)RTA_DATA(attribute))[j] = below(2) ? 0 : any();
		length = NLMSG_ALIGN(length) + attribute->rta_len;
	}
	message->nlmsg_len = below(20) ? length : any();
	message->nlmsg_type = below(5) ? RTM_BASE + below(100) : below(2) ? below(1 << 12) : any();
	message->nlmsg_flags = NLM_F_REQUEST | (below(2) ? NLM_F_DUMP : any());
	send(fd, buffer, length, MSG_DONTWAIT);
	recv(fd, buffer, BUFFER, MSG_DONTWAIT);
	close(fd);
}

static void call_by_pointer(void)
{
	static const long calls[] = {
		SYS_bind,	SYS_connect,	SYS_getsockname, SYS_getpeername, SYS_accept4,
		SYS_sendto,	SYS_recvfrom,	SYS_sendmsg,	 SYS_recvmsg,	  SYS_sendmmsg,
		SYS_recvmmsg,	SYS_read,	SYS_write,	 SYS_readv,	  SYS_writev,
		SYS_epoll_ctl,	SYS_epoll_wait, SYS_sendfile,	 SYS_fstat,	  SYS_shutdown,
		SYS_getdents64, SYS_lseek,	SYS_listen,	 SYS_splice,
	};
	long call = calls[below(sizeof(calls) / sizeof(calls[0]))];
	uint64_t second = call == SYS_epoll_ctl			       ? 1 + below(4)
			  : call == SYS_sendfile		       ? (uint64_t)any_fd()
			  : call == SYS_shutdown || call == SYS_listen ? below(5)
								       : (uint64_t)any_pointer();
	uint64_t third = call == SYS_epoll_ctl ? (uint64_t)any_fd()
			 : call == SYS_accept4 ? (uint64_t)any_pointer()
					       : any_length();
	long result = syscall(call, any_fd(), second, third,
			      call == SYS_epoll_ctl ? (uint64_t)any_pointer() : any_flags(),
			      any_pointer(), below(200));

	if (call == SYS_accept4)
		keep(result);
}

static void call_option(void)
{
	static const int levels[] = {SOL_SOCKET, IPPROTO_IP,  IPPROTO_TCP, IPPROTO_IPV6, 270,
				     263,	 IPPROTO_UDP, IPPROTO_RAW, 255,		 132};
	int level = below(10) ? levels[below(10)] : (int)below(300);
	socklen_t length = any_length();

	if (below(3))
		syscall(SYS_setsockopt, any_fd(), level, below(140), any_pointer(), length);
	else
		syscall(SYS_getsockopt, any_fd(), level, below(140), any_pointer(),
			below(8) ? (void *)&length : any_pointer());
}

static void call_control(void)
{
	if (below(2))
		syscall(SYS_ioctl, any_fd(), below(3) ? 0x8900 + below(256) : any() >> below(64),
			any_pointer());
	else
		syscall(SYS_fcntl, any_fd(), below(20) == 0 ? any() : 3 + below(2), below(4096));
}

static void call_waiting(void)
{
	struct timespec soon = {0, 1000};
	struct pollfd files[8];

	for (int i = 0; i < 8; i++)
		files[i] = (struct pollfd){.fd = any_fd(), .events = any()};
	switch (below(4)) {
	case 0:
		poll(files, 8, 0);
		break;
	case 1:
		syscall(SYS_poll, any_pointer(), below(100), 0);
		break;
	case 2:
		syscall(SYS_ppoll, files, below(9), &soon, any_pointer(), 8);
		break;
	default:
		syscall(SYS_select, FIRST + below(DESCRIPTORS), any_pointer(), any_pointer(),
			any_pointer(), &(struct timeval){0, 10});
	}
}

static void any_call(void)
{
	switch (below(12)) {
	case 0:
	case 1:
		return make_socket();
	case 2:
		return keep(epoll_create1(0));
	case 3:
		dup2(any_fd(), FIRST + below(DESCRIPTORS));
		return;
	case 4:
		if (below(3) == 0)
			close(FIRST + below(DESCRIPTORS));
		return;
	case 5:
		return talk_netlink();
	case 6:
		return call_option();
	case 7:
		return call_control();
	case 8:
		return call_waiting();
	default:
		return call_by_pointer();
	}
}

static void nothing(int signal) {}

/* A call that waits is interrupted. */
static void be_impatient(void)
{
	struct sigaction action = {.sa_handler = nothing};
	struct itimerval often = {{0, 20000}, {0, 20000}};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	signal(SIGPIPE, SIG_IGN);
	signal(SIGIO, SIG_IGN);
	signal(SIGURG, SIG_IGN);
}

static void live(int seconds, uint64_t seed)
{
	time_t end = time(NULL) + seconds;
	long calls = 0;
	int private = MAP_PRIVATE | MAP_ANONYMOUS;

	state = seed * 0x9e3779b97f4a7c15 | 1;
	buffer = mmap(NULL, BUFFER + 4096, PROT_READ | PROT_WRITE, private, -1, 0);
	mprotect(buffer + BUFFER, 4096, PROT_NONE);
	constant = mmap(NULL, 4096, PROT_READ, private, -1, 0);
	be_impatient();
	while (time(NULL) < end)
		for (int i = 0; i < 100; i++, calls++)
			any_call();
	printf("%ld calls\n", calls);
}

int main(int count, char **arguments)
{
	int seconds = count > 2 ? atoi(arguments[1]) : 1;
	uint64_t seed = count > 2 ? strtoull(arguments[2], NULL, 0) : 1;

	for (int i = 0; i < CHILDREN; i++)
		if (!fork()) {
			live(seconds, seed * CHILDREN + i);
			return 0;
		}
	for (int i = 0; i < CHILDREN; i++) {
		int status;

		wait(&status);
		printf("a child ended with %#x\n", status);
	}
	return done();
}

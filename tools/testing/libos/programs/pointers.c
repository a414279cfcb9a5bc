// SPDX-License-Identifier: GPL-2.0
/* Every argument of every call that is a pointer, and addresses that are none. */

#include <net/if.h>
#include <poll.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/un.h>

#include "say.h"

static int tcp[2], udp, listener, epoll, host_socket, host_other, unconnected;
static struct sockaddr_in there;
static long page;

/* ---- the calls, as the kernel has them: libc looks at some of the pointers itself ---- */

#define CALL(number, ...) syscall(SYS_##number, __VA_ARGS__)

/* What there is before a call. */
enum need { NOTHING, A_MESSAGE, A_CONNECTION };

struct call {
	const char *name;
	long (*make)(void *bad);
	enum need needs;
};

static struct iovec one_piece(void *base)
{
	return (struct iovec){base, 3};
}

static long message_call(long number, int fd, struct msghdr *message)
{
	return syscall(number, fd, message, MSG_DONTWAIT);
}

/* A message with one bad pointer in it. */
static long with_name(long number, int fd, void *bad)
{
	char text[3] = "xyz";
	struct iovec piece = one_piece(text);
	struct msghdr message = {
		.msg_iov = &piece, .msg_iovlen = 1, .msg_name = bad, .msg_namelen = sizeof(there)};

	return message_call(number, fd, &message);
}

static long with_pieces(long number, int fd, void *bad)
{
	struct msghdr message = {.msg_iov = bad, .msg_iovlen = 1};

	return message_call(number, fd, &message);
}

static long with_base(long number, int fd, void *bad)
{
	struct iovec pieces[2] = {one_piece("abc"), one_piece(bad)};
	struct msghdr message = {.msg_iov = pieces + (number == SYS_recvmsg),
				 .msg_iovlen = 2 - (number == SYS_recvmsg)};

	return message_call(number, fd, &message);
}

static long with_control(long number, int fd, void *bad)
{
	char text[3] = "xyz";
	struct iovec piece = one_piece(text);
	struct msghdr message = {.msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_name = number == SYS_sendmsg ? &there : NULL,
				 .msg_namelen = number == SYS_sendmsg ? sizeof(there) : 0,
				 .msg_control = bad,
				 .msg_controllen = 64};

	return message_call(number, fd, &message);
}

#define WITH_CALLS(part)                                           \
	static long send_##part(void *bad)                         \
	{                                                          \
		return with_##part(SYS_sendmsg, udp, bad);         \
	}                                                          \
	static long receive_##part(void *bad)                      \
	{                                                          \
		return with_##part(SYS_recvmsg, udp, bad);         \
	}                                                          \
	static long host_send_##part(void *bad)                    \
	{                                                          \
		return with_##part(SYS_sendmsg, host_socket, bad); \
	}                                                          \
	static long host_receive_##part(void *bad)                 \
	{                                                          \
		return with_##part(SYS_recvmsg, host_socket, bad); \
	}

WITH_CALLS(pieces)
WITH_CALLS(control)
WITH_CALLS(base)

static long send_name(void *bad)
{
	return with_name(SYS_sendmsg, udp, bad);
}

static long receive_name(void *bad)
{
	return with_name(SYS_recvmsg, udp, bad);
}

#define SIMPLE(function, ...)                                                  \
	static long function(void *bad)                                        \
	{                                                                      \
		socklen_t length = sizeof(there);                              \
		struct timespec soon = {0, 1000};                              \
		struct mmsghdr many = {0};                                     \
		char text[16] = "text";                                        \
		int value = 1;                                                 \
		(void)length, (void)soon, (void)many, (void)text, (void)value; \
		return CALL(__VA_ARGS__);                                      \
	}

SIMPLE(call_bind, bind, udp, bad, sizeof(there))
SIMPLE(call_connect, connect, udp, bad, sizeof(there))
SIMPLE(call_connect_unix, connect, unconnected, bad, sizeof(struct sockaddr_un))
SIMPLE(call_accept, accept, listener, bad, &length)
SIMPLE(call_accept_length, accept, listener, text, bad)
SIMPLE(call_accept4, accept4, listener, bad, &length, SOCK_CLOEXEC)
SIMPLE(call_getsockname, getsockname, udp, bad, &length)
SIMPLE(call_getsockname_length, getsockname, udp, text, bad)
SIMPLE(call_getpeername, getpeername, tcp[0], bad, &length)
SIMPLE(call_getpeername_length, getpeername, tcp[0], text, bad)
SIMPLE(call_sendto, sendto, udp, bad, 3, 0, &there, sizeof(there))
SIMPLE(call_sendto_address, sendto, udp, text, 3, 0, bad, sizeof(there))
SIMPLE(call_send_tcp, sendto, tcp[0], bad, 3, MSG_NOSIGNAL, NULL, 0)
SIMPLE(call_recvfrom, recvfrom, udp, bad, 3, MSG_DONTWAIT, NULL, NULL)
SIMPLE(call_recvfrom_address, recvfrom, udp, text, 3, MSG_DONTWAIT, bad, &length)
SIMPLE(call_recvfrom_length, recvfrom, udp, text, 3, MSG_DONTWAIT, &there, bad)
SIMPLE(call_sendmsg, sendmsg, udp, bad, 0)
SIMPLE(call_recvmsg, recvmsg, udp, bad, MSG_DONTWAIT)
SIMPLE(call_sendmmsg, sendmmsg, udp, bad, 1, 0)
SIMPLE(call_recvmmsg, recvmmsg, udp, bad, 1, MSG_DONTWAIT, NULL)
SIMPLE(call_recvmmsg_time, recvmmsg, udp, &many, 1, MSG_DONTWAIT, bad)
SIMPLE(host_sendmsg, sendmsg, host_socket, bad, MSG_DONTWAIT)
SIMPLE(host_recvmsg, recvmsg, host_socket, bad, MSG_DONTWAIT)
SIMPLE(host_sendmmsg, sendmmsg, host_socket, bad, 1, MSG_DONTWAIT)
SIMPLE(host_recvmmsg, recvmmsg, host_socket, bad, 1, MSG_DONTWAIT, NULL)
SIMPLE(call_read, read, udp, bad, 3)
SIMPLE(call_write, write, tcp[0], bad, 3)
SIMPLE(call_readv, readv, udp, bad, 1)
SIMPLE(call_writev, writev, tcp[0], bad, 1)
SIMPLE(call_setsockopt, setsockopt, udp, SOL_SOCKET, SO_KEEPALIVE, bad, sizeof(int))
SIMPLE(call_setsockopt_name, setsockopt, udp, SOL_SOCKET, SO_BINDTODEVICE, bad, 4)
SIMPLE(call_setsockopt_filter, setsockopt, udp, SOL_SOCKET, SO_ATTACH_FILTER, bad, 16)
SIMPLE(call_getsockopt, getsockopt, udp, SOL_SOCKET, SO_KEEPALIVE, bad, &length)
SIMPLE(call_getsockopt_length, getsockopt, udp, SOL_SOCKET, SO_KEEPALIVE, &value, bad)
SIMPLE(call_poll, poll, bad, 1, 0)
SIMPLE(call_poll_many, poll, bad, 100, 0)
SIMPLE(call_ppoll, ppoll, bad, 1, &soon, NULL, 8)
SIMPLE(call_select, select, 10, bad, NULL, NULL, &(struct timeval){0, 1})
SIMPLE(call_select_write, select, 10, NULL, bad, NULL, &(struct timeval){0, 1})
SIMPLE(call_select_except, select, 100, NULL, NULL, bad, &(struct timeval){0, 1})
SIMPLE(call_pselect, pselect6, 10, bad, NULL, NULL, &soon, NULL)
SIMPLE(call_pselect_mask, pselect6, 0, NULL, NULL, NULL, &soon, bad)
SIMPLE(call_epoll_ctl, epoll_ctl, epoll, EPOLL_CTL_MOD, udp, bad)
SIMPLE(call_epoll_wait, epoll_wait, epoll, bad, 1, 10000)
SIMPLE(call_epoll_pwait, epoll_pwait, epoll, bad, 1, 10000, NULL, 8)
SIMPLE(call_fionread, ioctl, udp, FIONREAD, bad)
SIMPLE(call_ifconf, ioctl, udp, SIOCGIFCONF, bad)
SIMPLE(call_ifflags, ioctl, udp, SIOCGIFFLAGS, bad)
SIMPLE(call_ifflags_of_host, ioctl, host_socket, SIOCGIFFLAGS, bad)
SIMPLE(call_fstat, fstat, udp, bad)
SIMPLE(call_newfstatat, newfstatat, udp, "", bad, AT_EMPTY_PATH)
SIMPLE(call_newfstatat_path, newfstatat, AT_FDCWD, bad, text, 0)
SIMPLE(call_statx_path, statx, AT_FDCWD, bad, 0, STATX_SIZE, text)
SIMPLE(call_open, open, bad, O_RDONLY)
SIMPLE(call_openat, openat, AT_FDCWD, bad, O_RDONLY)
SIMPLE(call_access, access, bad, R_OK)
SIMPLE(call_readlink, readlink, bad, text, 4)
SIMPLE(call_sendfile, sendfile, tcp[0], udp, bad, 1)
SIMPLE(call_pipe, pipe2, bad, 0)
SIMPLE(call_socketpair, socketpair, AF_UNIX, SOCK_STREAM, 0, bad)
SIMPLE(call_fcntl_owner, fcntl, udp, F_SETOWN_EX, bad)

#define ROW(function, needs)               \
	{                                  \
#function, function, needs \
	}

static const struct call calls[] = {
	ROW(call_bind, NOTHING),
	ROW(call_connect, NOTHING),
	ROW(call_connect_unix, NOTHING),
	ROW(call_accept, A_CONNECTION),
	ROW(call_accept_length, A_CONNECTION),
	ROW(call_accept4, A_CONNECTION),
	ROW(call_getsockname, NOTHING),
	ROW(call_getsockname_length, NOTHING),
	ROW(call_getpeername, NOTHING),
	ROW(call_getpeername_length, NOTHING),
	ROW(call_sendto, NOTHING),
	ROW(call_sendto_address, NOTHING),
	ROW(call_send_tcp, NOTHING),
	ROW(call_recvfrom, A_MESSAGE),
	ROW(call_recvfrom_address, A_MESSAGE),
	ROW(call_recvfrom_length, A_MESSAGE),
	ROW(call_sendmsg, NOTHING),
	ROW(call_recvmsg, A_MESSAGE),
	ROW(call_sendmmsg, NOTHING),
	ROW(call_recvmmsg, A_MESSAGE),
	ROW(call_recvmmsg_time, A_MESSAGE),
	ROW(send_name, NOTHING),
	ROW(receive_name, A_MESSAGE),
	ROW(send_pieces, NOTHING),
	ROW(receive_pieces, A_MESSAGE),
	ROW(send_base, NOTHING),
	ROW(receive_base, A_MESSAGE),
	ROW(send_control, NOTHING),
	ROW(receive_control, A_MESSAGE),
	ROW(host_sendmsg, NOTHING),
	ROW(host_recvmsg, A_MESSAGE),
	ROW(host_sendmmsg, NOTHING),
	ROW(host_recvmmsg, A_MESSAGE),
	ROW(host_send_pieces, NOTHING),
	ROW(host_receive_pieces, A_MESSAGE),
	ROW(host_send_base, NOTHING),
	ROW(host_receive_base, A_MESSAGE),
	ROW(host_send_control, NOTHING),
	ROW(host_receive_control, A_MESSAGE),
	ROW(call_read, A_MESSAGE),
	ROW(call_write, NOTHING),
	ROW(call_readv, A_MESSAGE),
	ROW(call_writev, NOTHING),
	ROW(call_setsockopt, NOTHING),
	ROW(call_setsockopt_name, NOTHING),
	ROW(call_setsockopt_filter, NOTHING),
	ROW(call_getsockopt, NOTHING),
	ROW(call_getsockopt_length, NOTHING),
	ROW(call_poll, NOTHING),
	ROW(call_poll_many, NOTHING),
	ROW(call_ppoll, NOTHING),
	ROW(call_select, NOTHING),
	ROW(call_select_write, NOTHING),
	ROW(call_select_except, NOTHING),
	ROW(call_pselect, NOTHING),
	ROW(call_pselect_mask, NOTHING),
	ROW(call_epoll_ctl, NOTHING),
	ROW(call_epoll_wait, A_MESSAGE),
	ROW(call_epoll_pwait, A_MESSAGE),
	ROW(call_fionread, NOTHING),
	ROW(call_ifconf, NOTHING),
	ROW(call_ifflags, NOTHING),
	ROW(call_ifflags_of_host, NOTHING),
	ROW(call_fstat, NOTHING),
	ROW(call_newfstatat, NOTHING),
	ROW(call_newfstatat_path, NOTHING),
	ROW(call_statx_path, NOTHING),
	ROW(call_open, NOTHING),
	ROW(call_openat, NOTHING),
	ROW(call_access, NOTHING),
	ROW(call_readlink, NOTHING),
	ROW(call_sendfile, NOTHING),
	ROW(call_pipe, NOTHING),
	ROW(call_socketpair, NOTHING),
	ROW(call_fcntl_owner, NOTHING),
};

/* ---- addresses that are none ---- */

enum { KINDS = 7 };

static const char *const kinds[KINDS] = {
	"null",		 "not mapped", "no access",	 "read-only",
	"of the kernel", "of nobody",  "ends too early",
};

static void *addresses[KINDS];

static void make_addresses(void)
{
	int private = MAP_PRIVATE | MAP_ANONYMOUS;
	char *two = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE, private, -1, 0);

	addresses[1] = (void *)0x8000;
	addresses[2] = mmap(NULL, page, PROT_NONE, private, -1, 0);
	addresses[3] = mmap(NULL, page, PROT_READ, private, -1, 0);
	addresses[4] = (void *)0xffff888000001000;
	addresses[5] = (void *)0x0123456789abc000;
	mprotect(two + page, page, PROT_NONE);
	memset(two + page - 2, 1, 2);
	addresses[6] = two + page - 2;
}

static void drain(int fd)
{
	char text[64];

	while (recv(fd, text, sizeof(text), MSG_DONTWAIT) >= 0)
		;
}

/* Nothing is left of the call before. */
static void clean(void)
{
	int fd;

	drain(udp);
	drain(host_socket);
	drain(tcp[1]);
	while ((fd = accept(listener, NULL, NULL)) >= 0)
		close(fd);
	epoll_ctl(epoll, EPOLL_CTL_MOD, udp, &(struct epoll_event){.events = EPOLLIN});
	if (connect(udp, AT(there)))
		OK(-1);
}

static void prepare(enum need need)
{
	clean();
	if (need == A_MESSAGE &&
	    (send(udp, "abc", 3, 0) != 3 || send(host_other, "abc", 3, 0) != 3))
		OK(-1);
	if (need == A_CONNECTION)
		close(connected(SOCK_STREAM, 7003));
}

static void try(const struct call *call, int kind)
{
	prepare(call->needs);
	errno = 0;
	long result = call->make(addresses[kind]);

	if (result < 0)
		printf("%s, %s: %s\n", call->name, kinds[kind], strerrorname_np(errno));
	else if (call->needs == A_CONNECTION)
		printf("%s, %s: accepted, %d\n", call->name, kinds[kind], close(result));
	else
		printf("%s, %s: %ld\n", call->name, kinds[kind], result);
}

/* All is as good as before. */
static void still_alive(void)
{
	char text[8];

	SAY(send(tcp[0], "alive", 5, 0));
	SAY(recv(tcp[1], text, 5, MSG_WAITALL));
	say_bytes(text, 5);
}

int main(void)
{
	int ends[2];

	page = sysconf(_SC_PAGESIZE);
	setvbuf(stdout, NULL, _IOFBF, 1 << 16);
	there = loopback(7001);
	udp = bound(SOCK_DGRAM, 7001);
	tcp_pair(7002, tcp);
	listener = listening(7003);
	fcntl(listener, F_SETFL, O_NONBLOCK);
	epoll = epoll_create1(0);
	epoll_ctl(epoll, EPOLL_CTL_ADD, udp, &(struct epoll_event){.events = EPOLLIN});
	if (socketpair(AF_UNIX, SOCK_DGRAM, 0, ends))
		return 1;
	host_socket = ends[0];
	host_other = ends[1];
	unconnected = socket(AF_UNIX, SOCK_DGRAM, 0);
	make_addresses();
	for (size_t i = 0; i < sizeof(calls) / sizeof(calls[0]); i++)
		for (int kind = 0; kind < KINDS; kind++)
			try(&calls[i], kind);
	still_alive();
	return done();
}

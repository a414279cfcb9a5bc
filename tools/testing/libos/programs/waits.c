// SPDX-License-Identifier: GPL-2.0
/*
 * Every call that can wait for the network: what a signal does to it, with
 * SA_RESTART and without, and that a thread that waits in it can be cancelled.
 */

#include <linux/if_packet.h>
#include <linux/netlink.h>
#include <net/if.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/wait.h>

#include "say.h"

/* Enough for a thread to come to where it waits, also on a busy machine. */
#define MOMENT 150000

/* So many times 20 ms without room, a connection is full: more than a retransmission timeout. */
#define FILLED 20

static int ends[2], listener, epoll, file;
static char data[1 << 16];
static struct iovec piece = {data, sizeof(data)};
static struct msghdr message = {.msg_iov = &piece, .msg_iovlen = 1};
static struct mmsghdr messages = {.msg_hdr = {.msg_iov = &piece, .msg_iovlen = 1}};
static struct epoll_event event = {.events = EPOLLIN};
static struct sockaddr_in there;

/* ---- what there is to wait for ---- */

static void an_empty_connection(int port)
{
	tcp_pair(port, ends);
}

static void a_full_connection(int port)
{
	int size = 1 << 16, times = 0;

	tcp_pair(port, ends);
	setsockopt(ends[0], SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
	setsockopt(ends[1], SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	/* Room that comes late is filled, too: the last of the window is sent by a timer. */
	while (times++ < FILLED) {
		while (send(ends[0], data, sizeof(data), MSG_DONTWAIT) > 0)
			times = 0;
		usleep(20000);
	}
	file = memfd_create("data", 0);
	if (ftruncate(file, sizeof(data)))
		OK(-1);
}

static void a_datagram(int port)
{
	ends[0] = bound(SOCK_DGRAM, port);
}

static void a_raw_packet(int port)
{
	ends[0] = socket(AF_INET, SOCK_RAW, 200);
}

static void a_frame(int port)
{
	ends[0] = socket(AF_PACKET, SOCK_RAW, htons(0x88b6));
}

static void a_netlink_message(int port)
{
	ends[0] = socket(AF_NETLINK, SOCK_RAW, NETLINK_ROUTE);
}

static void a_client(int port)
{
	listener = listening(port);
}

/* Connections that nobody accepts fill the queue; the next one is not answered. */
static void room_in_a_queue(int port)
{
	there = loopback(port);
	listener = bound(SOCK_STREAM, port);
	listen(listener, 0);
	for (int i = 0; i < 4; i++) {
		int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

		connect(fd, AT(there));
	}
	usleep(10000);
	ends[0] = socket(AF_INET, SOCK_STREAM, 0);
}

static void an_event(int port)
{
	tcp_pair(port, ends);
	epoll = epoll_create1(0);
	epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event);
}

/* ---- the calls ---- */

static long do_read(void)
{
	return read(ends[0], data, sizeof(data));
}
static long do_readv(void)
{
	return readv(ends[0], &piece, 1);
}
static long do_recv(void)
{
	return recv(ends[0], data, sizeof(data), 0);
}
static long do_peek(void)
{
	return recv(ends[0], data, sizeof(data), MSG_PEEK);
}
static long do_recvfrom(void)
{
	return recvfrom(ends[0], data, sizeof(data), 0, NULL, NULL);
}
static long do_recvmsg(void)
{
	return recvmsg(ends[0], &message, 0);
}
static long do_recvmmsg(void)
{
	return recvmmsg(ends[0], &messages, 1, 0, NULL);
}
static long do_write(void)
{
	return write(ends[0], data, sizeof(data));
}
static long do_writev(void)
{
	return writev(ends[0], &piece, 1);
}
static long do_send(void)
{
	return send(ends[0], data, sizeof(data), 0);
}
static long do_sendto(void)
{
	return sendto(ends[0], data, sizeof(data), 0, NULL, 0);
}
static long do_sendmsg(void)
{
	return sendmsg(ends[0], &message, 0);
}
static long do_sendmmsg(void)
{
	return sendmmsg(ends[0], &messages, 1, 0);
}
static long do_sendfile(void)
{
	return sendfile(ends[0], file, NULL, sizeof(data));
}
static long do_accept(void)
{
	return accept(listener, NULL, NULL);
}
static long do_accept4(void)
{
	return accept4(listener, NULL, NULL, SOCK_CLOEXEC);
}
static long do_connect(void)
{
	return connect(ends[0], AT(there));
}
static long do_poll(void)
{
	struct pollfd ready = {ends[0], POLLIN, 0};

	return poll(&ready, 1, -1);
}
static long do_ppoll(void)
{
	struct pollfd ready = {ends[0], POLLIN, 0};

	return ppoll(&ready, 1, NULL, NULL);
}
static long do_select(void)
{
	fd_set in;

	FD_ZERO(&in);
	FD_SET(ends[0], &in);
	return select(ends[0] + 1, &in, NULL, NULL, NULL);
}
static long do_pselect(void)
{
	fd_set in;

	FD_ZERO(&in);
	FD_SET(ends[0], &in);
	return pselect(ends[0] + 1, &in, NULL, NULL, NULL, NULL);
}
static long do_epoll_wait(void)
{
	return epoll_wait(epoll, &event, 1, -1);
}
static long do_epoll_pwait(void)
{
	return epoll_pwait(epoll, &event, 1, -1, NULL);
}
static long do_epoll_pwait2(void)
{
	return epoll_pwait2(epoll, &event, 1, NULL, NULL);
}

static const struct wait {
	const char *name;
	void (*prepare)(int port);
	long (*call)(void);
	/* It is no cancellation point, and may have done something when it is begun again. */
	bool goes_on;
} waits[] = {
	{"read", an_empty_connection, do_read},
	{"readv", an_empty_connection, do_readv},
	{"recv", an_empty_connection, do_recv},
	{"recv with MSG_PEEK", an_empty_connection, do_peek},
	{"recvfrom", an_empty_connection, do_recvfrom},
	{"recvmsg", an_empty_connection, do_recvmsg},
	{"recvmmsg", an_empty_connection, do_recvmmsg},
	{"recv of a datagram", a_datagram, do_recv},
	{"recvmmsg of a datagram", a_datagram, do_recvmmsg},
	{"recv of a raw packet", a_raw_packet, do_recv},
	{"recv of a frame", a_frame, do_recv},
	{"recv of a netlink message", a_netlink_message, do_recv},
	{"write", a_full_connection, do_write},
	{"writev", a_full_connection, do_writev},
	{"send", a_full_connection, do_send},
	{"sendto", a_full_connection, do_sendto},
	{"sendmsg", a_full_connection, do_sendmsg},
	{"sendmmsg", a_full_connection, do_sendmmsg},
	{"sendfile", a_full_connection, do_sendfile, true},
	{"accept", a_client, do_accept},
	{"accept4", a_client, do_accept4},
	{"connect", room_in_a_queue, do_connect},
	{"poll", an_empty_connection, do_poll},
	{"ppoll", an_empty_connection, do_ppoll},
	{"select", an_empty_connection, do_select},
	{"pselect", an_empty_connection, do_pselect},
	{"epoll_wait", an_event, do_epoll_wait},
	{"epoll_pwait", an_event, do_epoll_pwait},
	{"epoll_pwait2", an_event, do_epoll_pwait2},
};

enum { WAITS = sizeof(waits) / sizeof(*waits) };

/* ---- what happens to them ---- */

static volatile sig_atomic_t caught;

static void catch (int flags);

static void handler(int signal)
{
	/* The next one comes without SA_RESTART, and ends it in any case. */
	caught++;
	catch (0);
}

static void catch (int flags)
{
	struct sigaction action = {.sa_handler = handler, .sa_flags = flags};
	struct itimerval soon = {.it_value.tv_usec = MOMENT};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
}

static void interrupted(const struct wait *wait, int flags)
{
	struct itimerval never = {0};
	long result;

	caught = 0;
	catch (flags);
	result = wait->call();
	setitimer(ITIMER_REAL, &never, NULL);
	printf("%s %s SA_RESTART: %s after %d\n", wait->name, flags ? "with" : "without",
	       result < 0 ? strerrorname_np(errno) : "something", caught);
}

static bool cleaned;
static volatile bool returned;

static void nothing(int signal) {}

static void clean(void *unused)
{
	cleaned = true;
}

static void *wait_here(void *wait)
{
	long result = -1;

	pthread_cleanup_push(clean, NULL);
	result = ((const struct wait *)wait)->call();
	pthread_cleanup_pop(0);
	return (void *)result;
}

static void *cancel_yourself(void *wait)
{
	pthread_cancel(pthread_self());
	return wait_here(wait);
}

static void *wait_patiently(void *wait)
{
	void *result;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, NULL);
	pthread_cancel(pthread_self());
	result = wait_here(wait);
	returned = true;
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, NULL);
	pthread_testcancel();
	return result;
}

static void end_of(pthread_t thread, const char *name, const char *when)
{
	void *result;

	pthread_join(thread, &result);
	printf("%s, cancelled %s: %s, %s\n", name, when,
	       result == PTHREAD_CANCELED ? "ended" : "returned",
	       cleaned ? "cleaned up" : "not cleaned up");
	cleaned = false;
}

static void cancelled(const struct wait *wait)
{
	pthread_t thread;

	pthread_create(&thread, NULL, wait_here, (void *)wait);
	usleep(MOMENT);
	pthread_cancel(thread);
	end_of(thread, wait->name, "while it waits");
	pthread_create(&thread, NULL, cancel_yourself, (void *)wait);
	end_of(thread, wait->name, "before");
}

/* A thread that does not want to be cancelled is not, until it wants to. */
static void not_cancelled(const struct wait *wait)
{
	struct sigaction action = {.sa_handler = nothing};
	pthread_t thread;

	sigaction(SIGUSR1, &action, NULL);
	returned = false;
	pthread_create(&thread, NULL, wait_patiently, (void *)wait);
	/* A signal that comes too early has no effect. */
	while (!returned) {
		usleep(MOMENT);
		pthread_kill(thread, SIGUSR1);
	}
	end_of(thread, wait->name, "against its will");
}

static void do_all(const struct wait *wait, int port)
{
	wait->prepare(port);
	interrupted(wait, 0);
	if (!wait->goes_on) {
		interrupted(wait, SA_RESTART);
		cancelled(wait);
		not_cancelled(wait);
	}
}

/* All at once, each in a process of its own. */
int main(void)
{
	FILE *output[WAITS];
	char line[256];

	for (int i = 0; i < WAITS; i++) {
		int ends[2];

		if (pipe(ends))
			return 1;
		if (fork() == 0) {
			dup2(ends[1], 1);
			close(ends[0]);
			close(ends[1]);
			do_all(&waits[i], 7100 + i);
			exit(0);
		}
		close(ends[1]);
		output[i] = fdopen(ends[0], "r");
	}
	for (int i = 0; i < WAITS; i++) {
		while (fgets(line, sizeof(line), output[i]))
			fputs(line, stdout);
		fclose(output[i]);
	}
	while (wait(NULL) > 0)
		;
	return done();
}

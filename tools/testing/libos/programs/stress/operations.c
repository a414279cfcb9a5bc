// SPDX-License-Identifier: GPL-2.0
/* What a thread may do. Each operation leaves nothing open. */

#include <netinet/tcp.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

#include "stress.h"

#define AT(address) (struct sockaddr *)&(address), sizeof(address)

static int stream_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | (below(2) ? SOCK_CLOEXEC : 0), 0);

	if (fd < 0)
		fail("socket: %s", strerror(errno));
	return fd;
}

/* Some end without good manners. */
static void end(int fd)
{
	struct linger at_once = {.l_onoff = 1};

	switch (below(4)) {
	case 0:
		setsockopt(fd, SOL_SOCKET, SO_LINGER, &at_once, sizeof(at_once));
		break;
	case 1:
		shutdown(fd, SHUT_WR);
		break;
	}
	close(fd);
}

/* ---- TCP ---- */

static int connect_waiting(int fd, const struct sockaddr_in *there)
{
	return connect(fd, (const struct sockaddr *)there, sizeof(*there)) ? errno : 0;
}

static int connect_later(int fd, const struct sockaddr_in *there)
{
	int error = 0, flags = fcntl(fd, F_GETFL);
	socklen_t length = sizeof(error);

	fcntl(fd, F_SETFL, flags | O_NONBLOCK);
	error = connect_waiting(fd, there);
	if (error == EINPROGRESS) {
		await(fd, false);
		getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length);
	}
	fcntl(fd, F_SETFL, flags);
	return error;
}

static void talk_to(const struct sockaddr_in *there)
{
	int fd = stream_socket(), one = 1;
	int error = below(2) ? connect_waiting(fd, there) : connect_later(fd, there);

	if (!error) {
		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof(one));
		exchange(fd, 1 + below(8));
	} else if (!is_end(error)) {
		fail("connect: %s", strerror(error));
	}
	end(fd);
}

static void talk_to_a_worker(void)
{
	step("talks to a worker");
	talk_to(&lo_tcp);
}

static void talk_to_the_peer(void)
{
	step("talks to the peer");
	talk_to(&peer_tcp);
}

/* Both ends of a connection, made here. */
static bool tcp_pair(int ends[2])
{
	struct sockaddr_in here = {.sin_family = AF_INET,
				   .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof(here);
	int waits = stream_socket();

	if (bind(waits, AT(here)) || listen(waits, 1) ||
	    getsockname(waits, (struct sockaddr *)&here, &length))
		fail("listen: %s", strerror(errno));
	ends[0] = stream_socket();
	if (connect(ends[0], AT(here)))
		fail("connect to itself: %s", strerror(errno));
	ends[1] = accept4(waits, NULL, NULL, below(2) ? SOCK_CLOEXEC : 0);
	if (ends[1] < 0)
		fail("accept: %s", strerror(errno));
	close(waits);
	return true;
}

static void talk_to_itself(void)
{
	int ends[2];

	step("talks to itself");
	tcp_pair(ends);
	for (int i = below(5); i >= 0; i--)
		if (!through(ends[i & 1], ends[~i & 1], false))
			fail("a connection to itself ended");
	end(ends[0]);
	end(ends[1]);
}

/* ---- UDP ---- */

static void udp_pair(int ends[2])
{
	struct sockaddr_in at[2];
	socklen_t length = sizeof(at[0]);

	for (int i = 0; i < 2; i++) {
		at[i] = (struct sockaddr_in){.sin_family = AF_INET,
					     .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
		ends[i] = socket(AF_INET, SOCK_DGRAM, 0);
		if (ends[i] < 0 || bind(ends[i], AT(at[i])) ||
		    getsockname(ends[i], (struct sockaddr *)&at[i], &length))
			fail("a UDP socket: %s", strerror(errno));
	}
	for (int i = 0; i < 2; i++)
		if (connect(ends[i], AT(at[!i])))
			fail("connect: %s", strerror(errno));
}

static void datagrams_on_lo(void)
{
	int ends[2];

	step("sends datagrams on lo");
	udp_pair(ends);
	for (int i = below(8); i >= 0; i--)
		if (!through(ends[i & 1], ends[~i & 1], true))
			fail("a datagram was refused");
	close(ends[0]);
	close(ends[1]);
}

/* Datagrams may get lost on the way, and answers come late. */
static void datagrams_to_the_peer(void)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct pollfd ready = {.fd = fd, .events = POLLIN};
	uint64_t out[8], in[8];

	step("sends datagrams to the peer");
	for (int i = 0; i < 8; i++)
		out[i] = next_random();
	for (int i = 0; i < 200 && !shared->stops; i++) {
		if (sendto(fd, out, sizeof(out), 0, AT(peer_udp)) < 0)
			fail("sendto: %s", strerror(errno));
		if (poll(&ready, 1, 200) == 0)
			continue;
		if (recv(fd, in, sizeof(in), 0) != sizeof(in) || memcmp(in, out, sizeof(in)))
			fail("a datagram came back changed");
		break;
	}
	close(fd);
}

/* ---- the host's descriptors, beside the library's ---- */

static void unix_sockets(void)
{
	static const int kinds[] = {SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET};
	int ends[2], kind = kinds[below(3)];

	step("uses unix sockets");
	if (socketpair(AF_UNIX, kind, 0, ends))
		fail("socketpair: %s", strerror(errno));
	for (int i = below(4); i >= 0; i--)
		if (!through(ends[i & 1], ends[~i & 1], true))
			fail("a unix socket ended");
	close(ends[0]);
	close(ends[1]);
}

enum { SOURCES = 5 };

/* Descriptors of both kinds, of which each has something to read after `stir`. */
static void make_sources(int from[SOURCES], int to[SOURCES])
{
	int ends[2];

	tcp_pair(ends);
	from[0] = ends[0], to[0] = ends[1];
	udp_pair(ends);
	from[1] = ends[0], to[1] = ends[1];
	if (pipe(ends))
		fail("pipe: %s", strerror(errno));
	from[2] = ends[0], to[2] = ends[1];
	from[3] = to[3] = eventfd(0, EFD_NONBLOCK);
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, ends))
		fail("socketpair: %s", strerror(errno));
	from[4] = ends[0], to[4] = ends[1];
}

static void close_sources(int from[SOURCES], int to[SOURCES])
{
	for (int i = 0; i < SOURCES; i++) {
		close(from[i]);
		if (to[i] != from[i])
			close(to[i]);
	}
}

static void stir(const int to[SOURCES], unsigned int which)
{
	uint64_t bytes = 1;

	for (int i = 0; i < SOURCES; i++)
		if (which >> i & 1 && write(to[i], &bytes, sizeof(bytes)) != sizeof(bytes))
			fail("write to source %d: %s", i, strerror(errno));
}

static void drain(const int from[SOURCES], unsigned int which)
{
	uint64_t bytes;

	for (int i = 0; i < SOURCES; i++)
		if (which >> i & 1 && read(from[i], &bytes, sizeof(bytes)) != sizeof(bytes))
			fail("read from source %d: %s", i, strerror(errno));
}

/* All of what was written to is ready in the end, and nothing else ever. */
static void collect(int epoll, unsigned int expected)
{
	unsigned int seen = 0;

	while (seen != expected) {
		struct epoll_event events[SOURCES];
		int n = epoll_wait(epoll, events, 1 + below(SOURCES), -1);

		if (n < 1)
			fail("epoll_wait: %s", strerror(errno));
		for (int i = 0; i < n; i++)
			seen |= 1u << events[i].data.u32;
		if (seen & ~expected)
			fail("epoll saw %#x where %#x was expected", seen, expected);
	}
}

static void epoll_of_many(void)
{
	int from[SOURCES], to[SOURCES], epoll = epoll_create1(EPOLL_CLOEXEC);
	unsigned int edge = below(2) ? EPOLLET : 0;

	step("waits for many by epoll");
	make_sources(from, to);
	for (unsigned int i = 0; i < SOURCES; i++) {
		struct epoll_event event = {.events = EPOLLIN | edge, .data.u32 = i};

		if (epoll_ctl(epoll, EPOLL_CTL_ADD, from[i], &event))
			fail("epoll_ctl of source %u: %s", i, strerror(errno));
	}
	for (int i = below(4); i >= 0; i--) {
		unsigned int which = 1 + below((1 << SOURCES) - 1);

		stir(to, which);
		collect(epoll, which);
		drain(from, which);
	}
	/* It may be closed before what it watches. */
	if (below(2)) {
		close(epoll);
		close_sources(from, to);
	} else {
		close_sources(from, to);
		close(epoll);
	}
}

static void poll_of_many(void)
{
	int from[SOURCES], to[SOURCES];
	struct pollfd files[SOURCES];
	unsigned int which = 1 + below((1 << SOURCES) - 1), seen = 0;

	step("waits for many by poll");
	make_sources(from, to);
	stir(to, which);
	for (int i = 0; i < SOURCES; i++)
		files[i] = (struct pollfd){.fd = from[i], .events = POLLIN};
	while (seen != which) {
		if (poll(files, SOURCES, -1) < 1)
			fail("poll: %s", strerror(errno));
		for (int i = 0; i < SOURCES; i++)
			seen |= files[i].revents & POLLIN ? 1u << i : 0;
		if (seen & ~which)
			fail("poll saw %#x where %#x was expected", seen, which);
	}
	close_sources(from, to);
}

/* A timer of the host ends the wait for a socket. */
static void timer_beside_a_socket(void)
{
	struct itimerspec soon = {.it_value.tv_nsec = 1000000 * (1 + below(5))};
	int ends[2], timer = timerfd_create(CLOCK_MONOTONIC, 0);
	uint64_t times;

	step("waits for a timer");
	tcp_pair(ends);
	timerfd_settime(timer, 0, &soon, NULL);
	struct pollfd files[] = {{.fd = ends[0], .events = POLLIN},
				 {.fd = timer, .events = POLLIN}};
	if (poll(files, 2, -1) != 1 || files[0].revents || !files[1].revents)
		fail("a timer did not end a wait");
	if (read(timer, &times, sizeof(times)) != sizeof(times) || times != 1)
		fail("a timer: %s", strerror(errno));
	close(timer);
	end(ends[0]);
	end(ends[1]);
}

/* ---- copies of descriptors ---- */

static int copy(int fd)
{
	switch (below(3)) {
	case 0:
		return dup(fd);
	case 1:
		return fcntl(fd, below(2) ? F_DUPFD : F_DUPFD_CLOEXEC, below(300));
	default:
		/* Over something that was there. */
		int other = below(2) ? open("/dev/null", O_RDONLY) : stream_socket();

		return dup3(fd, other, below(2) ? O_CLOEXEC : 0);
	}
}

/* The connection is there as long as one copy is, and ends with the last. */
static void copies(void)
{
	int ends[2], count = 1 + below(4), open[5];
	char byte;

	step("copies descriptors");
	tcp_pair(ends);
	open[0] = ends[0];
	for (int i = 1; i <= count; i++) {
		open[i] = copy(open[below(i)]);
		if (open[i] < 0)
			fail("a copy: %s", strerror(errno));
	}
	for (int left = count + 1; left > 0; left--) {
		int one = below(left);

		if (!through(open[one], ends[1], false))
			fail("a connection ended with a copy of its descriptor");
		close(open[one]);
		open[one] = open[left - 1];
	}
	if (recv(ends[1], &byte, 1, 0) != 0)
		fail("a connection did not end with the last descriptor");
	close(ends[1]);
}

/* ---- children ---- */

int continue_as_child(int fd)
{
	char bytes[4096];
	long n = recv(fd, bytes, sizeof(bytes), 0);

	return n > 0 && send(fd, bytes, n, MSG_NOSIGNAL) == n ? 7 : 1;
}

static void be_child(int fd, bool execute)
{
	char number[16];

	if (execute) {
		snprintf(number, sizeof(number), "%d", fd);
		fcntl(fd, F_SETFD, 0);
		execl("/proc/self/exe", "stress", "child", number, NULL);
		_exit(9);
	}
	/* Two that had each other's far ends would wait for each other, were the parent killed. */
	if ((fd > 3 && close_range(3, fd - 1, 0)) || close_range(fd + 1, ~0U, 0))
		fail("close_range: %s", strerror(errno));
	_exit(continue_as_child(fd));
}

/* A child has the connection that its parent had; sometimes it becomes another program. */
static void child(void)
{
	int ends[2], status = 0;
	bool execute = below(3) == 0;
	char out[100], in[100];

	if (atomic_fetch_add(&shared->children, 1) >= CHILDREN) {
		atomic_fetch_sub(&shared->children, 1);
		return;
	}
	step("has a child");
	tcp_pair(ends);
	pid_t pid = fork();
	if (!pid) {
		/* Should the parent be killed, the child sees the end. */
		close(ends[0]);
		be_child(ends[1], execute);
	}
	if (pid < 0)
		fail("fork: %s", strerror(errno));
	close(ends[1]);
	for (size_t i = 0; i < sizeof(out); i++)
		out[i] = next_random();
	if (send(ends[0], out, sizeof(out), MSG_NOSIGNAL) != sizeof(out) ||
	    recv(ends[0], in, sizeof(in), MSG_WAITALL) != sizeof(in))
		fail("a child (%s) did not answer: %s", execute ? "executed" : "forked",
		     strerror(errno));
	if (memcmp(in, out, sizeof(in)))
		fail("a child changed what it echoed");
	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status) || WEXITSTATUS(status) != 7)
		fail("a child ended with %#x", status);
	close(ends[0]);
	atomic_fetch_sub(&shared->children, 1);
}

/* ---- descriptors sent to others ---- */

static void send_descriptor(int to, int fd)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	struct iovec byte = {"x", 1};
	struct msghdr message = {.msg_iov = &byte,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);

	*header = (struct cmsghdr){.cmsg_level = SOL_SOCKET,
				   .cmsg_type = SCM_RIGHTS,
				   .cmsg_len = CMSG_LEN(sizeof(int))};
	memcpy(CMSG_DATA(header), &fd, sizeof(fd));
	if (sendmsg(to, &message, 0) != 1)
		fail("sendmsg of a descriptor: %s", strerror(errno));
}

static int receive_descriptor(int from)
{
	union {
		char room[CMSG_SPACE(sizeof(int))];
		struct cmsghdr align;
	} control = {0};
	char byte;
	struct iovec piece = {&byte, 1};
	struct msghdr message = {.msg_iov = &piece,
				 .msg_iovlen = 1,
				 .msg_control = &control,
				 .msg_controllen = sizeof(control)};
	int fd = -1;

	if (recvmsg(from, &message, MSG_CMSG_CLOEXEC) != 1 || !CMSG_FIRSTHDR(&message))
		fail("recvmsg of a descriptor: %s", strerror(errno));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&message)), sizeof(fd));
	return fd;
}

static void pass(void)
{
	int way[2], ends[2];

	step("passes a descriptor");
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, way) || pipe(ends))
		fail("socketpair: %s", strerror(errno));
	send_descriptor(way[0], ends[0]);
	close(ends[0]);
	ends[0] = receive_descriptor(way[1]);
	if (!through(ends[1], ends[0], true))
		fail("a descriptor that was passed has ended");
	for (int i = 0; i < 2; i++) {
		close(way[i]);
		close(ends[i]);
	}
}

/* ---- threads ---- */

static void *wait_for_the_end(void *fd)
{
	char byte;

	return (void *)recv((long)fd, &byte, 1, 0);
}

/* Another thread waits; it is woken by a shutdown, or cancelled. */
static void another_thread(void)
{
	pthread_t thread;
	void *result;
	int ends[2];
	bool cancel = below(2);

	step("has another thread wait");
	tcp_pair(ends);
	if (pthread_create(&thread, NULL, wait_for_the_end, (void *)(long)ends[0]))
		fail("pthread_create failed");
	if (below(2))
		usleep(below(1000));
	if (cancel)
		pthread_cancel(thread);
	else
		shutdown(ends[0], SHUT_RDWR);
	pthread_join(thread, &result);
	if (result != (cancel ? PTHREAD_CANCELED : NULL))
		fail("a thread that waited ended with %p", result);
	end(ends[0]);
	end(ends[1]);
}

/* ---- questions ---- */

static void ask(void)
{
	static const char *const files[] = {"/proc/net/tcp", "/proc/net/sockstat", "/proc/net/dev",
					    "/proc/sys/net/ipv4/tcp_congestion_control"};
	char text[512];
	int ends[2], waits = -1, fd = open(files[below(4)], O_RDONLY);

	step("asks");
	if (fd < 0 || read(fd, text, sizeof(text)) <= 0)
		fail("a file of the network: %s", strerror(errno));
	close(fd);
	tcp_pair(ends);
	if (!write(ends[1], text, 10) || ioctl(ends[0], FIONREAD, &waits) || waits < 0 ||
	    waits > 10)
		fail("FIONREAD: %d, %s", waits, strerror(errno));
	end(ends[0]);
	end(ends[1]);
}

void any_operation(void)
{
	static void (*const operations[])(void) = {
		talk_to_a_worker,
		talk_to_a_worker,
		talk_to_a_worker,
		talk_to_itself,
		datagrams_on_lo,
		unix_sockets,
		epoll_of_many,
		epoll_of_many,
		poll_of_many,
		copies,
		child,
		pass,
		another_thread,
		ask,
		timer_beside_a_socket,
	};
	static void (*const of_peer[])(void) = {talk_to_the_peer, datagrams_to_the_peer};

	if (has_peer && below(4) == 0)
		of_peer[below(2)]();
	else
		operations[below(sizeof(operations) / sizeof(operations[0]))]();
}

// SPDX-License-Identifier: GPL-2.0
/*
 * More data in sockets than there is memory, several times over. What fails, fails with an error;
 * afterwards all goes on.
 */

#include <poll.h>
#include <sys/epoll.h>
#include <sys/resource.h>

#include "../say.h"

enum { MOST = 6000, ROUNDS = 3, BUFFER = 4 << 20 };

static int made[MOST], count, refused;
static char data[65536];

static void expect(const char *call)
{
	switch (errno) {
	case ENOMEM:
	case ENOBUFS:
	case EAGAIN:
	case EMFILE:
	case ENFILE:
	case EINPROGRESS:
	case ECONNREFUSED:
	case ECONNRESET:
	case ECONNABORTED:
	case EPIPE:
	case ETIMEDOUT:
		refused++;
		return;
	}
	printf("%s: unexpected %s\n", call, strerrorname_np(errno));
}

static int keep(int fd)
{
	if (fd >= 0)
		made[count++] = fd;
	return fd;
}

static void fill(int fd)
{
	int size = BUFFER;

	setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size, sizeof(size));
	while (send(fd, data, sizeof(data), MSG_DONTWAIT | MSG_NOSIGNAL) > 0)
		;
	expect("send");
}

static void stream(int listener, int port)
{
	struct sockaddr_in there = loopback(port);
	struct pollfd ready = {.events = POLLIN};
	int size = BUFFER, fd = keep(socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0));

	if (fd < 0)
		return expect("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (connect(fd, AT(there)) && errno != EINPROGRESS)
		return expect("connect");
	ready.fd = listener;
	if (poll(&ready, 1, 20) == 1) {
		int other = keep(accept(listener, NULL, NULL));

		if (other < 0)
			return expect("accept");
		fill(other);
	}
	fill(fd);
}

static void datagrams(void)
{
	struct sockaddr_in here = loopback(0);
	socklen_t length = sizeof(here);
	int size = BUFFER, fd = keep(socket(AF_INET, SOCK_DGRAM, 0));

	if (fd < 0)
		return expect("socket");
	setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size));
	if (bind(fd, AT(here)) || getsockname(fd, (struct sockaddr *)&here, &length))
		return expect("bind");
	for (int i = 0; i < 200; i++)
		if (sendto(fd, data, 60000, MSG_DONTWAIT, AT(here)) < 0)
			return expect("sendto");
}

static void watched(void)
{
	struct epoll_event event = {.events = EPOLLIN};
	int epoll = keep(epoll_create1(0));

	if (epoll < 0)
		return expect("epoll_create1");
	for (int i = 0; i < count - 1; i += 7)
		if (epoll_ctl(epoll, EPOLL_CTL_ADD, made[i], &event) && errno != ELOOP)
			return expect("epoll_ctl");
}

/* Until much has been refused. */
static void exhaust(int port)
{
	int listener = keep(listening(port));

	fcntl(listener, F_SETFL, O_NONBLOCK);
	refused = 0;
	for (int i = 0; count < MOST - 8 && i < 300; i++) {
		stream(listener, port);
		datagrams();
		if (i % 16 == 0)
			watched();
	}
	IS(refused > 100);
	while (count > 0)
		close(made[--count]);
}

/* A connection works, with data both ways. */
static bool works(int port)
{
	char text[8];
	int ends[2];
	bool all;

	tcp_pair(port, ends);
	all = send(ends[0], "there", 5, 0) == 5 && recv(ends[1], text, 5, MSG_WAITALL) == 5 &&
	      send(ends[1], "back", 4, 0) == 4 && recv(ends[0], text, 4, MSG_WAITALL) == 4;
	close(ends[0]);
	close(ends[1]);
	return all;
}

int main(void)
{
	struct rlimit limit;

	getrlimit(RLIMIT_NOFILE, &limit);
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
	memset(data, 'x', sizeof(data));
	for (int round = 0; round < ROUNDS; round++) {
		exhaust(7001 + round);
		IS(works(7101 + round));
	}
	return done();
}

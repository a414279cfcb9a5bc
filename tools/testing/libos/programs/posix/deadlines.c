// SPDX-License-Identifier: GPL-2.0
/* What TCP and UDP give up waiting for, and when; and the ways to shut a connection down. */

#include <linux/filter.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/time.h>

#include "say.h"
#include "took.h"

/* TCP's own times are in ticks and have a spread: to be compared roughly. */
static void about(const char *what, long ms)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	long passed = (now.tv_sec - begun.tv_sec) * 1000 + (now.tv_nsec - begun.tv_nsec) / 1000000;

	printf("%s: %s\n", what,
	       passed > ms * 9 / 10 && passed < ms * 2 + 1000 ? "about in time" : "not in time");
	begin();
}

/* Nothing comes to a socket any more: as if the other side, or the network, were gone. */
static void deafen(int fd)
{
	struct sock_filter none = BPF_STMT(BPF_RET | BPF_K, 0);
	struct sock_fprog program = {1, &none};

	SAY(setsockopt(fd, SOL_SOCKET, SO_ATTACH_FILTER, &program, sizeof(program)));
}

static void set(int fd, int level, int option, int value)
{
	if (setsockopt(fd, level, option, &value, sizeof(value)))
		OK(-1);
}

static void soon(int fd, int option, int ms)
{
	struct timeval timeout = {ms / 1000, ms % 1000 * 1000};

	SAY(setsockopt(fd, SOL_SOCKET, option, &timeout, sizeof(timeout)));
}

static int pending(int fd)
{
	int error = -1;
	socklen_t len = sizeof(error);

	getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len);
	return error;
}

static void connects(void)
{
	struct sockaddr_in there = loopback(7001);
	int listener, fd = socket(AF_INET, SOCK_STREAM, 0);

	printf("connects\n");
	SAY(connect(fd, AT(there)));
	close(fd);
	listener = listening(7001);
	deafen(listener);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	soon(fd, SO_SNDTIMEO, 200);
	begin();
	SAY(connect(fd, AT(there)));
	about("its own patience", 200);
	SAY(connect(fd, AT(there)));
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	set(fd, IPPROTO_TCP, TCP_SYNCNT, 1);
	begin();
	SAY(connect(fd, AT(there)));
	about("TCP's, after two tries", 3000);
	close(fd);
	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	SAY(connect(fd, AT(there)));
	struct pollfd ready = {fd, POLLOUT, 0};
	SAY(poll(&ready, 1, 100));
	close(fd);
	close(listener);
	there.sin_addr.s_addr = htonl(0x0a000001);
	fd = socket(AF_INET, SOCK_STREAM, 0);
	SAY(connect(fd, AT(there)));
	close(fd);
}

static void silence(void)
{
	int ends[2];
	char text[8];

	printf("data that nobody acknowledges\n");
	tcp_pair(7002, ends);
	set(ends[0], IPPROTO_TCP, TCP_USER_TIMEOUT, 1000);
	deafen(ends[1]);
	begin();
	SAY(send(ends[0], "lost", 4, 0));
	SAY(recv(ends[0], text, sizeof(text), 0));
	about("user timeout", 1000);
	SAY(send(ends[0], "more", 4, MSG_NOSIGNAL));
	close(ends[0]);
	close(ends[1]);
	printf("probes that nobody answers\n");
	tcp_pair(7003, ends);
	set(ends[0], IPPROTO_TCP, TCP_KEEPIDLE, 1);
	set(ends[0], IPPROTO_TCP, TCP_KEEPINTVL, 1);
	set(ends[0], IPPROTO_TCP, TCP_KEEPCNT, 2);
	set(ends[0], SOL_SOCKET, SO_KEEPALIVE, 1);
	deafen(ends[1]);
	begin();
	SAY(recv(ends[0], text, sizeof(text), 0));
	about("three seconds without an answer", 3000);
	close(ends[0]);
	close(ends[1]);
}

static void lingering(void)
{
	struct linger wait = {1, 1}, drop = {1, 0};
	int ends[2];
	char text[8];

	printf("lingering\n");
	tcp_pair(7004, ends);
	SAY(setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &wait, sizeof(wait)));
	deafen(ends[1]);
	SAY(send(ends[0], "unheard", 7, 0));
	begin();
	SAY(close(ends[0]));
	about("for a second", 1000);
	close(ends[1]);
	tcp_pair(7005, ends);
	SAY(setsockopt(ends[0], SOL_SOCKET, SO_LINGER, &drop, sizeof(drop)));
	begin();
	SAY(close(ends[0]));
	took("not at all", 0);
	SAY(recv(ends[1], text, sizeof(text), 0));
	close(ends[1]);
}

/* Each way, seen from both sides. */
static void shutdowns(void)
{
	static const char *const names[] = {"SHUT_RD", "SHUT_WR", "SHUT_RDWR"};
	char text[8];
	int ends[2];

	for (int how = SHUT_RD; how <= SHUT_RDWR; how++) {
		printf("%s\n", names[how]);
		tcp_pair(7006 + how, ends);
		SAY(shutdown(ends[0], how));
		SAY(shutdown(ends[0], how));
		struct pollfd own = {ends[0], POLLIN | POLLOUT | POLLRDHUP, 0};
		poll(&own, 1, 100);
		IS(own.revents & POLLRDHUP);
		IS(own.revents & POLLHUP);
		SAY(send(ends[0], "own", 3, MSG_NOSIGNAL));
		soon(ends[1], SO_RCVTIMEO, 100);
		SAY(recv(ends[1], text, sizeof(text), 0));
		SAY(send(ends[1], "other", 5, MSG_NOSIGNAL));
		SAY(recv(ends[0], text, sizeof(text), MSG_DONTWAIT));
		close(ends[0]);
		close(ends[1]);
	}
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	SAY(shutdown(fd, SHUT_WR));
	close(fd);
	/* One that listens wakes who waits for a connection. */
	int listener = listening(7010);
	SAY(shutdown(listener, SHUT_RD));
	SAY(accept(listener, NULL, NULL));
	close(listener);
}

static void datagrams(void)
{
	struct sockaddr none = {.sa_family = AF_UNSPEC};
	struct sockaddr_in there = loopback(7012);
	int one = bound(SOCK_DGRAM, 7011), fd = connected(SOCK_DGRAM, 7011);
	char text[8];

	printf("datagrams\n");
	soon(one, SO_RCVTIMEO, 100);
	begin();
	SAY(recv(one, text, sizeof(text), 0));
	about("nothing comes", 100);
	SAY(shutdown(one, SHUT_RD));
	SAY(shutdown(fd, SHUT_WR));
	SAY(send(fd, "x", 1, MSG_NOSIGNAL));
	SAY(shutdown(fd, SHUT_RD));
	SAY(recv(fd, text, sizeof(text), 0));
	close(fd);
	close(one);
	/* Nobody is there: the next call is told. */
	fd = socket(AF_INET, SOCK_DGRAM, 0);
	SAY(sendto(fd, "x", 1, 0, AT(there)));
	usleep(10000);
	SAY(recv(fd, text, sizeof(text), MSG_DONTWAIT));
	SAY(connect(fd, AT(there)));
	SAY(send(fd, "x", 1, 0));
	usleep(10000);
	printf("pending: %s\n", strerrorname_np(pending(fd)));
	SAY(send(fd, "x", 1, 0));
	usleep(10000);
	SAY(recv(fd, text, sizeof(text), 0));
	SAY(connect(fd, &none, sizeof(none)));
	SAY(send(fd, "x", 1, 0));
	close(fd);
}

int main(void)
{
	connects();
	silence();
	lingering();
	shutdowns();
	datagrams();
	return done();
}

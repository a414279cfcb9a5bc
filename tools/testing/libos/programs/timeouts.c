// SPDX-License-Identifier: GPL-2.0
/* SO_RCVTIMEO and SO_SNDTIMEO: a call that waits gives up in time. */

#include <sys/time.h>
#include <time.h>

#include "say.h"

static long milliseconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void set(int fd, int option, int time)
{
	struct timeval timeout = {time / 1000, time % 1000 * 1000};

	SAY(setsockopt(fd, SOL_SOCKET, option, &timeout, sizeof(timeout)));
}

int main(void)
{
	static char data[1 << 16];
	struct timeval got = {-1, -1};
	socklen_t len = sizeof(got);
	int ends[2], datagrams = bound(SOCK_DGRAM, 7002), listener = listening(7003);
	long before, passed, n;

	tcp_pair(7001, ends);
	set(ends[0], SO_RCVTIMEO, 120);
	SAY(getsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &got, &len));
	printf("%ld s %ld us\n", got.tv_sec, got.tv_usec);
	before = milliseconds();
	SAY(recv(ends[0], data, sizeof(data), 0));
	passed = milliseconds() - before;
	IS(passed >= 115);
	/* What is there is not waited for, and what comes in time is received. */
	SAY(send(ends[1], "abc", 3, 0));
	SAY(recv(ends[0], data, sizeof(data), 0));
	/* All that came until then. */
	SAY(send(ends[1], "abc", 3, 0));
	SAY(recv(ends[0], data, 10, MSG_WAITALL));

	set(datagrams, SO_RCVTIMEO, 60);
	before = milliseconds();
	SAY(recv(datagrams, data, sizeof(data), 0));
	passed = milliseconds() - before;
	IS(passed >= 55);
	set(listener, SO_RCVTIMEO, 60);
	SAY(accept(listener, NULL, NULL));

	/* Nobody reads: there is room for so much only. */
	set(ends[0], SO_SNDTIMEO, 60);
	while ((n = send(ends[0], data, sizeof(data), 0)) > 0)
		;
	SAY(n);

	set(ends[0], SO_RCVTIMEO, 0);
	struct timeval wrong = {0, 2000000};
	SAY(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &wrong, sizeof(wrong)));
	SAY(setsockopt(ends[0], SOL_SOCKET, SO_RCVTIMEO, &wrong, 4));
	return done();
}

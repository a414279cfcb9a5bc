// SPDX-License-Identifier: GPL-2.0
/* poll(2) of a socket, a pipe and a timer. */

#include <poll.h>
#include <signal.h>
#include <time.h>

#include "sources.h"

enum { SOCKET, PIPE, TIMER, COUNT };

static void look(struct pollfd *all, int timeout)
{
	static const char *name[] = {"socket", "pipe", "timer"};

	SAY(poll(all, COUNT, timeout));
	for (int i = 0; i < COUNT; i++)
		if (all[i].revents)
			printf("  %s: %s%s%s%s%s\n", name[i], all[i].revents & POLLIN ? "IN " : "",
			       all[i].revents & POLLOUT ? "OUT " : "",
			       all[i].revents & POLLHUP ? "HUP " : "",
			       all[i].revents & POLLRDHUP ? "RDHUP " : "",
			       all[i].revents & POLLNVAL ? "NVAL " : "");
}

int main(void)
{
	struct sources from;

	make_sources(&from, 7001);
	struct pollfd all[COUNT] = {
		[SOCKET] = {from.socket[0], POLLIN | POLLRDHUP},
		[PIPE] = {from.pipe[0], POLLIN},
		[TIMER] = {from.timer, POLLIN},
	};

	printf("nothing\n");
	look(all, 0);
	look(all, 30);
	printf("the timer\n");
	start_timer(&from);
	look(all, 10000);
	drain(from.timer);
	printf("the socket\n");
	SAY(send(from.socket[1], "abc", 3, 0));
	look(all, 10000);
	drain(from.socket[0]);
	printf("the pipe\n");
	SAY(write(from.pipe[1], "abcd", 4));
	look(all, 10000);
	drain(from.pipe[0]);
	look(all, 0);
	printf("room to write\n");
	all[SOCKET].events |= POLLOUT;
	look(all, -1);
	all[SOCKET].events &= ~POLLOUT;
	printf("all at once\n");
	start_timer(&from);
	SAY(write(from.pipe[1], "abcd", 4));
	SAY(send(from.socket[1], "abc", 3, 0));
	usleep(50000);
	look(all, -1);
	drain(from.timer);
	drain(from.pipe[0]);
	drain(from.socket[0]);
	printf("one is left out\n");
	all[PIPE].fd = -1;
	SAY(write(from.pipe[1], "abcd", 4));
	look(all, 0);
	all[PIPE].fd = from.pipe[0];
	drain(from.pipe[0]);
	printf("the other ends are closed\n");
	SAY(close(from.pipe[1]));
	SAY(close(from.socket[1]));
	look(all, 10000);
	printf("closed here\n");
	SAY(close(from.socket[0]));
	look(all, 0);

	printf("ppoll\n");
	struct timespec moment = {.tv_nsec = 1000000};
	sigset_t none;
	sigemptyset(&none);
	SAY(ppoll(all, 0, &moment, &none));
	return done();
}

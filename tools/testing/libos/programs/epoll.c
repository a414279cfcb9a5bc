// SPDX-License-Identifier: GPL-2.0
/* epoll(7) of a socket, a pipe and a timer: level and edge. */

#include <sys/epoll.h>

#include "sources.h"

enum { SOCKET, PIPE, TIMER, LISTENER, COUNT };

static int epoll;

static void look(int timeout)
{
	static const char *name[] = {"socket", "pipe", "timer", "listener"};
	struct epoll_event events[8];
	unsigned int seen[COUNT] = {0};
	int n = SAY(epoll_wait(epoll, events, 8, timeout));

	/* The order is the kernel's own affair. */
	for (int i = 0; i < n; i++)
		seen[events[i].data.u32] = events[i].events;
	for (int i = 0; i < COUNT; i++)
		if (seen[i])
			printf("  %s: %s%s%s%s\n", name[i], seen[i] & EPOLLIN ? "IN " : "",
			       seen[i] & EPOLLOUT ? "OUT " : "", seen[i] & EPOLLHUP ? "HUP " : "",
			       seen[i] & EPOLLRDHUP ? "RDHUP " : "");
}

static void add(int fd, int number, unsigned int events)
{
	struct epoll_event event = {.events = events, .data.u32 = number};

	SAY(epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event));
}

static void change(int fd, int number, unsigned int events)
{
	struct epoll_event event = {.events = events, .data.u32 = number};

	SAY(epoll_ctl(epoll, EPOLL_CTL_MOD, fd, &event));
}

int main(void)
{
	struct sources from;

	make_sources(&from, 7001);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	add(from.socket[0], SOCKET, EPOLLIN | EPOLLRDHUP);
	add(from.pipe[0], PIPE, EPOLLIN);
	add(from.timer, TIMER, EPOLLIN);
	add(from.timer, TIMER, EPOLLIN);
	printf("nothing\n");
	look(0);
	look(30);
	printf("the timer\n");
	start_timer(&from);
	look(10000);
	drain(from.timer);
	printf("the socket, by level\n");
	SAY(send(from.socket[1], "abc", 3, 0));
	look(10000);
	look(10000);
	drain(from.socket[0]);
	look(0);
	printf("the socket, by edge\n");
	change(from.socket[0], SOCKET, EPOLLIN | EPOLLRDHUP | EPOLLET);
	SAY(send(from.socket[1], "abc", 3, 0));
	look(10000);
	look(0);
	SAY(send(from.socket[1], "def", 3, 0));
	look(10000);
	drain(from.socket[0]);
	printf("the socket, once\n");
	change(from.socket[0], SOCKET, EPOLLIN | EPOLLONESHOT);
	SAY(send(from.socket[1], "abc", 3, 0));
	look(10000);
	look(0);
	change(from.socket[0], SOCKET, EPOLLIN | EPOLLRDHUP);
	look(10000);
	drain(from.socket[0]);
	printf("the pipe\n");
	SAY(write(from.pipe[1], "abcd", 4));
	look(10000);
	drain(from.pipe[0]);
	printf("a connection that is to be accepted\n");
	int listener = listening(7002);
	add(listener, LISTENER, EPOLLIN);
	look(0);
	int client = connected(SOCK_STREAM, 7002);
	look(10000);
	OK(accept(listener, NULL, NULL));
	look(0);
	printf("the other ends are closed\n");
	SAY(close(from.pipe[1]));
	SAY(close(from.socket[1]));
	look(10000);
	printf("closed here\n");
	SAY(close(from.pipe[0]));
	SAY(epoll_ctl(epoll, EPOLL_CTL_DEL, from.socket[0], NULL));
	look(0);

	printf("errors\n");
	struct epoll_event event = {.events = EPOLLIN};
	SAY(epoll_ctl(epoll, EPOLL_CTL_DEL, from.socket[0], NULL));
	SAY(epoll_ctl(epoll, EPOLL_CTL_MOD, from.socket[0], &event));
	SAY(epoll_ctl(epoll, EPOLL_CTL_ADD, epoll, &event));
	SAY(epoll_ctl(epoll, EPOLL_CTL_ADD, 500, &event));
	SAY(epoll_wait(epoll, &event, 0, 0));
	SAY(epoll_wait(client, &event, 1, 0));
	return done();
}

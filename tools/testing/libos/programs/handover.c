// SPDX-License-Identifier: GPL-2.0
/* A thread waits for a file, and another one that has waited before it goes away. */

#include <pthread.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>

#include "say.h"

static int event, epoll;

/* Later than the first one. */
static void *waits_for_the_file(void *unused)
{
	struct epoll_event found = {0};

	usleep(100000);
	SAY(epoll_wait(epoll, &found, 1, 20000));
	IS(found.data.fd == event);
	return NULL;
}

static void *ends_the_first_wait(void *unused)
{
	int fd = connected(SOCK_DGRAM, 7001);

	usleep(200000);
	send(fd, "x", 1, 0);
	close(fd);
	return NULL;
}

int main(void)
{
	int receiver = bound(SOCK_DGRAM, 7001);
	struct epoll_event input = {.events = EPOLLIN};
	pthread_t waiter, sender;
	char text[8];

	event = eventfd(0, 0);
	epoll = epoll_create1(0);
	input.data.fd = event;
	SAY(epoll_ctl(epoll, EPOLL_CTL_ADD, event, &input));
	SAY(epoll_wait(epoll, &input, 1, 0));

	pthread_create(&sender, NULL, ends_the_first_wait, NULL);
	pthread_create(&waiter, NULL, waits_for_the_file, NULL);
	SAY(recv(receiver, text, sizeof(text), 0));
	pthread_join(sender, NULL);
	usleep(100000);
	eventfd_write(event, 1);
	pthread_join(waiter, NULL);
	return done();
}

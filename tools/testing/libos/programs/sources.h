/* SPDX-License-Identifier: GPL-2.0 */
/* What is waited for together: a socket, a pipe, and a timer. */
#ifndef SOURCES_H
#define SOURCES_H

#include <sys/timerfd.h>

#include "say.h"

struct sources {
	int socket[2];
	int pipe[2];
	int timer;
};

static inline void make_sources(struct sources *sources, int port)
{
	tcp_pair(port, sources->socket);
	if (pipe(sources->pipe))
		OK(-1);
	sources->timer = timerfd_create(CLOCK_MONOTONIC, 0);
	if (sources->timer < 0)
		OK(-1);
}

/* The timer expires once, soon. */
static inline void start_timer(const struct sources *sources)
{
	struct itimerspec soon = {.it_value.tv_nsec = 20000000};

	OK(timerfd_settime(sources->timer, 0, &soon, NULL));
}

static inline void drain(int fd)
{
	char bytes[64];

	SAY(read(fd, bytes, sizeof(bytes)));
}

#endif

/* SPDX-License-Identifier: GPL-2.0 */
/*
 * How long calls take. The host may be busy, and late by seconds; where time is simulated, nothing
 * is late: TOLERANCE in the environment has the milliseconds that are in time.
 */
#ifndef TOOK_H
#define TOOK_H

#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static struct timespec begun;

static inline void begin(void)
{
	clock_gettime(CLOCK_MONOTONIC, &begun);
}

/* Whether it took so many milliseconds, since this was asked last. */
static inline void took(const char *what, long expected)
{
	const char *given = getenv("TOLERANCE");
	long tolerance = given ? atol(given) : 5000;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	long ms = (now.tv_sec - begun.tv_sec) * 1000 + (now.tv_nsec - begun.tv_nsec) / 1000000;

	if (ms >= expected && ms <= expected + tolerance)
		printf("%s: in time\n", what);
	else
		printf("%s: after %ld ms, not %ld\n", what, ms, expected);
	begin();
}

#endif

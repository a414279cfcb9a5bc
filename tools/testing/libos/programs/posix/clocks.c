// SPDX-License-Identifier: GPL-2.0
/* Clocks, sleeps and timers. */

#include <poll.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>

#include "say.h"

static struct timespec begun;

static void begin(void)
{
	clock_gettime(CLOCK_MONOTONIC, &begun);
}

/* Whether it took so many milliseconds: a busy host is late. */
static void took(const char *what, long expected)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	long ms = (now.tv_sec - begun.tv_sec) * 1000 + (now.tv_nsec - begun.tv_nsec) / 1000000;

	printf("%s: %s\n", what,
	       ms < expected	      ? "early"
	       : ms < expected + 5000 ? "in time"
				      : "late");
	begin();
}

static void sleeps(void)
{
	struct timespec tenth = {.tv_nsec = 110000000}, then;

	begin();
	SAY(nanosleep(&tenth, NULL));
	took("nanosleep", 110);
	SAY(usleep(110000));
	took("usleep", 110);
	SAY(clock_nanosleep(CLOCK_REALTIME, 0, &tenth, NULL));
	took("clock_nanosleep", 110);
	clock_gettime(CLOCK_MONOTONIC, &then);
	then.tv_sec++;
	SAY(clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &then, NULL));
	took("until", 1000);
	SAY(sleep(1));
	took("sleep", 1000);
	SAY(poll(NULL, 0, 210));
	took("poll", 210);
	struct timeval third = {.tv_usec = 310000};
	SAY(select(0, NULL, NULL, NULL, &third));
	took("select", 310);
	tenth.tv_nsec = 1000000000;
	SAY(nanosleep(&tenth, NULL));
}

static void clocks(void)
{
	struct timespec a, b;
	struct timeval day;

	SAY(clock_gettime(CLOCK_REALTIME, &a));
	SAY(gettimeofday(&day, NULL));
	IS(labs(day.tv_sec - a.tv_sec) < 2 && labs(time(NULL) - a.tv_sec) < 2);
	IS(a.tv_sec > 1700000000);
	SAY(clock_gettime(CLOCK_BOOTTIME, &b));
	SAY(clock_gettime(CLOCK_MONOTONIC_COARSE, &b));
	SAY(clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &b));
	SAY(clock_gettime(CLOCK_THREAD_CPUTIME_ID, &b));
	SAY(clock_getres(CLOCK_MONOTONIC, &b));
	SAY(clock_gettime(99, &b));
}

static void timers(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	struct itimerspec thrice = {
		.it_value.tv_nsec = 110000000,
		.it_interval.tv_nsec = 100000000,
	};
	unsigned long count;

	begin();
	SAY(timerfd_settime(fd, 0, &thrice, NULL));
	SAY(read(fd, &count, sizeof(count)));
	IS(count >= 1);
	took("the first", 110);
	usleep(250000);
	SAY(read(fd, &count, sizeof(count)));
	IS(count >= 2);
}

int main(void)
{
	sleeps();
	clocks();
	timers();
	return done();
}

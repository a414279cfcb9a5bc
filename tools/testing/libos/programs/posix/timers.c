// SPDX-License-Identifier: GPL-2.0
/* timerfd: once and again, relative and absolute, with and without waiting. */

#include <poll.h>
#include <sys/timerfd.h>

#include "say.h"
#include "took.h"

static const struct itimerspec NEVER;

static long expirations(int fd)
{
	unsigned long count;

	return read(fd, &count, sizeof(count)) == sizeof(count) ? (long)count : -1;
}

static struct itimerspec spec(long first, long again)
{
	return (struct itimerspec){
		.it_value = {first / 1000, first % 1000 * 1000000},
		.it_interval = {again / 1000, again % 1000 * 1000000},
	};
}

static void once(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC);
	struct itimerspec soon = spec(110, 0), left;

	begin();
	SAY(timerfd_settime(fd, 0, &soon, NULL));
	SAY(timerfd_gettime(fd, &left));
	IS(left.it_value.tv_sec == 0 && left.it_value.tv_nsec > 0);
	SAY(expirations(fd));
	took("once", 110);
	SAY(timerfd_gettime(fd, &left));
	IS(left.it_value.tv_sec == 0 && left.it_value.tv_nsec == 0);
	struct pollfd ready = {fd, POLLIN, 0};
	SAY(poll(&ready, 1, 150));
	took("no more", 150);
	close(fd);
}

static void again(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	struct itimerspec often = spec(100, 200), old;

	SAY(expirations(fd));
	begin();
	SAY(timerfd_settime(fd, 0, &often, NULL));
	SAY(expirations(fd));
	struct pollfd ready = {fd, POLLIN, 0};
	SAY(poll(&ready, 1, 10000));
	took("the first", 100);
	IS(expirations(fd) >= 1);
	/* At 300, 500 and 700: they are counted. */
	usleep(650000);
	IS(expirations(fd) >= 3);
	SAY(timerfd_settime(fd, 0, &NEVER, &old));
	printf("every %ld ms\n", old.it_interval.tv_nsec / 1000000);
	SAY(poll(&ready, 1, 0));
	close(fd);
}

static void until(clockid_t clock, const char *name)
{
	int fd = timerfd_create(clock, 0);
	struct timespec now;

	clock_gettime(clock, &now);
	struct itimerspec then = {.it_value = {now.tv_sec + 1, now.tv_nsec}};
	begin();
	SAY(timerfd_settime(fd, TFD_TIMER_ABSTIME, &then, NULL));
	SAY(expirations(fd));
	took(name, 1000);
	then.it_value.tv_sec--;
	SAY(timerfd_settime(fd, TFD_TIMER_ABSTIME, &then, NULL));
	SAY(expirations(fd));
	took("in the past", 0);
	close(fd);
}

static void mistakes(void)
{
	int fd = timerfd_create(CLOCK_MONOTONIC, 0);
	struct itimerspec wrong = {.it_value.tv_nsec = 1000000000};
	unsigned int few;

	SAY(timerfd_settime(fd, 0, &wrong, NULL));
	SAY(timerfd_settime(1, 0, &NEVER, NULL));
	SAY(timerfd_settime(-1, 0, &NEVER, NULL));
	SAY(read(fd, &few, sizeof(few)));
	SAY(write(fd, "12345678", 8));
	SAY(timerfd_create(CLOCK_PROCESS_CPUTIME_ID, 0));
	SAY(timerfd_create(CLOCK_MONOTONIC, -1));
}

int main(void)
{
	once();
	again();
	until(CLOCK_MONOTONIC, "until then");
	until(CLOCK_REALTIME, "by the clock on the wall");
	until(CLOCK_BOOTTIME, "since boot");
	mistakes();
	return done();
}

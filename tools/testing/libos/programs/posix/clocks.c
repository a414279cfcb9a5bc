// SPDX-License-Identifier: GPL-2.0
/* Clocks and sleeps. */

#include <poll.h>
#include <signal.h>
#include <sys/select.h>
#include <sys/time.h>
#include <time.h>

#include "say.h"
#include "took.h"

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

static void note(int signal) {}

/* A signal ends a sleep, which tells what was left. */
static void interrupted(void)
{
	struct sigaction action = {.sa_handler = note};
	struct itimerval soon = {.it_value.tv_usec = 100000};
	struct timespec second = {.tv_sec = 1}, left = {};

	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	begin();
	SAY(nanosleep(&second, &left));
	took("until the signal", 100);
	IS(left.tv_sec == 0 && left.tv_nsec > 0 && left.tv_nsec < 901000000);
	alarm(1);
	IS(sleep(3) > 0);
	took("until the alarm", 1000);
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

int main(void)
{
	sleeps();
	interrupted();
	clocks();
	return done();
}

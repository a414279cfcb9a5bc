// SPDX-License-Identifier: GPL-2.0
/* Signals: handlers, masks, waiting for them, what they interrupt. */

#include <setjmp.h>
#include <signal.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "say.h"

static volatile int count, last;
static volatile long value;

static void note(int signal)
{
	count++;
	last = signal;
}

static void note_more(int signal, siginfo_t *info, void *context)
{
	note(signal);
	value = info->si_value.sival_int;
}

static void on(int signal, int flags)
{
	struct sigaction action = {.sa_handler = note, .sa_flags = flags};

	if (flags & SA_SIGINFO)
		action.sa_sigaction = note_more;
	if (sigaction(signal, &action, NULL))
		OK(-1);
}

static void happened(void)
{
	printf("  %d times, %s\n", count, last ? sigabbrev_np(last) : "none");
	count = last = 0;
}

static void sent(void)
{
	on(SIGUSR1, 0);
	SAY(raise(SIGUSR1));
	happened();
	SAY(kill(getpid(), SIGUSR1));
	happened();
	on(SIGUSR2, SA_SIGINFO);
	SAY(sigqueue(getpid(), SIGUSR2, (union sigval){.sival_int = 42}));
	happened();
	printf("value %ld\n", value);
	signal(SIGUSR1, SIG_IGN);
	SAY(raise(SIGUSR1));
	happened();
	SAY(kill(getpid(), 0));
	SAY(kill(getpid(), 99));
	SAY(kill(0x7fffff, SIGTERM));
}

static void masked(void)
{
	sigset_t both, old, pending;

	on(SIGUSR1, 0);
	on(SIGUSR2, 0);
	sigemptyset(&both);
	sigaddset(&both, SIGUSR1);
	sigaddset(&both, SIGUSR2);
	SAY(sigprocmask(SIG_BLOCK, &both, &old));
	raise(SIGUSR1);
	raise(SIGUSR2);
	happened();
	SAY(sigpending(&pending));
	IS(sigismember(&pending, SIGUSR1) && sigismember(&pending, SIGUSR2));
	SAY(sigprocmask(SIG_SETMASK, &old, NULL));
	happened();
	SAY(sigprocmask(SIG_BLOCK, &both, NULL));
	int number;
	raise(SIGUSR2);
	SAY(sigwait(&both, &number));
	printf("%s\n", sigabbrev_np(number));
	struct timespec soon = {.tv_nsec = 50000000};
	siginfo_t info;
	SAY(sigtimedwait(&both, &info, &soon));
	raise(SIGUSR1);
	SAY(sigwaitinfo(&both, &info));
	raise(SIGUSR1);
	SAY(sigsuspend(&old));
	happened();
	SAY(sigprocmask(SIG_SETMASK, &old, NULL));
}

static void alarms(void)
{
	int ends[2];
	char byte;
	struct itimerval twice = {.it_value.tv_usec = 100000, .it_interval.tv_usec = 100000};
	struct itimerval none = {};

	on(SIGALRM, 0);
	SAY(alarm(1));
	SAY(alarm(1));
	SAY(pause());
	happened();
	if (pipe(ends))
		OK(-1);
	alarm(1);
	SAY(read(ends[0], &byte, 1));
	happened();
	SAY(setitimer(ITIMER_REAL, &twice, NULL));
	pause();
	pause();
	SAY(setitimer(ITIMER_REAL, &none, NULL));
	happened();
	on(SIGALRM, SA_RESTART);
	alarm(1);
	if (!fork()) {
		sleep(2);
		_exit(write(ends[1], "x", 1) != 1);
	}
	SAY(read(ends[0], &byte, 1));
	happened();
	SAY(wait(NULL) > 0);
	timer_t timer;
	struct sigevent event = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1};
	struct itimerspec once = {.it_value.tv_nsec = 100000000};
	on(SIGRTMIN + 1, 0);
	SAY(timer_create(CLOCK_MONOTONIC, &event, &timer));
	SAY(timer_settime(timer, 0, &once, NULL));
	pause();
	IS(count == 1 && last == SIGRTMIN + 1);
	SAY(timer_delete(timer));
	count = last = 0;
}

static sigjmp_buf back;

static void jump(int signal)
{
	siglongjmp(back, signal);
}

static char stack[65536];
static bool on_stack;

static void where(int signal)
{
	char here;

	on_stack = &here >= stack && &here < stack + sizeof(stack);
}

static void unusual(void)
{
	signal(SIGSEGV, jump);
	int got = sigsetjmp(back, 1);
	if (!got)
		*(volatile int *)16 = 0;
	printf("jumped with %s\n", sigabbrev_np(got));
	signal(SIGFPE, jump);
	volatile int zero = 0;
	got = sigsetjmp(back, 1);
	if (!got)
		zero = 1 / zero;
	printf("jumped with %s\n", sigabbrev_np(got));
	stack_t own = {.ss_sp = stack, .ss_size = sizeof(stack)};
	SAY(sigaltstack(&own, NULL));
	struct sigaction action = {.sa_handler = where, .sa_flags = SA_ONSTACK | SA_RESETHAND};
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	IS(on_stack);
	SAY(sigaction(SIGUSR1, NULL, &action));
	IS(action.sa_handler == SIG_DFL);
}

int main(void)
{
	sent();
	masked();
	alarms();
	unusual();
	return done();
}

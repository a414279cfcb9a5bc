// SPDX-License-Identifier: GPL-2.0
/* SIGSEGV and SIGBUS that somebody has sent: blocked, pending, and while a call waits. */

#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <sys/select.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>

#include "say.h"

extern char **environ;
static volatile sig_atomic_t count, last, own_code;
static int ends[2];

static void caught(int signal, siginfo_t *info, void *context)
{
	(void)context;
	count++;
	last = signal;
	own_code = info->si_code;
}

static void install(int signal, int flags)
{
	struct sigaction action = {.sa_sigaction = caught, .sa_flags = SA_SIGINFO | flags};

	sigaction(signal, &action, NULL);
}

static void told(const char *when)
{
	printf("%s: %d caught, the last %d, code %d\n", when, count, last, own_code);
	count = last = own_code = 0;
}

static sigset_t set_of(int signal)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, signal);
	return set;
}

static void change(int how, int signal)
{
	sigset_t set = set_of(signal);

	SAY(sigprocmask(how, &set, NULL));
}

static void look(const char *when)
{
	sigset_t blocked, pending;

	sigprocmask(SIG_BLOCK, NULL, &blocked);
	sigpending(&pending);
	printf("%s: blocked %d %d, pending %d %d\n", when, sigismember(&blocked, SIGSEGV),
	       sigismember(&blocked, SIGBUS), sigismember(&pending, SIGSEGV),
	       sigismember(&pending, SIGBUS));
}

static void blocked(int signal)
{
	look("at first");
	SAY(raise(signal));
	told("not blocked");
	change(SIG_BLOCK, signal);
	SAY(raise(signal));
	SAY(raise(signal));
	SAY(kill(getpid(), signal));
	SAY(pthread_kill(pthread_self(), signal));
	look("blocked");
	told("blocked");
	change(SIG_UNBLOCK, signal);
	printf("%d times\n", count > 0);
	count = last = own_code = 0;
	look("not blocked any more");
	change(SIG_BLOCK, signal);
	sigqueue(getpid(), signal, (union sigval){.sival_int = 5});
	change(SIG_SETMASK, SIGUSR1);
	told("another mask");
	change(SIG_UNBLOCK, SIGUSR1);
}

/* A bad address that a call is given is told as ever. */
static void bad_addresses(void)
{
	sigset_t before, all;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, &before);
	SAY(recv(ends[0], (void *)16, 4, MSG_DONTWAIT));
	send(ends[1], "text", 4, 0);
	SAY(recv(ends[0], (void *)16, 4, 0));
	SAY(raise(SIGSEGV));
	SAY(recv(ends[0], (void *)16, 4, 0));
	look("all blocked");
	told("all blocked");
	sigprocmask(SIG_SETMASK, &before, NULL);
	told("as before");
}

/* ---- calls that wait under a mask ---- */

static void under_masks(void)
{
	struct timespec long_time = {.tv_sec = 20};
	sigset_t none, set = set_of(SIGSEGV);
	struct pollfd file = {.fd = ends[0], .events = POLLIN};
	siginfo_t info;
	int pipe_ends[2], signal;
	char rest[8];

	while (recv(ends[0], rest, sizeof(rest), MSG_DONTWAIT) > 0)
		;
	pipe(pipe_ends);
	sigemptyset(&none);
	change(SIG_BLOCK, SIGSEGV);
	raise(SIGSEGV);
	SAY(sigsuspend(&none));
	told("sigsuspend");
	raise(SIGSEGV);
	SAY(ppoll(&file, 1, &long_time, &none));
	told("ppoll, a socket");
	file.fd = pipe_ends[0];
	raise(SIGSEGV);
	SAY(ppoll(&file, 1, &long_time, &none));
	told("ppoll, a pipe");
	raise(SIGSEGV);
	SAY(pselect(0, NULL, NULL, NULL, &long_time, &none));
	told("pselect");
	look("after those");
	raise(SIGSEGV);
	SAY(sigwait(&set, &signal));
	printf("signal %d\n", signal);
	look("waited for");
	raise(SIGSEGV);
	SAY(sigwaitinfo(&set, &info));
	printf("signal %d, code %d\n", info.si_signo, info.si_code);
	SAY(sigtimedwait(&set, NULL, &(struct timespec){.tv_nsec = 1000000}));
	change(SIG_UNBLOCK, SIGSEGV);
	told("none is left");
	close(pipe_ends[0]);
	close(pipe_ends[1]);
}

/* ---- calls that are interrupted ---- */

static pthread_t first;

static void *sender(void *signal)
{
	nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	pthread_kill(first, (long)signal);
	nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
	send(ends[1], "text", 4, 0);
	return NULL;
}

static volatile sig_atomic_t returned;

/* Until one has found the call waiting. */
static void *interrupter(void *signal)
{
	while (!returned) {
		nanosleep(&(struct timespec){.tv_nsec = 50000000}, NULL);
		pthread_kill(first, (long)signal);
	}
	return NULL;
}

static void in_calls(int signal)
{
	pthread_t thread;
	char text[8];

	first = pthread_self();
	install(signal, 0);
	returned = 0;
	pthread_create(&thread, NULL, interrupter, (void *)(long)signal);
	SAY(recv(ends[0], text, sizeof(text), 0));
	returned = 1;
	pthread_join(thread, NULL);
	IS(count > 0 && last == signal);
	count = last = own_code = 0;
	install(signal, SA_RESTART);
	pthread_create(&thread, NULL, sender, (void *)(long)signal);
	SAY(recv(ends[0], text, sizeof(text), 0));
	told("in a call, begun again");
	pthread_join(thread, NULL);
	change(SIG_BLOCK, signal);
	install(signal, 0);
	pthread_create(&thread, NULL, sender, (void *)(long)signal);
	SAY(recv(ends[0], text, sizeof(text), 0));
	told("in a call, blocked");
	pthread_join(thread, NULL);
	change(SIG_UNBLOCK, signal);
	told("afterwards");
}

/* Calls of all lengths, and many signals: each handler is called outside the library. */
static void answer(int signal)
{
	char text[8];

	(void)signal;
	count++;
	send(ends[0], "own", 3, 0);
	recv(ends[1], text, sizeof(text), MSG_DONTWAIT);
}

static void *many(void *unused)
{
	for (int i = 0; i < 500; i++) {
		pthread_kill(first, i % 2 ? SIGSEGV : SIGBUS);
		nanosleep(&(struct timespec){.tv_nsec = 20000}, NULL);
	}
	return unused;
}

static void storm(void)
{
	struct sigaction action = {.sa_handler = answer, .sa_flags = SA_RESTART};
	pthread_t thread;

	sigaction(SIGSEGV, &action, NULL);
	sigaction(SIGBUS, &action, NULL);
	count = 0;
	first = pthread_self();
	pthread_create(&thread, NULL, many, NULL);
	for (int i = 0; i < 20000 || count < 10; i++) {
		close(socket(AF_INET, SOCK_DGRAM, 0));
		/* Calls alone take no time where that is simulated. */
		if (i % 100 == 0)
			nanosleep(&(struct timespec){.tv_nsec = 1000}, NULL);
	}
	pthread_join(thread, NULL);
	IS(count > 9);
	count = 0;
}

/* ---- other processes ---- */

static void ended(const char *what, pid_t child)
{
	int status = 0;

	waitpid(child, &status, 0);
	printf("%s: exit %d, signal %d\n", what, WIFEXITED(status) ? WEXITSTATUS(status) : -1,
	       WIFSIGNALED(status) ? WTERMSIG(status) : 0);
}

static int of_own(void)
{
	sigset_t blocked, pending;

	sigprocmask(SIG_BLOCK, NULL, &blocked);
	sigpending(&pending);
	return sigismember(&blocked, SIGSEGV) * 2 + sigismember(&pending, SIGSEGV);
}

static void children(const char *self)
{
	char *const words[] = {(char *)self, "again", NULL};
	posix_spawnattr_t attributes;
	sigset_t none;
	pid_t child;

	signal(SIGSEGV, SIG_DFL);
	fflush(stdout);
	child = fork();
	if (child == 0) {
		change(SIG_BLOCK, SIGSEGV);
		raise(SIGSEGV);
		printf("goes on\n");
		change(SIG_UNBLOCK, SIGSEGV);
		_exit(1);
	}
	ended("at the default", child);
	child = fork();
	if (child == 0) {
		change(SIG_BLOCK, SIGSEGV);
		raise(SIGSEGV);
		signal(SIGSEGV, SIG_IGN);
		change(SIG_UNBLOCK, SIGSEGV);
		_exit(1);
	}
	ended("ignored", child);

	change(SIG_BLOCK, SIGSEGV);
	raise(SIGSEGV);
	fflush(stdout);
	child = fork();
	if (child == 0)
		_exit(of_own());
	ended("of a parent with one pending", child);
	child = fork();
	if (child == 0) {
		raise(SIGSEGV);
		execv(self, words);
		_exit(99);
	}
	ended("another program", child);
	posix_spawn(&child, self, NULL, NULL, words, environ);
	ended("a program that is spawned", child);
	posix_spawnattr_init(&attributes);
	sigemptyset(&none);
	posix_spawnattr_setsigmask(&attributes, &none);
	posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGMASK);
	posix_spawn(&child, self, NULL, &attributes, words, environ);
	ended("with another mask", child);
	SAY(execv("/no/such/program", words));
	look("it failed");
	install(SIGSEGV, 0);
	change(SIG_UNBLOCK, SIGSEGV);
	told("in the end");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return of_own();
	alarm(50);
	tcp_pair(7950, ends);
	install(SIGSEGV, 0);
	install(SIGBUS, 0);
	blocked(SIGSEGV);
	blocked(SIGBUS);
	bad_addresses();
	under_masks();
	in_calls(SIGSEGV);
	in_calls(SIGBUS);
	storm();
	children(argv[0]);
	return done();
}

// SPDX-License-Identifier: GPL-2.0
/* Programs that crash while other threads of theirs are busy: the others go on. */

#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/wait.h>

#include "say.h"

enum { THREADS = 3, TIMES = 15 };

/* Always in the kernel. */
static void *busy(void *unused)
{
	int fd = socket(AF_INET, SOCK_DGRAM, 0);
	struct sockaddr_in own = loopback(0);
	socklen_t len = sizeof(own);
	char text[512] = "x";

	bind(fd, AT(own));
	getsockname(fd, (struct sockaddr *)&own, &len);
	for (;;) {
		sendto(fd, text, sizeof(text), 0, AT(own));
		recv(fd, text, sizeof(text), 0);
	}
	return NULL;
}

static void by_abort(void)
{
	abort();
}

static void by_null(void)
{
	*(volatile int *)8 = 1;
}

static void by_division(void)
{
	volatile int zero = 0;

	zero = 100 / zero;
}

static void by_instruction(void)
{
	__builtin_trap();
}

static void by_breakpoint(void)
{
	raise(SIGTRAP);
}

static void by_raise(void)
{
	raise(SIGSEGV);
}

static void by_signal(void)
{
	kill(getpid(), SIGABRT);
}

static void by_thread(void)
{
	pthread_kill(pthread_self(), SIGKILL);
}

static const struct crash {
	const char *name;
	void (*crash)(void);
} crashes[] = {
	{"abort", by_abort},
	{"a null pointer", by_null},
	{"a division by zero", by_division},
	{"an illegal instruction", by_instruction},
	{"a breakpoint", by_breakpoint},
	{"raise(SIGSEGV)", by_raise},
	{"kill(SIGABRT)", by_signal},
	{"pthread_kill(SIGKILL)", by_thread},
};

static void child(const struct crash *crash, int time)
{
	struct rlimit none = {0};
	pthread_t thread;

	setrlimit(RLIMIT_CORE, &none);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&thread, NULL, busy, NULL);
	usleep(2000 + 300 * time);
	crash->crash();
	usleep(10000000);
	_exit(0);
}

/* The parent's network is there. */
static bool works(int *ends)
{
	char byte;

	return send(ends[0], "x", 1, 0) == 1 && recv(ends[1], &byte, 1, 0) == 1;
}

int main(void)
{
	int ends[2];

	tcp_pair(7001, ends);
	for (size_t i = 0; i < sizeof(crashes) / sizeof(*crashes); i++) {
		int status, working = 0;

		for (int time = 0; time < TIMES; time++) {
			pid_t pid = fork();

			if (pid == 0)
				child(&crashes[i], time);
			waitpid(pid, &status, 0);
			working += works(ends);
		}
		printf("%s: signal %d, the network works %d times of %d\n", crashes[i].name,
		       WTERMSIG(status), working, TIMES);
	}
	return done();
}

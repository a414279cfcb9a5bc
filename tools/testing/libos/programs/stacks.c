// SPDX-License-Identifier: GPL-2.0
/* Stacks for signals: which one a handler is on, and what becomes of it. */

#include <setjmp.h>
#include <signal.h>
#include <sys/wait.h>

#include "say.h"

#ifndef SS_AUTODISARM
#define SS_AUTODISARM (1U << 31)
#endif

static char first[65536], second[65536];
static sigjmp_buf back;

static bool is_on(const char *stack)
{
	char here;
	const char *volatile at = &here;

	return at > stack && at < stack + sizeof(first);
}

static int use(char *stack, int flags)
{
	const stack_t new = {.ss_sp = stack, .ss_size = sizeof(first), .ss_flags = flags};

	return sigaltstack(&new, NULL);
}

static unsigned int flags(void)
{
	stack_t now;

	sigaltstack(NULL, &now);
	return now.ss_flags;
}

static void inner(int signal)
{
	IS(is_on(first));
	SAY(flags());
	SAY(use(second, 0));
}

static void outer(int signal)
{
	IS(is_on(first));
	raise(SIGUSR2);
	siglongjmp(back, 1);
}

static void handle(int signal, void (*handler)(int), int flags)
{
	const struct sigaction action = {.sa_handler = handler, .sa_flags = SA_ONSTACK | flags};

	sigaction(signal, &action, NULL);
}

/* A signal in the handler of another, which does not return. */
static void nested(void)
{
	handle(SIGUSR1, outer, 0);
	handle(SIGUSR2, inner, 0);
	use(first, 0);
	if (!sigsetjmp(back, 1))
		raise(SIGUSR1);
	SAY(flags());
	SAY(use(second, 0));
}

static void disarmed(int signal)
{
	IS(is_on(first));
	SAY(flags());
	SAY(use(second, 0));
}

static void by_itself(void)
{
	handle(SIGUSR1, disarmed, 0);
	use(first, SS_AUTODISARM);
	IS(flags() == SS_AUTODISARM);
	raise(SIGUSR1);
	IS(flags() == SS_AUTODISARM);
}

/*
 * Handler in handler, until the stack has no room for one more. Where a handler itself leaves the
 * stack, the kernel begins with it anew; so no two are of the same size, and there is one that just
 * fits.
 */
static void again(int signal)
{
	static int depth;
	volatile char room[16 * (1 + depth++ % 31)];

	room[0] = 0;
	raise(SIGUSR1 + room[0]);
}

static void overflow(void)
{
	int status;
	pid_t child = fork();

	if (!child) {
		use(first, 0);
		handle(SIGUSR1, again, SA_NODEFER);
		_exit(raise(SIGUSR1));
	}
	waitpid(child, &status, 0);
	SAY(WTERMSIG(status));
}

int main(void)
{
	nested();
	by_itself();
	overflow();
	return done();
}

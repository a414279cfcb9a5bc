// SPDX-License-Identifier: GPL-2.0
/* Threads that want descriptors of their own, and what becomes of a connection of the process. */

#include <linux/close_range.h>
#include <pthread.h>
#include <sched.h>
#include <sys/syscall.h>

#include "../say.h"

static int ends[2];
static char stack[64 << 10] __attribute__((aligned(16)));

static int end(void *unused)
{
	(void)unused;
	return syscall(SYS_exit, 0);
}

static void *part(void *unused)
{
	enum { THREAD = CLONE_VM | CLONE_FS | CLONE_SIGHAND | CLONE_THREAD };

	OK(unshare(CLONE_FS));
	OK(unshare(CLONE_FILES));
	OK(syscall(SYS_unshare, CLONE_FILES | CLONE_FS));
	OK(close_range(900, 999, CLOSE_RANGE_UNSHARE));
	OK(clone(end, stack + sizeof(stack), THREAD, NULL));
	return unused;
}

static void pass_a_byte(void)
{
	char byte = 'x';

	SAY(send(ends[0], &byte, 1, 0));
	SAY(recv(ends[1], &byte, 1, 0));
}

int main(void)
{
	pthread_t thread;

	tcp_pair(7000, ends);
	OK(unshare(CLONE_FILES));
	OK(close_range(900, 999, CLOSE_RANGE_UNSHARE));
	pass_a_byte();
	pthread_create(&thread, NULL, part, NULL);
	pthread_join(thread, NULL);
	pass_a_byte();
	return done();
}

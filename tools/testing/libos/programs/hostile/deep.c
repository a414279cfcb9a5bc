// SPDX-License-Identifier: GPL-2.0
/* Takes as much of its stack as there is, beside memory of its own. It has no libc, which would
 * come between. */

#include <sys/mman.h>
#include <sys/syscall.h>

#define SIZE  (64L << 20)
#define FRAME 4000

static char *own;

static long call(long nr, long a, long b, long c, long d, long e)
{
	long result;

	asm volatile("mov %5, %%r10\n\tmov %6, %%r8\n\txor %%r9d, %%r9d\n\tsyscall"
		     : "=a"(result)
		     : "a"(nr), "D"(a), "S"(b), "d"(c), "r"(d), "r"(e)
		     : "rcx", "r8", "r9", "r10", "r11", "memory");
	return result;
}

/* Exits when it has come into its other memory: never. */
__attribute__((noinline)) static long deeper(long depth)
{
	volatile char frame[FRAME];
	char *at = (char *)frame;

	frame[0] = depth;
	if (at > own && at < own + SIZE)
		call(SYS_exit_group, 1, 0, 0, 0, 0);
	return deeper(depth + 1) + frame[0];
}

__attribute__((force_align_arg_pointer, noreturn)) void _start(void)
{
	own = (char *)call(SYS_mmap, 0, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			   -1);
	for (;;)
		call(SYS_exit_group, deeper(0), 0, 0, 0, 0);
}

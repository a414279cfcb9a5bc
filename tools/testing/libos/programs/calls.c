// SPDX-License-Identifier: GPL-2.0
/* System calls of the program's own, past libc: what is around them is left alone. */

#include <stdint.h>
#include <sys/mman.h>
#include <sys/syscall.h>

#include "say.h"

#define TIMES 1000

static long call(long nr)
{
#if defined(__x86_64__)
	long result;

	asm volatile("syscall" : "=a"(result) : "a"(nr) : "rcx", "r11", "memory");
	return result;
#elif defined(__aarch64__)
	register long x8 asm("x8") = nr, x0 asm("x0");

	asm volatile("svc 0" : "=r"(x0) : "r"(x8));
	return x0;
#else
#error "how does this processor make a system call?"
#endif
}

/* A division by ten is a multiplication by a constant, in the code next to the call. */
__attribute__((noinline)) static unsigned long tenth(unsigned long number)
{
	return number / 10 + (call(SYS_getppid) < 0);
}

static void constants(void)
{
	int right = 0;

	for (unsigned long i = 0; i < TIMES; i++)
		right += tenth(10 * i) == i;
	SAY(right);
}

/* A call between functions that have padding, of which there is enough here for a jump. */
__attribute__((noinline, aligned(64))) static long padded(void)
{
#if defined(__x86_64__)
	asm volatile("jmp 1f; .balign 16, 0x90; .fill 48, 1, 0xcc; 1:");
#endif
	return call(SYS_getppid);
}

__attribute__((noinline, aligned(64))) static long padded_too(void)
{
#if defined(__x86_64__)
	asm volatile("jmp 1f; .balign 16, 0x90; .fill 48, 1, 0xcc; 1:");
#endif
	return -call(SYS_getppid);
}

/* A program that makes its text writable can write there, whatever it calls in between. */
static void text(void)
{
	uintptr_t page = (uintptr_t)padded_too & -getpagesize();
	volatile char *code = (char *)padded_too;
	int right = 0;

	for (int i = 0; i < TIMES; i++)
		right += padded() == getppid();
	SAY(right);
	SAY(mprotect((void *)page, 2 * getpagesize(), PROT_READ | PROT_WRITE | PROT_EXEC));
	for (int i = 0; i < TIMES; i++)
		right -= padded_too() == -getppid();
	*code = *code;
	SAY(right);
}

/* The kernel does not look at the upper half of a number. */
static void numbers(void)
{
	IS(call(1L << 32 | SYS_getpid) == getpid());
	IS(syscall(1L << 32 | SYS_getpid) == getpid());
}

int main(void)
{
	constants();
	text();
	numbers();
	return done();
}

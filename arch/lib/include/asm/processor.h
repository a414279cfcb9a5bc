/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_PROCESSOR_H
#define _ASM_LIB_PROCESSOR_H

#include <asm/barrier.h>
#include <asm/page.h>
#include <asm/ptrace.h>

struct SimTask;

/* sp: the stack pointer of a context that is not running.
 * function, argument: where a kernel thread begins.
 * program: the host's side of a program's task, NULL in a kernel thread. */
struct thread_struct {
	unsigned long sp;
	int (*function)(void *argument);
	void *argument;
	struct SimTask *program;
};

#define INIT_THREAD \
	{           \
	}

#define TASK_SIZE	   (~0UL & PAGE_MASK)
#define STACK_TOP	   TASK_SIZE
#define STACK_TOP_MAX	   STACK_TOP
#define TASK_UNMAPPED_BASE (0UL)

struct task_struct;

#define task_pt_regs(task) ((struct pt_regs *)(task_stack_page(task) + THREAD_SIZE) - 1)
#define KSTK_EIP(task)	   (0UL)
#define KSTK_ESP(task)	   (0UL)

extern unsigned long __get_wchan(struct task_struct *p);
static inline void start_thread(struct pt_regs *regs, unsigned long pc, unsigned long sp) {}

#endif /* _ASM_LIB_PROCESSOR_H */

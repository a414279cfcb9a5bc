/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_THREAD_INFO_H
#define _ASM_LIB_THREAD_INFO_H

/*
 * At the foot of each kernel stack, so that the stack pointer alone tells who
 * runs: any host thread may carry any stack, and none needs a TLS register.
 */

#include <linux/const.h>

#define THREAD_SIZE_ORDER 2
#define THREAD_SIZE	  (_AC(4096, UL) << THREAD_SIZE_ORDER)

#ifndef __ASSEMBLY__

#include <asm/isa/stack.h>

struct task_struct;

struct thread_info {
	struct task_struct *task;
	unsigned long flags;
	int preempt_count;
	unsigned int cpu;
	unsigned int irqs_on; /* see asm/irqflags.h */
};

#define INIT_THREAD_INFO(tsk)                                      \
	{                                                          \
		.task = &tsk, .preempt_count = INIT_PREEMPT_COUNT, \
	}

static __always_inline struct thread_info *current_thread_info(void)
{
	return (struct thread_info *)(current_stack_pointer & ~(THREAD_SIZE - 1));
}

#endif /* __ASSEMBLY__ */

#define TIF_SIGPENDING	       0
#define TIF_NEED_RESCHED       1
#define TIF_NOTIFY_RESUME      2
#define TIF_NOTIFY_SIGNAL      3
#define TIF_RESTORE_SIGMASK    4
#define TIF_MEMDIE	       5
#define TIF_SYSCALL_TRACE      6
#define TIF_SYSCALL_AUDIT      7
#define TIF_SECCOMP	       8
#define TIF_SYSCALL_TRACEPOINT 9

#define _TIF_SIGPENDING		(1 << TIF_SIGPENDING)
#define _TIF_NEED_RESCHED	(1 << TIF_NEED_RESCHED)
#define _TIF_NOTIFY_RESUME	(1 << TIF_NOTIFY_RESUME)
#define _TIF_NOTIFY_SIGNAL	(1 << TIF_NOTIFY_SIGNAL)
#define _TIF_SYSCALL_TRACE	(1 << TIF_SYSCALL_TRACE)
#define _TIF_SYSCALL_AUDIT	(1 << TIF_SYSCALL_AUDIT)
#define _TIF_SECCOMP		(1 << TIF_SECCOMP)
#define _TIF_SYSCALL_TRACEPOINT (1 << TIF_SYSCALL_TRACEPOINT)

#endif /* _ASM_LIB_THREAD_INFO_H */

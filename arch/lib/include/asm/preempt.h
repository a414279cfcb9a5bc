/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_PREEMPT_H
#define _ASM_LIB_PREEMPT_H

#include <asm-generic/preempt.h>
#include <linux/threads.h>

/* The timer's bit in lib_pending: TIMER of kernel/irq.rs, which checks that. */
#define LIB_IRQ_TIMER 1

extern unsigned int lib_pending[NR_CPUS];
extern void lib_take_timer(void);

/*
 * Interrupts are taken where they are turned on. A loop that waits for another
 * task in cond_resched() may never do that: the tick, by which the scheduler
 * finds that the other one is to run, is taken here as well. Nothing else is:
 * busy loops of the network's pass here, and packets wait until they end.
 */
static __always_inline bool lib_should_resched(int offset)
{
	struct thread_info *ti = current_thread_info();

	if (unlikely(__atomic_load_n(&lib_pending[ti->cpu], __ATOMIC_RELAXED) & LIB_IRQ_TIMER) &&
	    ti->irqs_on)
		lib_take_timer();
	return should_resched(offset);
}
#define should_resched lib_should_resched

#endif

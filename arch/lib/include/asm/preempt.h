/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_PREEMPT_H
#define _ASM_LIB_PREEMPT_H

#include <asm-generic/preempt.h>
#include <linux/threads.h>

extern unsigned int lib_pending[NR_CPUS];
extern void lib_take_interrupts(void);

/*
 * Interrupts are taken where they are turned on. A loop that waits for another
 * task in cond_resched() may never do that: the tick, by which the scheduler
 * finds that the other one is to run, is taken here as well.
 */
static __always_inline bool lib_should_resched(int offset)
{
	struct thread_info *ti = current_thread_info();

	if (unlikely(__atomic_load_n(&lib_pending[ti->cpu], __ATOMIC_RELAXED)) && ti->irqs_on)
		lib_take_interrupts();
	return should_resched(offset);
}
#define should_resched lib_should_resched

#endif

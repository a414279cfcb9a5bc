/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_IRQFLAGS_H
#define _ASM_LIB_IRQFLAGS_H

/*
 * "Interrupts on" is a word of the running stack's thread_info. An interrupt
 * is a bit that any thread of the host may set in lib_pending; it is taken
 * where the word becomes 1, never in between, so a plain store is enough.
 */

#include <linux/threads.h>
#include <asm/thread_info.h>

extern unsigned int lib_pending[NR_CPUS];
extern void lib_take_interrupts(void);

static __always_inline unsigned long arch_local_save_flags(void)
{
	return current_thread_info()->irqs_on;
}

static __always_inline void arch_local_irq_disable(void)
{
	current_thread_info()->irqs_on = 0;
	barrier();
}

static __always_inline void arch_local_irq_enable(void)
{
	struct thread_info *ti = current_thread_info();

	barrier();
	ti->irqs_on = 1;
	if (unlikely(__atomic_load_n(&lib_pending[ti->cpu], __ATOMIC_RELAXED)))
		lib_take_interrupts();
}

static __always_inline unsigned long arch_local_irq_save(void)
{
	unsigned long flags = arch_local_save_flags();

	arch_local_irq_disable();
	return flags;
}

static __always_inline void arch_local_irq_restore(unsigned long flags)
{
	if (flags)
		arch_local_irq_enable();
}

static __always_inline bool arch_irqs_disabled_flags(unsigned long flags)
{
	return !flags;
}

static __always_inline bool arch_irqs_disabled(void)
{
	return arch_irqs_disabled_flags(arch_local_save_flags());
}

#endif /* _ASM_LIB_IRQFLAGS_H */

/* SPDX-License-Identifier: GPL-2.0 */
/* Interrupts, and processors. */

#ifndef LIB_BINDINGS_IRQ_H
#define LIB_BINDINGS_IRQ_H

#include <linux/cpu.h>
#include <linux/interrupt.h>
#include <linux/smp.h>
#include <asm/irq_regs.h>

static inline void lib_irqs_enable(void)
{
	local_irq_enable();
}

static inline void lib_irqs_disable(void)
{
	local_irq_disable();
}

static inline void lib_raw_irqs_enable(void)
{
	raw_local_irq_enable();
}

static inline void lib_raw_irqs_disable(void)
{
	raw_local_irq_disable();
}

static inline struct pt_regs *lib_set_irq_regs(struct pt_regs *regs)
{
	return set_irq_regs(regs);
}

static inline const struct cpumask *lib_cpumask_of(int cpu)
{
	return cpumask_of(cpu);
}

static inline void lib_set_cpu_possible(int cpu)
{
	set_cpu_possible(cpu, true);
}

static inline void lib_scheduler_ipi(void)
{
	scheduler_ipi();
}

#endif

/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_BARRIER_H
#define _ASM_LIB_BARRIER_H

extern void lib_cpu_relax(void);
#define cpu_relax() lib_cpu_relax()

#include <asm/isa/barrier.h>

/* There is no other processor to be ordered with: see asm/rmw.h. */
#ifdef CONFIG_LIB_ONE_VCPU
#undef __smp_mb
#define __smp_mb() barrier()
#endif

#include <asm-generic/barrier.h>

#endif /* _ASM_LIB_BARRIER_H */

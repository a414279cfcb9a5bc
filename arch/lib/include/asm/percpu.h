/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_PERCPU_H
#define _ASM_LIB_PERCPU_H

#include <asm-generic/percpu.h>

/*
 * An interrupt is only taken where the kernel turns interrupts on, never
 * between two instructions (asm/irqflags.h): these need not turn them off.
 */

#undef this_cpu_generic_read
#define this_cpu_generic_read raw_cpu_generic_read
#undef this_cpu_generic_to_op
#define this_cpu_generic_to_op raw_cpu_generic_to_op
#undef this_cpu_generic_add_return
#define this_cpu_generic_add_return raw_cpu_generic_add_return
#undef this_cpu_generic_xchg
#define this_cpu_generic_xchg raw_cpu_generic_xchg
#undef this_cpu_generic_cmpxchg
#define this_cpu_generic_cmpxchg raw_cpu_generic_cmpxchg
#undef this_cpu_generic_try_cmpxchg
#define this_cpu_generic_try_cmpxchg raw_cpu_generic_try_cmpxchg
#undef this_cpu_generic_cmpxchg_double
#define this_cpu_generic_cmpxchg_double raw_cpu_generic_cmpxchg_double

#endif /* _ASM_LIB_PERCPU_H */

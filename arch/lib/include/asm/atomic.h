/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_ATOMIC_H
#define _ASM_LIB_ATOMIC_H

/*
 * Atomic counters. Only the relaxed forms are given; <linux/atomic.h> makes
 * the ordered ones with the barriers of <asm/barrier.h>, which cost nothing
 * where a read-modify-write is a barrier.
 */

#include <linux/types.h>
#include <asm/barrier.h>
#include <asm/cmpxchg.h>
#include <asm/rmw.h>

#define LIB_ATOMIC_VOID(prefix, type, name, op, sign)                  \
	static __always_inline void prefix##_##op(type i, name##_t *v) \
	{                                                              \
		(void)lib_fetch(op, sign, &v->counter, i);             \
	}

#define LIB_ATOMIC_FETCH(prefix, type, name, op, sign)                                 \
	static __always_inline type prefix##_fetch_##op##_relaxed(type i, name##_t *v) \
	{                                                                              \
		return lib_fetch(op, sign, &v->counter, i);                            \
	}

#define LIB_ATOMIC_RETURN(prefix, type, name, op, sign)                                 \
	static __always_inline type prefix##_##op##_return_relaxed(type i, name##_t *v) \
	{                                                                               \
		return lib_fetch(op, sign, &v->counter, i) sign i;                      \
	}

#define LIB_ATOMIC_ARITHMETIC(prefix, type, name, op, sign) \
	LIB_ATOMIC_VOID(prefix, type, name, op, sign)       \
	LIB_ATOMIC_FETCH(prefix, type, name, op, sign)      \
	LIB_ATOMIC_RETURN(prefix, type, name, op, sign)

#define LIB_ATOMIC_LOGIC(prefix, type, name, op, sign) \
	LIB_ATOMIC_VOID(prefix, type, name, op, sign)  \
	LIB_ATOMIC_FETCH(prefix, type, name, op, sign)

#define LIB_ATOMIC_ALL(prefix, type, name)                \
	LIB_ATOMIC_ARITHMETIC(prefix, type, name, add, +) \
	LIB_ATOMIC_ARITHMETIC(prefix, type, name, sub, -) \
	LIB_ATOMIC_LOGIC(prefix, type, name, and, &)      \
	LIB_ATOMIC_LOGIC(prefix, type, name, or, |)       \
	LIB_ATOMIC_LOGIC(prefix, type, name, xor, ^)

LIB_ATOMIC_ALL(arch_atomic, int, atomic)

#define arch_atomic_read(v)			 READ_ONCE((v)->counter)
#define arch_atomic_set(v, i)			 WRITE_ONCE((v)->counter, (i))
#define arch_atomic_add_return_relaxed		 arch_atomic_add_return_relaxed
#define arch_atomic_sub_return_relaxed		 arch_atomic_sub_return_relaxed
#define arch_atomic_fetch_add_relaxed		 arch_atomic_fetch_add_relaxed
#define arch_atomic_fetch_sub_relaxed		 arch_atomic_fetch_sub_relaxed
#define arch_atomic_fetch_and_relaxed		 arch_atomic_fetch_and_relaxed
#define arch_atomic_fetch_or_relaxed		 arch_atomic_fetch_or_relaxed
#define arch_atomic_fetch_xor_relaxed		 arch_atomic_fetch_xor_relaxed
#define arch_atomic_xchg_relaxed(v, new)	 arch_xchg_relaxed(&(v)->counter, (new))
#define arch_atomic_cmpxchg_relaxed(v, old, new) arch_cmpxchg_relaxed(&(v)->counter, (old), (new))

#define ATOMIC64_INIT(i) \
	{                \
		(i)      \
	}

LIB_ATOMIC_ALL(arch_atomic64, s64, atomic64)

#define arch_atomic64_read(v)			   READ_ONCE((v)->counter)
#define arch_atomic64_set(v, i)			   WRITE_ONCE((v)->counter, (i))
#define arch_atomic64_add_return_relaxed	   arch_atomic64_add_return_relaxed
#define arch_atomic64_sub_return_relaxed	   arch_atomic64_sub_return_relaxed
#define arch_atomic64_fetch_add_relaxed		   arch_atomic64_fetch_add_relaxed
#define arch_atomic64_fetch_sub_relaxed		   arch_atomic64_fetch_sub_relaxed
#define arch_atomic64_fetch_and_relaxed		   arch_atomic64_fetch_and_relaxed
#define arch_atomic64_fetch_or_relaxed		   arch_atomic64_fetch_or_relaxed
#define arch_atomic64_fetch_xor_relaxed		   arch_atomic64_fetch_xor_relaxed
#define arch_atomic64_xchg_relaxed(v, new)	   arch_xchg_relaxed(&(v)->counter, (new))
#define arch_atomic64_cmpxchg_relaxed(v, old, new) arch_cmpxchg_relaxed(&(v)->counter, (old), (new))

#endif /* _ASM_LIB_ATOMIC_H */

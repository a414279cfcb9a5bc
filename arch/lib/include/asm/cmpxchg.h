/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_CMPXCHG_H
#define _ASM_LIB_CMPXCHG_H

/* Exchange and compare-and-exchange from the compiler's builtins. */

#define arch_xchg_relaxed(ptr, new)                                                    \
	({                                                                             \
		__typeof__(ptr) __xp = (ptr);                                          \
		(__typeof__(*__xp))__atomic_exchange_n(__xp, (__typeof__(*__xp))(new), \
						       __ATOMIC_RELAXED);              \
	})

#define arch_cmpxchg_relaxed(ptr, old, new)                                           \
	({                                                                            \
		__typeof__(ptr) __cp = (ptr);                                         \
		__typeof__(*__cp) __co = (__typeof__(*__cp))(old);                    \
		__atomic_compare_exchange_n(__cp, &__co, (__typeof__(*__cp))(new), 0, \
					    __ATOMIC_RELAXED, __ATOMIC_RELAXED);      \
		__co;                                                                 \
	})

#define arch_cmpxchg_local     arch_cmpxchg_relaxed
#define arch_cmpxchg64_relaxed arch_cmpxchg_relaxed
#define arch_cmpxchg64_local   arch_cmpxchg_relaxed

#endif /* _ASM_LIB_CMPXCHG_H */

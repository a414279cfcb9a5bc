/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_RMW_H
#define _ASM_LIB_RMW_H

/*
 * Read, modify, write. With one virtual processor nothing happens in between:
 * interrupts are taken where the kernel turns them on (asm/irqflags.h), and a
 * thread that executes the kernel next has waited for the processor's lock.
 * What programs share with the kernel (futexes) does not come here.
 */

#ifdef CONFIG_LIB_ONE_VCPU

#define lib_fetch(op, sign, ptr, i)                           \
	({                                                    \
		__typeof__(ptr) __lib_at = (ptr);             \
		__typeof__(*__lib_at) __lib_seen = *__lib_at; \
		*__lib_at = __lib_seen sign(i);               \
		__lib_seen;                                   \
	})

#define lib_xchg(ptr, new)                                    \
	({                                                    \
		__typeof__(ptr) __lib_at = (ptr);             \
		__typeof__(*__lib_at) __lib_seen = *__lib_at; \
		*__lib_at = (__typeof__(*__lib_at))(new);     \
		__lib_seen;                                   \
	})

#define lib_cmpxchg(ptr, old, new)                                \
	({                                                        \
		__typeof__(ptr) __lib_at = (ptr);                 \
		__typeof__(*__lib_at) __lib_seen = *__lib_at;     \
		if (__lib_seen == (__typeof__(*__lib_at))(old))   \
			*__lib_at = (__typeof__(*__lib_at))(new); \
		__lib_seen;                                       \
	})

#else

#define lib_fetch(op, sign, ptr, i) __atomic_fetch_##op(ptr, i, __ATOMIC_RELAXED)

#define lib_xchg(ptr, new)                                                                     \
	({                                                                                     \
		__typeof__(ptr) __lib_at = (ptr);                                              \
		__atomic_exchange_n(__lib_at, (__typeof__(*__lib_at))(new), __ATOMIC_RELAXED); \
	})

#define lib_cmpxchg(ptr, old, new)                                                               \
	({                                                                                       \
		__typeof__(ptr) __lib_at = (ptr);                                                \
		__typeof__(*__lib_at) __lib_seen = (__typeof__(*__lib_at))(old);                 \
		__atomic_compare_exchange_n(__lib_at, &__lib_seen, (__typeof__(*__lib_at))(new), \
					    0, __ATOMIC_RELAXED, __ATOMIC_RELAXED);              \
		__lib_seen;                                                                      \
	})

#endif

#endif /* _ASM_LIB_RMW_H */

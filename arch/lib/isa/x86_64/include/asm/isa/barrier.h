/* SPDX-License-Identifier: GPL-2.0 */
/* x86-64 orders all but stores before loads; a locked instruction is a full barrier. */

#define mb()  asm volatile("mfence" ::: "memory")
#define rmb() asm volatile("lfence" ::: "memory")
#define wmb() asm volatile("sfence" ::: "memory")

#define __smp_mb()		  asm volatile("lock addl $0, -4(%%rsp)" ::: "memory", "cc")
#define __smp_rmb()		  barrier()
#define __smp_wmb()		  barrier()
#define __smp_mb__before_atomic() barrier()
#define __smp_mb__after_atomic()  barrier()

#define __smp_store_release(p, v)                   \
	do {                                        \
		compiletime_assert_atomic_type(*p); \
		barrier();                          \
		WRITE_ONCE(*p, v);                  \
	} while (0)

#define __smp_load_acquire(p)                       \
	({                                          \
		typeof(*p) ___p1 = READ_ONCE(*p);   \
		compiletime_assert_atomic_type(*p); \
		barrier();                          \
		___p1;                              \
	})

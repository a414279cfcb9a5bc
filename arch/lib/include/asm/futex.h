/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_FUTEX_H
#define _ASM_LIB_FUTEX_H

/* Compare-and-exchange on the program's memory (arch/lib/isa), the rest made of it. */

#include <linux/futex.h>
#include <linux/uaccess.h>

extern int lib_futex_cmpxchg(u32 *uval, u32 __user *uaddr, u32 old, u32 new);

static inline int futex_atomic_cmpxchg_inatomic(u32 *uval, u32 __user *uaddr, u32 old, u32 new)
{
	return lib_futex_cmpxchg(uval, uaddr, old, new);
}

static inline int arch_futex_atomic_op_inuser(int op, u32 oparg, int *oval, u32 __user *uaddr)
{
	u32 old, seen, new;
	int err;

	if (get_user(old, uaddr))
		return -EFAULT;

	for (;; old = seen) {
		switch (op) {
		case FUTEX_OP_SET:
			new = oparg;
			break;
		case FUTEX_OP_ADD:
			new = old + oparg;
			break;
		case FUTEX_OP_OR:
			new = old | oparg;
			break;
		case FUTEX_OP_ANDN:
			new = old & ~oparg;
			break;
		case FUTEX_OP_XOR:
			new = old ^ oparg;
			break;
		default:
			return -ENOSYS;
		}
		err = lib_futex_cmpxchg(&seen, uaddr, old, new);
		if (err)
			return err;
		if (seen == old)
			break;
	}
	*oval = old;
	return 0;
}

#endif /* _ASM_LIB_FUTEX_H */

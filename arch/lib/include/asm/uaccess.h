/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_UACCESS_H
#define _ASM_LIB_UACCESS_H

/*
 * The program's memory is dereferenced where it is. A bad address faults, the
 * host's handler asks for the fixup (arch/lib/mm/uaccess.rs), and the copy
 * returns what it did not do.
 */

#include <linux/string.h>

extern unsigned long raw_copy_from_user(void *to, const void __user *from, unsigned long n);
extern unsigned long raw_copy_to_user(void __user *to, const void *from, unsigned long n);
extern unsigned long __clear_user(void __user *to, unsigned long n);
#define __clear_user __clear_user

extern unsigned long lib_copy_nofault(void *to, const void *from, unsigned long n);

#define __get_kernel_nofault(dst, src, type, label)           \
	do {                                                  \
		if (lib_copy_nofault(dst, src, sizeof(type))) \
			goto label;                           \
	} while (0)

#define __put_kernel_nofault(dst, src, type, label) __get_kernel_nofault(dst, src, type, label)

#include <asm-generic/uaccess.h>

#endif /* _ASM_LIB_UACCESS_H */

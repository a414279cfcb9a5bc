// SPDX-License-Identifier: GPL-2.0
/*
 * What only C can say: entries of linker-made tables, and values of macros. All
 * that they lead to is Rust.
 */

#include <linux/binfmts.h>
#include <linux/export.h>
#include <linux/init.h>
#include <linux/percpu.h>
#include <asm/checksum.h>
#include <asm/page.h>
#include <asm/string.h>
#include <asm/uaccess.h>

/* kernel/process.rs */
extern int lib_program_init(void);
late_initcall(lib_program_init);

EXPORT_SYMBOL(memcpy);
EXPORT_SYMBOL(memmove);
EXPORT_SYMBOL(memset);
EXPORT_SYMBOL(raw_copy_from_user);
EXPORT_SYMBOL(raw_copy_to_user);
EXPORT_SYMBOL(lib_memory_base);

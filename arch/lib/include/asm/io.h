/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_IO_H
#define _ASM_LIB_IO_H

#include <linux/types.h>
#include <asm/page.h>
#include <asm-generic/io.h>

#endif /* _ASM_LIB_IO_H */

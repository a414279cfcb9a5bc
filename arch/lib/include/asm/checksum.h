/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_CHECKSUM_H
#define _ASM_LIB_CHECKSUM_H

#include <linux/types.h>

/* arch/lib/lib/checksum.rs; the rest is generic. */
extern unsigned int do_csum(const unsigned char *buff, int len);
#define do_csum do_csum

#include <asm-generic/checksum.h>

#endif /* _ASM_LIB_CHECKSUM_H */

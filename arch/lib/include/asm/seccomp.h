/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_SECCOMP_H
#define _ASM_LIB_SECCOMP_H

#include <asm-generic/seccomp.h>

#endif /* _ASM_LIB_SECCOMP_H */

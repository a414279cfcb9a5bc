/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_CMPXCHG_H
#define _ASM_LIB_CMPXCHG_H

#include <asm/rmw.h>

#define arch_xchg_relaxed      lib_xchg
#define arch_cmpxchg_relaxed   lib_cmpxchg
#define arch_cmpxchg_local     lib_cmpxchg
#define arch_cmpxchg64_relaxed lib_cmpxchg
#define arch_cmpxchg64_local   lib_cmpxchg

#endif /* _ASM_LIB_CMPXCHG_H */

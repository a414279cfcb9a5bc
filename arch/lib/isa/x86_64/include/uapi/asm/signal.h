/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_ASM_ISA_SIGNAL_H
#define _UAPI_ASM_ISA_SIGNAL_H

/* x86-64's struct sigaction has a restorer. */
#define SA_RESTORER 0x04000000

#include <asm-generic/signal.h>

#endif /* _UAPI_ASM_ISA_SIGNAL_H */

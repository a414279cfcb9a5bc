/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_ASM_LIB_PTRACE_H
#define _UAPI_ASM_LIB_PTRACE_H

/* A program's registers never enter the kernel: there is nothing to describe. */

#endif /* _UAPI_ASM_LIB_PTRACE_H */

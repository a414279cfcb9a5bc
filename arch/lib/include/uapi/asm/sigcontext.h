/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
#ifndef _UAPI_ASM_LIB_SIGCONTEXT_H
#define _UAPI_ASM_LIB_SIGCONTEXT_H

/* Signal frames are built by the host. */
struct sigcontext {
	unsigned long none;
};

#endif /* _UAPI_ASM_LIB_SIGCONTEXT_H */

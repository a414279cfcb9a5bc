/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_ISA_ELF_H
#define _ASM_ISA_ELF_H

#define ELF_ARCH       EM_X86_64
#define LIB_AUDIT_ARCH AUDIT_ARCH_X86_64

#endif /* _ASM_ISA_ELF_H */

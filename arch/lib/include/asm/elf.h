/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_ELF_H
#define _ASM_LIB_ELF_H

#include <asm/isa/elf.h>
#include <asm/ptrace.h>

#define ELF_CLASS ELFCLASS64
#define ELF_DATA  ELFDATA2LSB

typedef unsigned long elf_greg_t;
#define ELF_NGREG (sizeof(struct pt_regs) / sizeof(elf_greg_t))
typedef elf_greg_t elf_gregset_t[ELF_NGREG];
typedef struct {
	unsigned long none;
} elf_fpregset_t;

#define elf_check_arch(x) ((x)->e_machine == ELF_ARCH)
#define ELF_EXEC_PAGESIZE PAGE_SIZE
#define ELF_ET_DYN_BASE	  0
#define ELF_HWCAP	  0
#define ELF_PLATFORM	  NULL

#endif /* _ASM_LIB_ELF_H */

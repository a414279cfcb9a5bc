// SPDX-License-Identifier: GPL-2.0
/* The system-call table, from the table of the host's processor in the tree. */

#include <linux/linkage.h>
#include <linux/syscalls.h>
#include <asm/syscall.h>
#include <asm/unistd.h>

/* Entries that only a kernel on the bare processor has. */
asmlinkage long sys_arch_prctl(void);
asmlinkage long sys_iopl(void);
asmlinkage long sys_modify_ldt(void);
asmlinkage long sys_rt_sigreturn(void);
asmlinkage long sys_uretprobe(void);
cond_syscall(sys_arch_prctl);
cond_syscall(sys_iopl);
cond_syscall(sys_ioperm);
cond_syscall(sys_map_shadow_stack);
cond_syscall(sys_memfd_secret);
cond_syscall(sys_modify_ldt);
cond_syscall(sys_rt_sigreturn);
cond_syscall(sys_uretprobe);

/* x86-64 takes the offset of mmap in bytes. */
SYSCALL_DEFINE6(mmap, unsigned long, addr, unsigned long, len, unsigned long, prot, unsigned long,
		flags, unsigned long, fd, unsigned long, off)
{
	if (offset_in_page(off))
		return -EINVAL;
	return ksys_mmap_pgoff(addr, len, prot, flags, fd, off >> PAGE_SHIFT);
}

#define __SYSCALL_NORETURN(nr, entry)		 __SYSCALL(nr, entry)
#define __SYSCALL_WITH_COMPAT(nr, entry, compat) __SYSCALL(nr, entry)
#define __SYSCALL(nr, entry)			 [nr] = (sys_call_ptr_t)(void *)entry,

const sys_call_ptr_t sys_call_table[NR_syscalls] = {
	[0 ... NR_syscalls - 1] = (sys_call_ptr_t)(void *)sys_ni_syscall,
#include <asm/syscall_table.h>
};

const unsigned int lib_nr_syscalls = NR_syscalls;

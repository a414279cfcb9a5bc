/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_LIB_PTRACE_H
#define _ASM_LIB_PTRACE_H

#ifndef __ASSEMBLY__

/* A program's registers are the host's business: what is left is whether an
 * interrupt came while the program ran, and the arguments of its call. */
struct pt_regs {
	unsigned long user;
	unsigned long nr;
	unsigned long args[6];
	unsigned long result;
};

#define user_mode(regs)		     ((regs)->user)
#define instruction_pointer(regs)    ((void)(regs), 0UL)
#define user_stack_pointer(regs)     ((void)(regs), 0UL)
#define profile_pc(regs)	     instruction_pointer(regs)
#define current_user_stack_pointer() (0UL)

static inline unsigned long regs_return_value(struct pt_regs *regs)
{
	return regs->result;
}

#endif /* __ASSEMBLY__ */

#endif /* _ASM_LIB_PTRACE_H */

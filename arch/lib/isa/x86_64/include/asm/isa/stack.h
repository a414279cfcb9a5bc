/* SPDX-License-Identifier: GPL-2.0 */
#ifndef _ASM_ISA_STACK_H
#define _ASM_ISA_STACK_H

register unsigned long current_stack_pointer asm("rsp");

#endif /* _ASM_ISA_STACK_H */

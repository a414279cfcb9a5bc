// SPDX-License-Identifier: GPL-2.0

//! Copies that may meet a bad address. Each instruction that can fault has an entry in the
//! kernel's exception table, whose fixup finishes bytewise or returns.

use core::arch::global_asm;

global_asm!(
    r#"
    .macro fixup from, to
    # R: nothing refers to the entries, and they must stay.
    .pushsection __ex_table, "awR", @progbits
    .balign 8
    .quad \from, \to
    .popsection
    .endm

    .pushsection .text

    # unsigned long lib_copy(void *to, const void *from, unsigned long n): bytes not copied
    .globl lib_copy
    .type lib_copy, @function
lib_copy:
    mov rcx, rdx
    cmp rcx, 64
    ja 20f
10: cmp rcx, 8
    jb 14f
11: mov rax, [rsi]
12: mov [rdi], rax
    add rsi, 8
    add rdi, 8
    sub rcx, 8
    jmp 10b
14: cmp rcx, 4
    jb 20f
15: mov eax, [rsi]
16: mov [rdi], eax
    add rsi, 4
    add rdi, 4
    sub rcx, 4
20: rep movsb
21: mov rax, rcx
    ret
    fixup 11b, 20b
    fixup 12b, 20b
    fixup 15b, 20b
    fixup 16b, 20b
    fixup 20b, 21b
    .size lib_copy, . - lib_copy

    # unsigned long lib_clear(void *to, unsigned long n): bytes not cleared
    .globl lib_clear
    .type lib_clear, @function
lib_clear:
    mov rcx, rsi
    xor eax, eax
30: rep stosb
31: mov rax, rcx
    ret
    fixup 30b, 31b
    .size lib_clear, . - lib_clear

    # int lib_cmpxchg_user(u32 *seen, u32 *at, u32 old, u32 new): 0 or -EFAULT
    .globl lib_cmpxchg_user
    .type lib_cmpxchg_user, @function
lib_cmpxchg_user:
    mov eax, edx
40: lock cmpxchg [rsi], ecx
    mov [rdi], eax
    xor eax, eax
    ret
41: mov eax, -14
    ret
    fixup 40b, 41b
    .size lib_cmpxchg_user, . - lib_cmpxchg_user

    .popsection
"#
);

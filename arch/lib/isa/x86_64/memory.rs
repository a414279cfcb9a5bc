// SPDX-License-Identifier: GPL-2.0

//! memcpy, memmove and memset. Short lengths are two overlapping moves; long ones are string
//! instructions, which processors of the last ten years run at full width.
//!
//! KASAN has functions of those names that check first; then these go by the other ones.

use core::arch::global_asm;

global_asm!(
    r#"
    .pushsection .text

    .globl __memcpy
    .weak memcpy
    .type memcpy, @function
__memcpy:
memcpy:
    mov rax, rdi
    cmp rdx, 16
    jb 12f
    cmp rdx, 32
    ja 11f
    movdqu xmm0, [rsi]
    movdqu xmm1, [rsi + rdx - 16]
    movdqu [rdi], xmm0
    movdqu [rdi + rdx - 16], xmm1
    ret
11: cmp rdx, 128
    ja 15f
    movdqu xmm0, [rsi]
    movdqu xmm1, [rsi + 16]
    movdqu xmm2, [rsi + rdx - 32]
    movdqu xmm3, [rsi + rdx - 16]
    cmp rdx, 64
    jbe 16f
    movdqu xmm4, [rsi + 32]
    movdqu xmm5, [rsi + 48]
    movdqu xmm6, [rsi + rdx - 64]
    movdqu xmm7, [rsi + rdx - 48]
    movdqu [rdi + 32], xmm4
    movdqu [rdi + 48], xmm5
    movdqu [rdi + rdx - 64], xmm6
    movdqu [rdi + rdx - 48], xmm7
16: movdqu [rdi], xmm0
    movdqu [rdi + 16], xmm1
    movdqu [rdi + rdx - 32], xmm2
    movdqu [rdi + rdx - 16], xmm3
    ret
12: cmp rdx, 8
    jb 13f
    mov rcx, [rsi]
    mov r8, [rsi + rdx - 8]
    mov [rdi], rcx
    mov [rdi + rdx - 8], r8
    ret
13: cmp rdx, 4
    jb 14f
    mov ecx, [rsi]
    mov r8d, [rsi + rdx - 4]
    mov [rdi], ecx
    mov [rdi + rdx - 4], r8d
    ret
14: test rdx, rdx
    jz 17f
    movzx ecx, byte ptr [rsi]
    mov [rdi], cl
    cmp rdx, 1
    je 17f
    movzx ecx, word ptr [rsi + rdx - 2]
    mov [rdi + rdx - 2], cx
17: ret
15: mov rcx, rdx
    rep movsb
    ret
    .size memcpy, . - memcpy

    .globl __memmove
    .weak memmove
    .type memmove, @function
__memmove:
memmove:
    mov rax, rdi
    sub rax, rsi
    cmp rax, rdx
    jae __memcpy
    mov rax, rdi
    # The destination begins inside the source: backwards.
    lea rsi, [rsi + rdx]
    lea rdi, [rdi + rdx]
21: cmp rdx, 8
    jb 22f
    sub rsi, 8
    sub rdi, 8
    sub rdx, 8
    mov rcx, [rsi]
    mov [rdi], rcx
    jmp 21b
22: test rdx, rdx
    jz 23f
    dec rsi
    dec rdi
    dec rdx
    movzx ecx, byte ptr [rsi]
    mov [rdi], cl
    jmp 22b
23: ret
    .size memmove, . - memmove

    .globl __memset
    .weak memset
    .type memset, @function
__memset:
memset:
    mov r8, rdi
    movzx eax, sil
    mov rcx, 0x0101010101010101
    imul rax, rcx
    cmp rdx, 16
    jb 32f
    movq xmm0, rax
    punpcklqdq xmm0, xmm0
    cmp rdx, 256
    ja 34f
    lea rcx, [rdi + rdx - 16]
31: movdqu [rdi], xmm0
    add rdi, 16
    cmp rdi, rcx
    jb 31b
    movdqu [rcx], xmm0
    mov rax, r8
    ret
32: cmp rdx, 8
    jb 33f
    mov [rdi], rax
    mov [rdi + rdx - 8], rax
    mov rax, r8
    ret
33: test rdx, rdx
    jz 35f
    mov [rdi], al
    inc rdi
    dec rdx
    jmp 33b
35: mov rax, r8
    ret
34: mov rcx, rdx
    rep stosb
    mov rax, r8
    ret
    .size memset, . - memset

    .popsection
"#
);

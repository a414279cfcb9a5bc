// SPDX-License-Identifier: GPL-2.0

//! Switching stacks: between two tasks, and between a thread of the host and the kernel.
//!
//! A context that does not run is its stack pointer; what a function must preserve is on its
//! stack. The control words of the floating-point units are left alone: they belong to the host
//! thread, and the kernel does not compute with them.

use core::arch::global_asm;

global_asm!(
    r#"
    .pushsection .text
    .globl lib_switch
    .type lib_switch, @function
lib_switch:
    push rbp
    push rbx
    push r12
    push r13
    push r14
    push r15
    mov [rdi], rsp
    mov rsp, rsi
    pop r15
    pop r14
    pop r13
    pop r12
    pop rbx
    pop rbp
    mov rax, rdx
    ret
    .size lib_switch, . - lib_switch

    .globl lib_stack_entry
    .type lib_stack_entry, @function
lib_stack_entry:
    mov rdi, rax
    call rbx
    ud2
    .size lib_stack_entry, . - lib_stack_entry
    .popsection
"#
);

unsafe extern "C" {
    fn lib_switch(save: *mut usize, to: usize, message: usize) -> usize;
    fn lib_stack_entry();
}

/// Leaves the running context, whose stack pointer goes to `save`, for the one at `to`, which
/// sees `message` returned by the call of `switch` that left it. Returns when something switches
/// back, with that one's message.
///
/// # Safety
///
/// `to` was saved by `switch` or made by [`Stack::prepare`], and has not been resumed since.
/// `save` outlives the absence.
pub unsafe fn switch(save: *mut usize, to: usize, message: usize) -> usize {
    // SAFETY: as the caller promises.
    unsafe { lib_switch(save, to, message) }
}

/// What `lib_switch` pops, and what lies above it.
#[repr(C)]
pub struct Stack {
    r15_to_r12: [usize; 4],
    rbx: usize,
    rbp: usize,
    ret: usize,
}

impl Stack {
    /// Makes the stack that ends at `top` one that begins with `entry(message)` when it is
    /// switched to. Returns its stack pointer.
    ///
    /// # Safety
    ///
    /// The bytes below `top`, which is a multiple of 16, are a stack that nothing uses. `entry`
    /// never returns.
    pub unsafe fn prepare(top: usize, entry: extern "C" fn(usize) -> !) -> usize {
        let frame = (top - size_of::<Stack>()) as *mut Stack;
        // SAFETY: the caller owns the memory below `top`.
        unsafe {
            frame.write(Stack {
                r15_to_r12: [0; 4],
                rbx: entry as usize,
                rbp: 0,
                ret: lib_stack_entry as *const () as usize,
            });
        }
        frame as usize
    }
}

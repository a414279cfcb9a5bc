// SPDX-License-Identifier: GPL-2.0

//! Switching stacks: between two tasks, and between a thread of the host and the kernel.
//!
//! A context that does not run is its stack pointer; what a function must preserve is on its
//! stack. The control words of the floating-point units are left alone: they belong to the host
//! thread, and the kernel does not compute with them.

//!
//! There is no call and no return in a switch: the processor's prediction of returns stays right on
//! either side.

use core::arch::{asm, global_asm};

global_asm!(
    r#"
    .pushsection .text
    .globl lib_stack_entry
    .type lib_stack_entry, @function
lib_stack_entry:
    pop rbx
    pop rbp
    mov rdi, rax
    call rbx
    ud2
    .size lib_stack_entry, . - lib_stack_entry
    .popsection
"#
);

unsafe extern "C" {
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
#[inline(always)]
pub unsafe fn switch(save: *mut usize, to: usize, message: usize) -> usize {
    let answer;
    // SAFETY: as the caller promises. What the block does not name as lost, it keeps on the stack.
    unsafe {
        asm!(
            "push rbp",
            "push rbx",
            "lea rcx, [rip + 2f]",
            "push rcx",
            "mov [rdi], rsp",
            "mov rsp, rsi",
            "pop rcx",
            "jmp rcx",
            "2:",
            "pop rbx",
            "pop rbp",
            in("rdi") save,
            in("rsi") to,
            inlateout("rax") message => answer,
            out("r12") _,
            out("r13") _,
            out("r14") _,
            out("r15") _,
            clobber_abi("C"),
        );
    }
    answer
}

/// The frame pointer of the calling function, if it has one.
#[inline(always)]
pub fn frame_pointer() -> usize {
    let frame;
    // SAFETY: copies a register.
    unsafe { asm!("mov {}, rbp", out(reg) frame, options(nomem, nostack)) };
    frame
}

/// That of a context that does not run.
///
/// # Safety
///
/// `sp` was saved by `switch`.
pub unsafe fn saved_frame_pointer(sp: usize) -> usize {
    // SAFETY: as the caller promises.
    unsafe { (*(sp as *const Stack)).rbp }
}

/// What `switch` leaves on a stack.
#[repr(C)]
pub struct Stack {
    resume: usize,
    rbx: usize,
    rbp: usize,
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
        let resume = lib_stack_entry as *const () as usize;
        // SAFETY: the caller owns the memory below `top`.
        unsafe { frame.write(Stack { resume, rbx: entry as usize, rbp: 0 }) };
        frame as usize
    }
}

// SPDX-License-Identifier: GPL-2.0

//! The program's handlers of signals, called as the kernel does: a frame on the program's stack, or on
//! its signal stack, with what the kernel has told our handler. Also signal stacks.

use core::ffi::c_int;
use core::mem::offset_of;

use libc::{siginfo_t, stack_t, ucontext_t};
use libos_host::fault;
use libos_host::owner::unveil;

use super::record::{INVALID, NO_STACK, Record};
use super::{actions, crossing};
use crate::call::Call;
use crate::errno::{Errno, Outcome};
use crate::signals::action::Action;
use crate::signals::mask;
use crate::{memory, registers};

/// Below the stack pointer, where a function may keep something.
const RED_ZONE: usize = 128;
/// How long the kernel's part of a context is.
const CONTEXT: usize = offset_of!(ucontext_t, uc_sigmask) + mask::SIZE;

/// `struct rt_sigframe`; the extended registers are above it.
#[repr(C)]
struct Frame {
    restorer: usize,
    context: [u8; CONTEXT],
    info: siginfo_t,
}

/// Calls the program's handler of a signal when ours returns. False if there is no room for that.
pub fn enter(
    record: &Record,
    signal: c_int,
    action: Action,
    info: &siginfo_t,
    context: &mut ucontext_t,
) -> bool {
    let before = mask_of(context);
    let extended = Extended::of(context);
    let stack = record.signal_stack.get();
    let top = top(&stack, action, context);
    let extended_at = (top - extended.len) & !63;
    let at = ((extended_at - size_of::<Frame>()) & !15) - 8;
    if contains(&stack, top) && !contains(&stack, at) {
        return false;
    }
    let own = core::mem::replace(&mut context.uc_stack, stack);
    context.uc_mcontext.fpregs =
        if extended.len == 0 { core::ptr::null_mut() } else { extended_at as *mut _ };
    let mut frame =
        Frame { restorer: actions::restorer(signal), context: [0; CONTEXT], info: *info };
    unveil(&mut frame.info);
    let after = || before & !mask::KEPT | record.held.blocked();
    // As the program sees it, and may change it.
    write_mask(context, record.mask_after.take().unwrap_or_else(after));
    // SAFETY: as long as a part of the context.
    unsafe {
        let from = core::ptr::from_ref(context).cast::<u8>();
        frame.context.as_mut_ptr().copy_from_nonoverlapping(from, CONTEXT);
    }
    context.uc_stack = own;
    // The kernel gives our handler, and so the program's, the registers that a program begins with.
    context.uc_mcontext.fpregs = core::ptr::null_mut();
    if !extended.write(extended_at) || !write(at, &frame) {
        return false;
    }
    if stack.ss_flags & AUTODISARM != 0 {
        record.signal_stack.set(NO_STACK);
    }
    let args = [signal as usize, at + offset_of!(Frame, info), at + offset_of!(Frame, context)];
    crossing::enter_handler(context, action.handler, at, args);
    let own = if action.flags & libc::SA_NODEFER != 0 { 0 } else { mask::bit(signal) };
    set_mask(context, before | action.mask | own);
    if action.flags & libc::SA_RESETHAND != 0 {
        actions::reset(signal);
    }
    true
}

/// rt_sigreturn(2) for the program. Returns if there is no frame.
///
/// # Safety
///
/// In the handler, for that call.
pub unsafe fn leave(record: &Record, context: &mut ucontext_t) -> Outcome {
    let at = registers::stack(&context.uc_mcontext.gregs);
    let stack_at = at + offset_of!(ucontext_t, uc_stack);
    let mask_at = at + offset_of!(ucontext_t, uc_sigmask);
    let (stack, mask) = (memory::read::<stack_t>(stack_at), memory::read::<u64>(mask_at));
    let (Some(stack), Some(mask)) = (stack, mask) else { return Err(Errno(libc::EFAULT)) };
    if let Ok(stack) = checked(stack, &NO_STACK) {
        record.signal_stack.set(stack);
    }
    memory::write(stack_at, record.own_signal_stack);
    memory::write(mask_at, mask & !mask::KEPT);
    record.held.block(mask);
    record.held.send_later();
    // SAFETY: as the caller promises; a frame that is none ends the process, as it does by itself.
    unsafe { crossing::return_from_handler(at) }
}

/// sigaltstack(2).
pub fn change_stack(record: &Record, context: &ucontext_t, call: Call) -> Outcome {
    let [new, before, ..] = call.args;
    let stack = record.signal_stack.get();
    let on = if is_on(&stack, context) { libc::SS_ONSTACK } else { 0 };
    let was = stack_t { ss_flags: stack.ss_flags | on, ..stack };
    if new != 0 {
        let new = memory::read::<stack_t>(new).ok_or(Errno(libc::EFAULT))?;
        record.signal_stack.set(checked(new, &was)?);
    }
    if before != 0 && !memory::write(before, was) {
        return Err(Errno(libc::EFAULT));
    }
    Ok(0)
}

/// `SS_AUTODISARM` of `<linux/signal.h>`: a handler on the stack has none.
const AUTODISARM: c_int = 1 << 31;

fn checked(new: stack_t, was: &stack_t) -> Result<stack_t, Errno> {
    if was.ss_flags & libc::SS_ONSTACK != 0 {
        return Err(Errno(libc::EPERM));
    }
    match new.ss_flags & !AUTODISARM {
        libc::SS_DISABLE => Ok(NO_STACK),
        0 | libc::SS_ONSTACK if new.ss_size < libc::MINSIGSTKSZ => Err(Errno(libc::ENOMEM)),
        0 | libc::SS_ONSTACK => Ok(stack_t { ss_flags: new.ss_flags & AUTODISARM, ..new }),
        _ => Err(INVALID),
    }
}

fn is_on(stack: &stack_t, context: &ucontext_t) -> bool {
    let is_for_all = stack.ss_flags & AUTODISARM == 0;
    is_for_all && contains(stack, registers::stack(&context.uc_mcontext.gregs))
}

/// Whether the thread was on our signal stack, in our handler.
pub fn is_ours(record: &Record, context: &ucontext_t) -> bool {
    contains(&record.own_signal_stack, registers::stack(&context.uc_mcontext.gregs))
}

/// Whether a stack pointer is that of the stack.
fn contains(stack: &stack_t, at: usize) -> bool {
    let base = stack.ss_sp as usize;
    at > base && at - base <= stack.ss_size
}

/// Where the frame's end is to be.
fn top(stack: &stack_t, action: Action, context: &ucontext_t) -> usize {
    let wanted = action.flags & libc::SA_ONSTACK != 0 && stack.ss_size > 0;
    if wanted && !is_on(stack, context) {
        return stack.ss_sp as usize + stack.ss_size;
    }
    registers::stack(&context.uc_mcontext.gregs) - RED_ZONE
}

/// The extended registers in the kernel's frame.
struct Extended {
    from: usize,
    len: usize,
}

impl Extended {
    fn of(context: &ucontext_t) -> Self {
        /// `struct _fpx_sw_bytes` in `struct _fpstate`: a mark, and how long all of it is.
        const MARK_AT: usize = 464;
        const MARK: u32 = 0x4650_5853;
        const PLAIN: usize = 512;
        let from = context.uc_mcontext.fpregs as usize;
        if from == 0 {
            return Extended { from, len: 0 };
        }
        // SAFETY: the kernel has written that.
        let [mark, len] = unsafe { ((from + MARK_AT) as *const [u32; 2]).read() };
        Extended { from, len: if mark == MARK { len as usize } else { PLAIN } }
    }

    fn write(&self, to: usize) -> bool {
        // SAFETY: the program's stack, or whatever it says that is.
        unsafe { fault::copy(to as *mut u8, self.from as *const u8, self.len) == self.len }
    }
}

fn write(at: usize, frame: &Frame) -> bool {
    let (from, len) = (core::ptr::from_ref(frame).cast(), size_of::<Frame>());
    // SAFETY: as above.
    unsafe { fault::copy(at as *mut u8, from, len) == len }
}

pub fn mask_of(context: &ucontext_t) -> u64 {
    // SAFETY: a set begins with the kernel's.
    unsafe { (&raw const context.uc_sigmask).cast::<u64>().read() }
}

pub fn set_mask(context: &mut ucontext_t, mask: u64) {
    write_mask(context, mask & !mask::KEPT);
}

fn write_mask(context: &mut ucontext_t, mask: u64) {
    // SAFETY: as above.
    unsafe { (&raw mut context.uc_sigmask).cast::<u64>().write(mask) };
}

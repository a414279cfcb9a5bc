// SPDX-License-Identifier: GPL-2.0

//! Handlers of signals. The node's kernel knows them, and says when; they are called here, from within
//! the handler of SIGSYS, with the registers of the program at its call.

use core::arch::asm;
use core::ffi::{c_int, c_void};
use core::sync::atomic::Ordering;

use libc::{siginfo_t, ucontext_t};
use liblinux_abi::SimSignal;

use crate::dispatch::{Call, Handler};
use crate::host;
use crate::thread::current;

/// No signal.
pub const NONE: SimSignal = SimSignal { signal: 0, flags: 0, handler: 0, mask: 0, info: [0; 16] };

/// Calls a handler. The mask to be set after it.
pub fn call(signal: &SimSignal, context: &mut ucontext_t) -> u64 {
    let mut info = signal.info;
    let mask = (&raw mut context.uc_sigmask).cast::<u64>();
    let stack = alternate_stack(signal, context);
    // SAFETY: the program's own handler, which may do what it likes to the context it is shown.
    unsafe {
        mask.write(signal.mask);
        let handler: Handler = core::mem::transmute(signal.handler);
        let info = (&raw mut info).cast::<siginfo_t>();
        let context = core::ptr::from_mut(context).cast::<c_void>();
        match stack {
            None => handler(signal.signal, info, context),
            Some(top) => call_on(top, handler, signal.signal, info, context),
        }
        mask.read()
    }
}

/// # Safety
///
/// `top` is the end of a stack that nothing uses.
unsafe fn call_on(
    top: usize,
    handler: Handler,
    signal: c_int,
    info: *mut siginfo_t,
    context: *mut c_void,
) {
    // SAFETY: as the caller promises; a register that functions keep holds the stack pointer.
    unsafe {
        asm!(
            "mov r12, rsp",
            "mov rsp, {top}",
            "call {handler}",
            "mov rsp, r12",
            top = in(reg) top & !15,
            handler = in(reg) handler,
            out("r12") _,
            in("rdi") signal,
            in("rsi") info,
            in("rdx") context,
            clobber_abi("C"),
        );
    }
}

/// The end of the thread's signal stack, if the handler is to run there and the thread does not yet.
fn alternate_stack(signal: &SimSignal, context: &ucontext_t) -> Option<usize> {
    let stack = &current().thread.signal_stack;
    let [from, len, flags] = [0, 1, 2].map(|i| stack[i].load(Ordering::Relaxed) as usize);
    let sp = context.uc_mcontext.gregs[libc::REG_RSP as usize] as usize;
    let usable = len != 0 && flags & libc::SS_DISABLE as usize == 0;
    let wanted = signal.flags & libc::SA_ONSTACK != 0;
    (usable && wanted && !(from..from + len).contains(&sp)).then_some(from + len)
}

/// sigaltstack(2).
pub fn set_stack(call: &mut Call<'_>) -> isize {
    let stack = &current().thread.signal_stack;
    let [from, len, flags] = [0, 1, 2].map(|i| stack[i].load(Ordering::Relaxed) as usize);
    let sp = call.context.uc_mcontext.gregs[libc::REG_RSP as usize] as usize;
    let on = len != 0 && (from..from + len).contains(&sp);
    let (new, old) = (call.args[0], call.args[1]);
    let mut wanted = [0u8; size_of::<libc::stack_t>()];
    if new != 0 {
        if !host::read_memory(new, &mut wanted) {
            return host::error(libc::EFAULT);
        }
        if on {
            return host::error(libc::EPERM);
        }
    }
    if old != 0 {
        let flags = match (on, len) {
            (true, _) => libc::SS_ONSTACK,
            (_, 0) => libc::SS_DISABLE,
            _ => flags as i32,
        };
        let words = [from as u64, flags as u32 as u64, len as u64];
        if !host::write_memory(old, words.map(u64::to_ne_bytes).as_flattened()) {
            return host::error(libc::EFAULT);
        }
    }
    if new != 0 {
        let (words, _) = wanted.as_chunks::<8>();
        let [from, flags, len] = [0, 1, 2].map(|i| u64::from_ne_bytes(words[i]));
        let flags = flags & u64::from(u32::MAX);
        let len = if flags & libc::SS_DISABLE as u64 != 0 { 0 } else { len };
        if len != 0 && len < libc::MINSIGSTKSZ as u64 {
            return host::error(libc::ENOMEM);
        }
        for (word, value) in stack.iter().zip([from, len, flags]) {
            word.store(value, Ordering::Relaxed);
        }
    }
    0
}

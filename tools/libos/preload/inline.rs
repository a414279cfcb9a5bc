// SPDX-License-Identifier: GPL-2.0

//! Inline system calls: libc's inner ones, and those of programs that do without libc. The filter
//! (`nuse-filter`) raises SIGSYS for those that matter; the handler routes them like any other.

use core::ffi::{c_int, c_void};

use libc::{siginfo_t, ucontext_t};

use crate::call::Origin;
use crate::errno;
use crate::library::kernel;
use crate::route::route;
use crate::signals::{action, deferral};
use crate::{aside, real, registers};

/// `SYS_SECCOMP` of `<asm-generic/siginfo.h>`.
const BY_FILTER: c_int = 1;

/// Installs the handler. It may be entered again while it runs: a call may take for ever.
///
/// It runs on the stack of the call, not on the thread's signal stack: while the thread is on a stack
/// of the library's kernel, the host would give the signal stack to the next handler that wants it,
/// from the top. Where the stack of the call is too small, see [`aside`].
pub fn catch() {
    let Some(sigaction) = real::SIGACTION.get() else {
        return;
    };
    let stack = if aside::is_needed() { libc::SA_ONSTACK } else { 0 };
    let action = action::Action {
        handler: arrive as *const () as usize,
        flags: libc::SA_SIGINFO | libc::SA_NODEFER | libc::SA_RESTART | stack,
        mask: 0,
    };
    // SAFETY: a handler of the right kind.
    unsafe { sigaction(libc::SIGSYS, &action.to_libc(), core::ptr::null_mut()) };
}

/// # Safety
///
/// Called by the host's kernel.
unsafe extern "C-unwind" fn arrive(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel's argument.
    match unsafe { (*info).si_code } {
        // SAFETY: the kernel's arguments, for a call that the filter has caught.
        BY_FILTER => errno::preserved(|| unsafe { execute(context.cast()) }),
        libc::SI_TKILL => interrupt(signal, info, context),
        // SAFETY: the kernel's arguments.
        _ => unsafe { deferral::arrive(signal, info, context) },
    }
}

/// # Safety
///
/// In a handler for a call that the filter has caught, with its context.
unsafe fn execute(context: *mut ucontext_t) {
    // SAFETY: as the caller promises.
    unsafe {
        if !aside::make_later(&mut *context) {
            let registers = &mut (*context).uc_mcontext.gregs;
            let outcome = route(registers::call(registers, Origin::Inline));
            registers::set_result(registers, errno::raw(outcome));
        }
    }
}

/// Somebody cancels this thread (`crate::cancel`), or the program has sent itself a SIGSYS. A thread
/// that is about to enter the library may have looked already whether it is cancelled.
fn interrupt(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    kernel::interrupt_self();
    if !kernel::inside() && action::of(signal).is_function() {
        // SAFETY: the kernel's arguments.
        unsafe { deferral::arrive(signal, info, context) };
    }
}

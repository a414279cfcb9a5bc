// SPDX-License-Identifier: GPL-2.0

//! Inline system calls: libc's inner ones, and those of programs that do without libc. The filter
//! (`nuse-filter`) raises SIGSYS for those that matter; the handler routes them like any other.

use core::ffi::{c_int, c_void};

use libc::{siginfo_t, ucontext_t};
use nuse_filter::WINDOW;

use crate::call::Origin;
use crate::errno;
use crate::library::kernel;
use crate::signals::native::{self, KernelAction};
use crate::signals::{action, deferral};
use crate::table::TABLE;
use crate::{aside, instance, registers, vforked};

/// `SYS_SECCOMP` of `<asm-generic/siginfo.h>`.
const BY_FILTER: c_int = 1;

/// Installs the handler. It may be entered again while it runs: a call may take for ever.
///
/// It runs on the stack of the call, not on the thread's signal stack: while the thread is on a stack
/// of the library's kernel, the host would give the signal stack to the next handler that wants it,
/// from the top. Where the stack of the call is too small, see [`aside`].
pub fn catch() {
    let stack = if aside::is_needed() { libc::SA_ONSTACK } else { 0 };
    let flags = libc::SA_NODEFER | libc::SA_RESTART | stack;
    // The filter lets nobody but the gate change it.
    let handler = KernelAction::calling(arrive as *const () as usize, flags, 0);
    let _ = native::change(libc::SIGSYS, Some(handler));
}

/// The descriptors of the library that the program has inherited, and knows by their numbers. Only
/// programs of Go's use them by inline calls.
pub fn watch_inherited() {
    let inherited: Vec<_> =
        TABLE.foreign(0, WINDOW.start - 1).filter(|fd| TABLE.is_library(*fd)).collect();
    if inherited.is_empty() || !aside::is_needed() {
        return;
    }
    if let Err(error) = nuse_filter::watch(&inherited) {
        instance::leave(&format!("inherited descriptors cannot be watched: {error}"));
    }
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
            let outcome = vforked::route(registers::call(registers, Origin::Inline));
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

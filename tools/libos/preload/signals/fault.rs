// SPDX-License-Identifier: GPL-2.0

//! SIGSEGV and SIGBUS. The host's kernel knows the handler of [`libos_host::fault`], which is for bad
//! addresses that the library was given; what else causes them is the program's own, and what its
//! action says is done here, as the kernel does it.
//!
//! Neither is ever blocked: a bad address would end the process then. So a program's handler is not
//! spared another fault of its own, as it would be without SA_NODEFER. What somebody has sent waits as other
//! signals do ([`deferral`], [`super::held`]).

use core::ffi::{c_int, c_void};

use libc::{SA_RESETHAND, SIG_IGN, siginfo_t};
use libos_host::fault;

use crate::signals::action::{self, Action};
use crate::signals::{default, deferral, mask};

/// Takes over. To be called when there is an instance.
pub fn start() {
    for signal in [libc::SIGSEGV, libc::SIGBUS] {
        if fault::was_ignored(signal) {
            action::note_undisturbed(signal, Action { handler: SIG_IGN, ..Action::DEFAULT });
        }
    }
    fault::on_others(arrive);
}

/// A fault of the program's, or a signal that somebody has sent.
///
/// # Safety
///
/// Called in a signal handler, with its arguments.
unsafe extern "C-unwind" fn arrive(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel's argument.
    if unsafe { (*info).si_code } <= 0 {
        // SAFETY: as the caller promises.
        return unsafe { deferral::arrive_unblocked(signal, info, context) };
    }
    let action = action::of(signal);
    if !action.is_function() {
        default::before_death();
        // SAFETY: as above.
        return fault::die(signal, unsafe { &*info });
    }
    // Until the handler returns: then the kernel restores the mask.
    mask::block(action.mask);
    if action.flags & SA_RESETHAND != 0 {
        action::reset(signal);
    }
    // SAFETY: the program's handler, with what the kernel gave.
    unsafe { action::call(action, signal, info, context) };
}

// SPDX-License-Identifier: GPL-2.0

//! Signals: the kernel sends them, the host acts on them.
//!
//! Where programs are the host's, every disposition is its own (`process` sets them so): a signal
//! that the kernel delivers is reported, and never ends a task by itself. Only SIGKILL does.
//!
//! Where programs are the library's ([`SimTask::is_own`]), it knows what they want done; the host only
//! calls the handlers, one after the other, after a call ([`take`]).

use core::mem::MaybeUninit;
use core::ptr::null_mut;

use liblinux_abi::SimSignal;

use crate::bindings;
use crate::kernel::call::error;
use crate::kernel::host;
use crate::kernel::task::{Args, SimTask};
use crate::mm::uaccess;

/// On the way out of the kernel: whatever asked for attention there.
pub fn deliver(task: &SimTask) {
    // SAFETY: the current task, on its way to its program.
    unsafe {
        while bindings::lib_exit_work_pending() {
            bindings::lib_resume_user_mode();
            if bindings::lib_task_sigpending() {
                if task.is_own() && !bindings::lib_fatal_signal_pending() {
                    break;
                }
                report(task);
            }
        }
    }
}

/// # Safety
///
/// As for `get_signal()`: the current task, with interrupts on.
unsafe fn report(task: &SimTask) {
    let mut signal = MaybeUninit::<bindings::ksignal>::zeroed();
    // SAFETY: as the caller promises; ends the task if the signal is fatal.
    unsafe {
        let own = bindings::lib_pending_of_thread();
        if !bindings::get_signal(signal.as_mut_ptr()) {
            return;
        }
        let signal = signal.assume_init_ref();
        // One that is for the process may have found this thread first. The thread's own came first.
        let private = if own >> (signal.sig - 1) & 1 != 0 { task.private() } else { null_mut() };
        let info = info_of(signal);
        host::signal_sent(task.process, private, signal.sig, info.as_ptr().cast());
    }
}

/// The signal's `siginfo_t`, of which the kernel has the beginning only.
fn info_of(signal: &bindings::ksignal) -> [u64; 16] {
    let mut info = [0; 16];
    let (from, len) = ((&raw const signal.info).cast::<u8>(), size_of_val(&signal.info));
    // SAFETY: what the kernel has of it is shorter.
    unsafe { core::ptr::copy_nonoverlapping(from, info.as_mut_ptr().cast(), len) };
    info
}

/// Takes a signal of the current task whose handler is to be called: 1, and it is described at
/// `args[0]`, a [`SimSignal`] of the host's; or 0.
pub fn take(_task: &SimTask, args: &Args) -> isize {
    let mut taken = MaybeUninit::<bindings::ksignal>::zeroed();
    // SAFETY: the current task, on its way to its program, whose thread waits for the answer.
    unsafe {
        if !bindings::get_signal(taken.as_mut_ptr()) {
            bindings::lib_restore_mask();
            return 0;
        }
        let ksignal = taken.assume_init_mut();
        let signal = SimSignal {
            signal: ksignal.sig,
            flags: bindings::lib_flags_of(ksignal),
            handler: bindings::lib_handler_of(ksignal) as usize,
            mask: bindings::lib_mask_to_save(),
            info: info_of(ksignal),
        };
        bindings::signal_setup_done(0, ksignal, 0);
        let from = (&raw const signal).cast();
        if uaccess::copy_to_program(args[0] as *mut u8, from, size_of_val(&signal)) != 0 {
            return error(bindings::EFAULT);
        }
    }
    1
}

/// Whether [`take`] has something to do. Called by the task's own thread, outside.
pub fn waits(task: &SimTask) -> bool {
    let task = task.task.get();
    // SAFETY: the host's reference keeps it; a flag of it is read.
    !task.is_null() && unsafe { bindings::lib_signal_waits(task) }
}

/// Makes the call that `argument` (a [`SimTask`]) is in return. An interrupt's work.
pub fn interrupt(argument: *mut ()) {
    // SAFETY: the host's thread that asked keeps the task alive.
    unsafe {
        let task = (*argument.cast::<SimTask>()).task.get();
        if !task.is_null() {
            bindings::lib_set_notify_signal(task);
        }
    }
}

// SPDX-License-Identifier: GPL-2.0

//! Signals: the kernel sends them, the host acts on them.
//!
//! Every disposition is the host's (`process` sets them so), whose program has the real one: a
//! signal that the kernel delivers is reported, and never ends a task by itself. Only SIGKILL
//! does.

use core::mem::MaybeUninit;

use crate::bindings;
use crate::kernel::host;
use crate::kernel::host::host;
use crate::kernel::task::SimTask;

/// On the way out of the kernel: whatever asked for attention there.
pub fn deliver(task: &SimTask) {
    // SAFETY: the current task, on its way to its program.
    unsafe {
        while bindings::lib_exit_work_pending() {
            bindings::lib_resume_user_mode();
            if bindings::lib_task_sigpending() {
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
    if unsafe { bindings::get_signal(signal.as_mut_ptr()) } && host::table().signal_raised.is_some()
    {
        // SAFETY: `get_signal` returned true.
        let number = unsafe { signal.assume_init_ref() }.sig;
        host!(signal_raised, task.private(), number);
    }
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

// SPDX-License-Identifier: GPL-2.0

//! What the calling thread is doing: for which task it is in the library, and whether a signal handler
//! wants it back.

use core::cell::Cell;
use core::ptr::null_mut;

use liblinux_abi::SimTask;

use crate::layout::Slot;
use crate::process::Process;

thread_local! {
    /// The task for which this thread is in the library.
    static CURRENT: Cell<*mut SimTask> = const { Cell::new(null_mut()) };
    /// The slot of that task, for a signal handler.
    static INSIDE: Cell<Option<&'static Slot>> = const { Cell::new(None) };
    /// This thread is in the library for no task, or before its program's own call.
    static BUSY: Cell<bool> = const { Cell::new(false) };
    /// A signal handler wants the call to return.
    static INTERRUPTED: Cell<bool> = const { Cell::new(false) };
}

/// The library's `task_current`.
pub(crate) fn task() -> *mut SimTask {
    CURRENT.get()
}

/// Executes `call` as this task, which has this slot.
#[inline]
pub(crate) fn with<R>(
    task: *mut SimTask,
    slot: &'static Slot,
    call: impl FnOnce(*mut SimTask) -> R,
) -> R {
    let before = CURRENT.replace(task);
    let outer = INSIDE.replace(Some(slot));
    let result = call(task);
    INSIDE.set(outer);
    CURRENT.set(before);
    if outer.is_none() && !BUSY.get() {
        INTERRUPTED.set(false);
    }
    result
}

/// In the child of fork(2): no call was made by it.
pub(crate) fn forget() {
    CURRENT.set(null_mut());
    INSIDE.set(None);
}

/// Whether this thread is in the library: executing it, or waiting in it. For a signal handler.
#[must_use]
pub fn inside() -> bool {
    INSIDE.get().is_some() || BUSY.get()
}

/// Makes `call` of the library, which is made for no task or before the program's own, and cannot be
/// interrupted: what wants to is for the call that follows.
pub(crate) fn busy<R>(call: impl FnOnce() -> R) -> R {
    let before = BUSY.replace(true);
    let result = call();
    BUSY.set(before);
    result
}

/// A signal handler wants the thread's call to return, or its next one that would wait. The slot of the
/// task for which it is in the library.
pub(crate) fn want_back() -> Option<&'static Slot> {
    INTERRUPTED.set(true);
    INSIDE.get()
}

/// No call follows.
pub fn forget_interruption() {
    INTERRUPTED.set(false);
}

/// Called by the waiting thread before it waits: hands a signal handler's wish to the library.
pub(crate) fn take_interruption(process: &Process) -> bool {
    if BUSY.get() || !INTERRUPTED.replace(false) {
        return false;
    }
    if let Some(interrupt) = process.exported().task_interrupt {
        // SAFETY: this thread's own task, and the processor is not held.
        unsafe { interrupt(CURRENT.get()) };
    }
    true
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_comes_before_a_call_leaves_it_interrupted() {
        // SAFETY: numbers.
        let slot: &'static Slot = Box::leak(Box::new(unsafe { core::mem::zeroed() }));
        let enter = || with(null_mut(), slot, |_| want_back().is_some());
        assert!(busy(enter));
        assert!(INTERRUPTED.get() && !inside());
        assert!(enter());
        assert!(!INTERRUPTED.get());
    }
}

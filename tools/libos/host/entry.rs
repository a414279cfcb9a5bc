// SPDX-License-Identifier: GPL-2.0

//! Who may enter the library: none of a process's threads while it is being ended, stopped, or replaced
//! by another program.

use core::cell::Cell;
use core::sync::atomic::Ordering;

use liblinux_abi::SimTask;

use crate::current::busy;
use crate::layout::ProcessSlot;
use crate::process::Process;
use crate::sys;

thread_local! {
    /// This thread has its process leave, or another one: it may enter as before.
    static LEAVER: Cell<bool> = const { Cell::new(false) };
}

/// Says whether the calling thread has its process leave.
pub(crate) fn set_leaver(leaver: bool) {
    LEAVER.set(leaver);
}

/// Keeps the threads of the process with this slot out, or lets them in again: those that come for their
/// tasks, all but `except`, and, by the slot, those that come for none. When this returns, none is in.
pub(crate) fn keep_out(process: &Process, slot: &ProcessSlot, out: bool, except: *mut SimTask) {
    let before = LEAVER.replace(true);
    if out {
        slot.leaving.store(1, Ordering::SeqCst);
    }
    if let Some(leave) = process.exported().process_leave {
        // SAFETY: the calling thread is outside the kernel.
        busy(|| unsafe { leave(slot.key.load(Ordering::Acquire), out, except) });
    }
    if !out {
        slot.leaving.store(0, Ordering::SeqCst);
        sys::futex_wake(&slot.leaving, u32::MAX >> 1);
    }
    LEAVER.set(before);
}

/// The library's `thread_may_enter`.
pub(crate) fn may_enter(process: &Process) -> bool {
    process.own_slot().leaving.load(Ordering::SeqCst) == 0 || LEAVER.get()
}

/// The library's `thread_stay_out`.
pub(crate) fn stay_out(process: &Process) {
    sys::futex_wait(&process.own_slot().leaving, 1, None);
}

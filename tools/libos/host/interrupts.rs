// SPDX-License-Identifier: GPL-2.0

//! Interrupts of the library: raising them, and having the leader raise the next one in time.

use core::sync::atomic::{Ordering, fence};

use liblinux_abi::{SIM_IRQ_NET, SIM_IRQ_TIMER};

use crate::layout::{NOBODY, POLLS_DEVICES, Shared};
use crate::process::Process;
use crate::sys;

/// Raises these lines; none are none.
pub fn raise(process: &Process, lines: u32) {
    if lines != 0
        && let Some(interrupt) = process.exported().interrupt
    {
        // SAFETY: callable at any time.
        unsafe { interrupt(lines) };
    }
}

/// Raises the interrupts of devices, and of the timer if it is due.
#[cold]
pub fn raise_due(process: &Process) {
    let timer = if due(process.shared(), sys::now()) { SIM_IRQ_TIMER } else { 0 };
    raise(process, SIM_IRQ_NET | timer);
}

/// Whether the timer's interrupt is due.
pub fn due(shared: &Shared, now: u64) -> bool {
    shared.deadline.load(Ordering::Relaxed) <= now
}

/// The library wants its timer interrupt at `deadline`; a leader that polls until later must know.
pub fn set_deadline(process: &Process, deadline: u64) {
    let shared = process.shared();
    shared.deadline.store(deadline, Ordering::Relaxed);
    fence(Ordering::SeqCst);
    let leader = shared.leader.load(Ordering::Relaxed);
    if leader == NOBODY || shared.leader_until.load(Ordering::Relaxed) <= deadline {
        return;
    }
    ring_leader(process);
}

/// A device has no room for a frame: whoever polls is to tell when it has.
#[cold]
pub fn want_room(process: &Process, device: u32) {
    let shared = process.shared();
    shared.device[device as usize].full.store(1, Ordering::Relaxed);
    ring_leader(process);
}

/// Has the leader enter the library, in which another thread has raised an interrupt.
pub fn tell_leader(process: &Process) {
    process.shared().told.store(1, Ordering::Relaxed);
    ring_leader(process);
}

/// Has the leader, or the driver in its place, look again at what was changed before this, if it polls.
pub fn ring_leader(process: &Process) {
    fence(Ordering::SeqCst);
    let shared = process.shared();
    let Some(leader) = shared.leader.load(Ordering::Relaxed).checked_sub(1) else {
        // Programs have no bell for it; it polls for a moment only while they write.
        if shared.driver_polls.load(Ordering::Relaxed) != 0 && process.driver_bell >= 0 {
            sys::ring(process.driver_bell);
        }
        return;
    };
    let Some(index) = process.slot(leader as usize).process() else { return };
    if shared.process[index as usize].polls.load(Ordering::Relaxed) == POLLS_DEVICES {
        sys::ring(process.leader_bell);
    }
}

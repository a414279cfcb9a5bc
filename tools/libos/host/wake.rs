// SPDX-License-Identifier: GPL-2.0

//! Waking threads that wait ([`crate::wait`]).

use core::sync::atomic::{Ordering, fence};

use crate::layout::{PARK_SLEEPS, PARK_WOKEN, POLLS_DEVICES, POLLS_FILES};
use crate::process::Process;
use crate::{sys, watch};

/// Wakes the thread that waits, or is about to, for the task with this `private`.
pub fn wake(process: &Process, private: usize) {
    let Some(number) = private.checked_sub(1) else { return };
    let slot = process.slot(number);
    if slot.park.swap(PARK_WOKEN, Ordering::AcqRel) == PARK_SLEEPS {
        sys::futex_wake(&slot.park, 1);
    }
    fence(Ordering::SeqCst);
    let Some(index) = slot.process().map(|index| index as usize) else { return };
    let owner = &process.shared().process[index];
    if owner.poller.load(Ordering::Relaxed) == private as u32 {
        match owner.polls.load(Ordering::Relaxed) {
            POLLS_DEVICES => sys::ring(process.leader_bell),
            POLLS_FILES => watch::ring(process, index),
            _ => {}
        }
    }
}

/// Wakes all threads: somebody who was to wake some has died. Who is woken for nothing waits again.
pub fn wake_all(process: &Process) {
    for (number, slot) in process.shared().slot.iter().enumerate() {
        if slot.process().is_some() {
            wake(process, number + 1);
        }
    }
}

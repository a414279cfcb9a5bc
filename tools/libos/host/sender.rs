// SPDX-License-Identifier: GPL-2.0

//! The sender: a thread of the launcher's that writes the frames of programs that send many without
//! reading anything between. It works on another processor than they do, and with it most of what a
//! write to a device executes: making a packet of the host's, and the half of whoever receives it.
//!
//! ```text
//!         a program has sent LONG frames, each soon after the other
//!  asleep ─────────────────────────────────────────────────────────▶ looking: writes what is in the ring
//!     ▲                                                                 │
//!     └─────────────────── nothing came for a while ────────────────────┘
//! ```
//!
//! Whoever asks and gets answers writes his own frames: to hand each one over would take longer than the
//! write. So does everybody while the launcher is stopped.

use core::sync::atomic::{Ordering, fence};

use crate::layout::Shared;
use crate::orders::Orders;
use crate::process::Process;
use crate::{carrier, sys, ticks, transmit};

/// So many frames make it worthwhile,
const LONG: u32 = 64;
/// each of which followed the one before as soon as this.
const SOON: u64 = 1_000_000 * ticks::PER_NS;
/// How long the sender looks for more.
const LOOK: u64 = 200_000 * ticks::PER_NS;

/// `Shared::sender`: there is none, or it does nothing now;
const AWAY: u32 = 0;
/// it sleeps;
const SLEEPS: u32 = 1;
/// it looks at the ring.
const LOOKS: u32 = 2;

/// A frame goes to a device. Called with the virtual processor held. Whether it is to be left to the
/// sender.
pub fn takes(process: &Process, device: u32) -> bool {
    if !carrier::is_worth_a_thread(process, device) {
        return false;
    }
    let shared = process.shared();
    let now = ticks::now();
    let before = shared.last_sent.load(Ordering::Relaxed);
    shared.last_sent.store(now, Ordering::Relaxed);
    let streak = shared.streak.load(Ordering::Relaxed);
    // Whoever waits for room goes on when there is some.
    let soon = now.wrapping_sub(before) < SOON || !shared.ring.is_empty();
    shared.streak.store(if soon { streak.saturating_add(1) } else { 0 }, Ordering::Relaxed);
    is_at_work(shared)
}

/// Somebody reads what was sent to him: that ends a streak.
pub fn reads(process: &Process) {
    let streak = &process.shared().streak;
    if streak.load(Ordering::Relaxed) != 0 {
        streak.store(0, Ordering::Relaxed);
    }
}

fn is_at_work(shared: &Shared) -> bool {
    shared.streak.load(Ordering::Relaxed) >= LONG && shared.sender.load(Ordering::Relaxed) != AWAY
}

/// Leaves what is in the ring to the sender. False if it does not take it.
#[inline]
pub fn hand_over(process: &Process) -> bool {
    is_at_work(process.shared()) && wake(process.shared())
}

fn wake(shared: &Shared) -> bool {
    // What was appended before this look is seen by the sender that has gone to sleep before it.
    fence(Ordering::SeqCst);
    match shared.sender.load(Ordering::Relaxed) {
        AWAY => return false,
        SLEEPS => ring(shared),
        _ => {}
    }
    true
}

/// Has the sender look, at the ring and at its orders.
pub fn ring(shared: &Shared) {
    let asleep = shared.sender.compare_exchange(SLEEPS, LOOKS, Ordering::SeqCst, Ordering::Relaxed);
    if asleep.is_ok() {
        sys::futex_wake(&shared.sender, 1);
    }
}

/// Sends for an instance until it is to stop. Called by one thread, which has no task.
pub fn run(process: &Process, orders: &Orders) {
    let shared = process.shared();
    while orders.follow() {
        set(shared, SLEEPS);
        while orders.is_to_go_on() {
            sys::futex_wait(&shared.sender, SLEEPS, None);
            while orders.is_to_go_on() && finds(shared) {
                transmit::write_all(process);
            }
        }
        set(shared, AWAY);
        transmit::write_all(process);
    }
}

fn set(shared: &Shared, state: u32) {
    shared.sender.store(state, Ordering::SeqCst);
    fence(Ordering::SeqCst);
}

/// Looks for frames, and goes to sleep if there are none for long.
fn finds(shared: &Shared) -> bool {
    let begin = ticks::now();
    while shared.ring.is_empty()
        && shared.streak.load(Ordering::Relaxed) >= LONG
        && ticks::now().wrapping_sub(begin) < LOOK
    {
        // Whoever receives the frames may be waiting for this processor.
        sys::yield_now();
    }
    if !shared.ring.is_empty() {
        return true;
    }
    shared.streak.store(0, Ordering::Relaxed);
    set(shared, SLEEPS);
    let late = !shared.ring.is_empty();
    if late {
        set(shared, LOOKS);
    }
    late
}

// SPDX-License-Identifier: GPL-2.0

//! The sender: a thread of the launcher's that writes the frames of programs that send many without
//! reading anything between. It works on another processor than they do, and with it most of what a
//! write to a device executes: making a packet of the host's, and the half of whoever receives it.
//!
//! ```text
//!             a long streak, see `streak`
//!  asleep ─────────────────────────────────────────────────────────▶ looking: writes what is in the ring
//!     ▲                                                                 │
//!     └─────────────────── nothing came for a while ────────────────────┘
//! ```
//!
//! Others write their own frames: to hand each one over would take longer than the write. So does everybody
//! while the launcher is stopped, or where there is one processor only.

use core::cell::Cell;
use core::sync::atomic::{Ordering, fence};
use core::time::Duration;

use crate::layout::Shared;
use crate::orders::Orders;
use crate::process::Process;
use crate::ring::FRAMES;
use crate::{carrier, interrupts, sys, ticks, transmit};

/// How long the sender looks for more.
const LOOK: u64 = 50_000 * ticks::PER_NS;

/// How long it leaves somebody else alone who writes.
const GLANCE: Duration = Duration::from_micros(50);

/// `Shared::sender`: there is none, or it does nothing now;
const AWAY: u32 = 0;
/// it sleeps;
const SLEEPS: u32 = 1;
/// it looks at the ring.
const LOOKS: u32 = 2;

/// Whether a frame that goes to a device is to be left to the sender: in a long streak, and behind what
/// is the sender's already. Called with the virtual processor held.
pub fn takes(process: &Process, device: u32) -> bool {
    let shared = process.shared();
    let looks = shared.sender.load(Ordering::Relaxed) == LOOKS;
    let worthwhile = carrier::is_worth_a_thread(process, device)
        && shared.device[device as usize].full.load(Ordering::Relaxed) == 0;
    (worthwhile && is_at_work(shared)) || (looks && !shared.ring.is_empty())
}

/// A frame of `len` bytes is sent to a device. Called with the virtual processor held.
pub fn count(process: &Process, device: u32, len: usize) {
    if carrier::is_worth_a_thread(process, device) {
        let shared = process.shared();
        shared.streak.sent(len, ticks::now(), !shared.ring.is_empty());
    }
}

fn is_at_work(shared: &Shared) -> bool {
    shared.streak.is_long() && shared.sender.load(Ordering::Relaxed) != AWAY
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
    let alone = std::thread::available_parallelism().is_ok_and(|count| count.get() == 1);
    while orders.follow() {
        if alone {
            orders.wait_for_others();
        } else {
            send(process, orders);
        }
    }
}

/// Sends until there are other orders.
fn send(process: &Process, orders: &Orders) {
    let shared = process.shared();
    let write = |goes_on: &dyn Fn() -> bool| {
        transmit::write_while(process, transmit::LONG_PATIENCE, goes_on)
    };
    set(shared, SLEEPS);
    while orders.is_to_go_on() {
        sys::futex_wait(&shared.sender, SLEEPS, None);
        while orders.is_to_go_on() && finds(shared) {
            if !write(&|| orders.is_to_go_on()) {
                // Somebody else writes, and may be stopped: he looks again when he has done.
                sys::ppoll(&mut [], Some(GLANCE));
            }
        }
    }
    // What was left to it until here is written still, but not all that others go on to send.
    set(shared, AWAY);
    let left = Cell::new(2 * FRAMES);
    write(&|| left.replace(left.get().saturating_sub(1)) > 0);
    if !shared.ring.is_empty() {
        interrupts::tell_leader(process);
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
        && shared.streak.is_long()
        && ticks::now().wrapping_sub(begin) < LOOK
    {
        // Whoever receives the frames may be waiting for this processor.
        sys::yield_now();
    }
    if !shared.ring.is_empty() {
        return true;
    }
    shared.streak.end();
    set(shared, SLEEPS);
    let late = !shared.ring.is_empty();
    if late {
        set(shared, LOOKS);
    }
    late
}

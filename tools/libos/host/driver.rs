// SPDX-License-Identifier: GPL-2.0

//! The driver: a thread that looks after an instance when no program's thread does.
//!
//! ```text
//!          nobody leads, nothing moved for a tick
//!  ticking ───────────────────────────────────────▶ leading: polls devices and time
//!     ▲  │                                             │ something happened
//!     │  └─ a thread leads, or things move: tick again │
//!     └────────────────────────────────────────────────┘
//! ```
//!
//! While threads call and wait, they do its work, and it only looks at a counter once a tick. A
//! driver that leads hands the role to the first thread that waits, at its next event.

use core::sync::atomic::{Ordering, fence};
use core::time::Duration;

use liblinux_abi::SIM_IRQ_NET;

use crate::layout::NOBODY;
use crate::orders::Orders;
use crate::poll::Poll;
use crate::process::Process;
use crate::{letter, reaper, sys, thread, transmit};

/// How long nothing must have moved before the driver takes over.
const TICK: Duration = Duration::from_micros(500);
/// A tick while a thread leads, which rings when it leaves after long ([`crate::wait`]); shorter
/// where another thread may depend on it.
const LONG_TICK: Duration = Duration::from_millis(20);
const LONG_TICK_SHARED: Duration = Duration::from_millis(5);
/// The longest poll, in nanoseconds: a thread that leads meanwhile polls, too.
const LONGEST_NS: u64 = 100_000_000;
/// And while frames are being written.
const SOON_NS: u64 = 1_000_000;

/// Looks after the instance until it is to stop. Called by one thread, which has no task.
pub fn run(process: &'static Process, orders: &Orders) {
    let shared = process.shared();
    let mut seen = shared.activity.load(Ordering::Relaxed);
    while orders.follow() {
        let led = shared.leader.load(Ordering::Acquire) != NOBODY;
        let tick = match (led, shared.is_shared()) {
            (false, _) => TICK,
            (true, false) => LONG_TICK,
            (true, true) => LONG_TICK_SHARED,
        };
        sys::futex_wait(&shared.driver_bell, 0, Some(tick));
        if shared.ended.load(Ordering::Acquire) != 0 {
            reaper::bury(process);
        }
        if letter::is_time_to_collect(process) {
            letter::collect(process);
        }
        let now = shared.activity.load(Ordering::Relaxed);
        if now == seen && shared.leader.load(Ordering::Acquire) == NOBODY {
            look_after(process, orders);
        }
        seen = shared.activity.load(Ordering::Relaxed);
    }
    thread::exit();
}

/// Polls for nobody, once: whatever happened is executed here.
fn look_after(process: &Process, orders: &Orders) {
    let Some(run) = process.exported().run else { return };
    let Some(interrupt) = process.exported().interrupt else { return };
    let shared = process.shared();
    // SAFETY: this thread is outside the kernel.
    unsafe {
        interrupt(SIM_IRQ_NET);
        run(process.key(), true);
    }
    transmit::flush(process);
    let goes_on = || {
        orders.is_to_go_on()
            && shared.leader.load(Ordering::Acquire) == NOBODY
            && shared.ended.load(Ordering::Acquire) == 0
            && !letter::is_time_to_collect(process)
    };
    while goes_on() {
        let before = shared.activity.load(Ordering::Relaxed);
        let until = shared.deadline.load(Ordering::Relaxed).min(sys::now() + LONGEST_NS);
        let (lines, told) = poll(process, until);
        // SAFETY: as above.
        unsafe {
            interrupt(lines);
            if lines != 0 || told {
                run(process.key(), false);
            }
        }
        transmit::flush(process);
        if shared.activity.load(Ordering::Relaxed) != before {
            break;
        }
    }
}

/// The interrupt lines to raise, and whether another thread has raised one.
fn poll(process: &Process, until: u64) -> (u32, bool) {
    let shared = process.shared();
    let told = || shared.told.swap(0, Ordering::Relaxed) != 0;
    shared.driver_polls.store(1, Ordering::Relaxed);
    fence(Ordering::SeqCst);
    if told() {
        shared.driver_polls.store(0, Ordering::Relaxed);
        return (0, true);
    }
    // A program's thread that writes cannot ring the driver.
    let until = if shared.ring.is_empty() { until } else { until.min(sys::now() + SOON_NS) };
    let lines = Poll::of_driver(process).wait(until);
    shared.driver_polls.store(0, Ordering::Relaxed);
    (lines, told())
}

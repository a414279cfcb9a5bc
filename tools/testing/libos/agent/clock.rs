// SPDX-License-Identifier: GPL-2.0

//! Programs that wait by looking at the clock, or by giving way to nobody: simulated time would stand
//! still for ever. After many looks in a row the thread sleeps for a microsecond.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use libos_control::baton;
use libos_control::layout::control;

use crate::dispatch::Call;
use crate::library;
use crate::thread::current;

/// So many looks in a row at the same time are waiting.
const LOOKS: u32 = 1000;
const PAUSE_NS: u64 = 1000;

static LAST: AtomicU64 = AtomicU64::new(0);
static COUNT: AtomicU32 = AtomicU32::new(0);

/// A call that tells the time.
pub fn look(call: &mut Call<'_>) -> isize {
    let now = control().now.load(Ordering::Relaxed);
    if LAST.swap(now, Ordering::Relaxed) != now {
        COUNT.store(0, Ordering::Relaxed);
    } else if COUNT.fetch_add(1, Ordering::Relaxed) >= LOOKS {
        COUNT.store(0, Ordering::Relaxed);
        pause(call);
    }
    library::execute(call)
}

/// sched_yield(2).
pub fn give_way(call: &mut Call<'_>) -> isize {
    if !baton::give_way(current().number) {
        pause(call);
    }
    0
}

fn pause(call: &mut Call<'_>) {
    let time = [0, PAUSE_NS];
    library::execute_as(call, libc::SYS_nanosleep, [time.as_ptr() as usize, 0, 0, 0, 0, 0]);
}

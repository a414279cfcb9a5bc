// SPDX-License-Identifier: GPL-2.0

//! Programs that wait by asking again and again, what time it is or whether something has happened:
//! simulated time would stand still for ever. After many such calls in a row, with no other in between,
//! the thread sleeps, a microsecond at first, and longer each time.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use libos_control::baton;

use crate::dispatch::Call;
use crate::library;
use crate::thread::current;

/// So many questions in a row are waiting.
const QUESTIONS: u32 = 100;
const SHORTEST_NS: u64 = 1000;
const LONGEST_NS: u64 = 1_000_000;

static COUNT: AtomicU32 = AtomicU32::new(0);
static PAUSE: AtomicU64 = AtomicU64::new(SHORTEST_NS);

/// Whether a call does nothing by itself.
fn is_question(nr: i64) -> bool {
    matches!(
        nr,
        libc::SYS_clock_gettime
            | libc::SYS_gettimeofday
            | libc::SYS_time
            | libc::SYS_poll
            | libc::SYS_ppoll
            | libc::SYS_select
            | libc::SYS_pselect6
            | libc::SYS_epoll_wait
            | libc::SYS_epoll_pwait
            | libc::SYS_rt_sigprocmask
            | libc::SYS_sched_yield
    )
}

/// Before a call: sleeps, if it is one question too many.
pub fn count(call: &mut Call<'_>) {
    if !is_question(call.nr) {
        COUNT.store(0, Ordering::Relaxed);
        PAUSE.store(SHORTEST_NS, Ordering::Relaxed);
    } else if COUNT.fetch_add(1, Ordering::Relaxed) >= QUESTIONS {
        COUNT.store(0, Ordering::Relaxed);
        let pause = PAUSE.load(Ordering::Relaxed);
        PAUSE.store((pause * 2).min(LONGEST_NS), Ordering::Relaxed);
        sleep(call, pause);
    }
}

/// sched_yield(2).
pub fn give_way(call: &mut Call<'_>) -> isize {
    if !baton::give_way(current().number) {
        sleep(call, SHORTEST_NS);
    }
    0
}

/// Sleeps in the place of a call: 0, or that a signal came.
pub fn sleep(call: &mut Call<'_>, ns: u64) -> isize {
    let time = [0, ns];
    library::execute_as(call, libc::SYS_nanosleep, [time.as_ptr() as usize, 0, 0, 0, 0, 0])
}

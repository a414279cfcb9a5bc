// SPDX-License-Identifier: GPL-2.0

//! Looking at the devices before a call: mostly an answer is there by then, and a thread that finds it
//! need not wait.

use core::cell::Cell;
use core::sync::atomic::Ordering;

use liblinux_abi::SIM_IRQ_NET;

use crate::layout::NOBODY;
use crate::process::Process;
use crate::{interrupts, ticks};

/// Devices are looked at this often by threads that call without waiting.
const LOOK_NS: u64 = 20_000;

/// Before call `nr`, while nobody leads: looks at the devices if there may be an answer to what was
/// sent, and at the time as well if nobody has looked for a while.
#[inline]
pub fn look(process: &Process, last: &LastLook, nr: i64) {
    let shared = process.shared();
    if reads(nr) {
        shared.streak.end();
    }
    let calls = last.calls.get().wrapping_add(1);
    last.calls.set(calls);
    let unanswered = shared.unanswered.load(Ordering::Relaxed);
    let expects = unanswered >= MANY || (unanswered > 0 && may_wait(nr));
    if (!expects && !calls.is_multiple_of(CALLS_PER_GLANCE))
        || shared.leader.load(Ordering::Relaxed) != NOBODY
    {
        return;
    }
    let now = ticks::now();
    if now.wrapping_sub(last.ticks.get()) >= LOOK_NS * ticks::PER_NS {
        last.ticks.set(now);
        interrupts::raise_due(process);
    } else if expects {
        interrupts::raise(process, SIM_IRQ_NET);
    }
}

/// So many bytes sent will have been acknowledged in part, and their memory can be used again while
/// it is in the processor's cache.
const MANY: u64 = 64 << 10;

/// So many bytes are sent.
pub fn sent(process: &Process, bytes: usize) {
    let unanswered = &process.shared().unanswered;
    let sum = unanswered.load(Ordering::Relaxed) + bytes as u64;
    unanswered.store(sum, Ordering::Relaxed);
}

/// A device is read.
pub fn received(process: &Process) {
    process.shared().unanswered.store(0, Ordering::Relaxed);
}

/// Whether call `nr` waits for what others send: better find it there than wait for it.
fn may_wait(nr: i64) -> bool {
    asks_what_is_ready(nr) || reads(nr)
}

/// Whether call `nr` reads what others send.
fn reads(nr: i64) -> bool {
    matches!(
        nr,
        libc::SYS_read
            | libc::SYS_readv
            | libc::SYS_recvfrom
            | libc::SYS_recvmsg
            | libc::SYS_recvmmsg
    )
}

/// Whether call `nr` asks which files are ready.
pub fn asks_what_is_ready(nr: i64) -> bool {
    matches!(
        nr,
        libc::SYS_poll
            | libc::SYS_ppoll
            | libc::SYS_select
            | libc::SYS_pselect6
            | libc::SYS_epoll_wait
            | libc::SYS_epoll_pwait
            | libc::SYS_epoll_pwait2
    )
}

/// When a thread last looked.
#[derive(Default)]
pub struct LastLook {
    calls: Cell<u32>,
    ticks: Cell<u64>,
}

/// Reading the counter costs a third of a short call.
const CALLS_PER_GLANCE: u32 = 8;

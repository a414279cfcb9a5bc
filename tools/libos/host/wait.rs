// SPDX-License-Identifier: GPL-2.0

//! Waiting: threads whose call waits, and who looks at packets and timers meanwhile.
//!
//! The first thread that waits is the *leader*: it polls the devices, its process's bell, and the
//! time itself, so that the packet it waits for wakes it and nobody else. The next ones are
//! followers, asleep on their own word. In each process one thread may poll, the leader or one
//! that waits for files of the host; it is rung by eventfd, a follower by futex. There is one eventfd
//! for the leader, whoever that is, which nobody else reads. When no thread of a program leads, the
//! driver does (`driver`).
//!
//! Whoever polls publishes so first and then looks at its word; whoever wakes writes the word first
//! and then looks whether to ring: one of the two sees the other.

use core::sync::atomic::{Ordering, fence};
use core::time::Duration;

use liblinux_abi::SIM_IRQ_TIMER;

use crate::layout::{
    NOBODY, PARK_NONE, PARK_SLEEPS, PARK_WOKEN, POLLS_DEVICES, POLLS_FILES, POLLS_NOTHING,
    ProcessSlot, Slot,
};
use crate::poll::Poll;
use crate::process::Process;
use crate::watch::Ready;
use crate::{current, interrupts, sys, ticks, transmit, wake, watch};

/// Waits for the call of the task with this `private` (0: none, while booting).
pub fn wait(process: &Process, private: usize) {
    transmit::flush(process);
    let Some(number) = private.checked_sub(1) else {
        return wait_for_time(process);
    };
    let slot = process.slot(number);
    if current::take_interruption(process)
        || slot.park.swap(PARK_NONE, Ordering::AcqRel) == PARK_WOKEN
    {
        return;
    }
    let own = process.own_slot();
    if claim(&own.poller, private) {
        let leads = claim(&process.shared().leader, private);
        if leads || watch::needed(process) {
            let ready = poll(process, slot, own, leads);
            leave(process, own, leads);
            ready.report(process);
            return;
        }
        own.poller.store(NOBODY, Ordering::Release);
    }
    follow(process, private, slot, own);
}

/// Sleeps until the next event, but not long: the first process has no slot to be woken at.
fn wait_for_time(process: &Process) {
    const LONGEST_NS: u64 = 1_000_000;
    let left = process.shared().deadline.load(Ordering::Relaxed).saturating_sub(sys::now());
    sys::ppoll(&mut [], Some(Duration::from_nanos(left.min(LONGEST_NS))));
    if interrupts::due(process.shared(), sys::now()) {
        interrupts::raise(process, SIM_IRQ_TIMER);
    }
}

fn claim(role: &core::sync::atomic::AtomicU32, private: usize) -> bool {
    role.compare_exchange(NOBODY, private as u32, Ordering::AcqRel, Ordering::Relaxed).is_ok()
}

/// Asleep until woken.
fn follow(process: &Process, private: usize, slot: &Slot, own: &ProcessSlot) {
    slot.follows.store(1, Ordering::Relaxed);
    own.followers.fetch_add(1, Ordering::SeqCst);
    // Whoever polls for this process may have left just now: then it has not seen this thread.
    let alone = own.poller.load(Ordering::SeqCst) == NOBODY && watch::needed(process);
    if !alone {
        sleep(slot);
    }
    own.followers.fetch_sub(1, Ordering::Relaxed);
    slot.follows.store(0, Ordering::Relaxed);
    own.has_run(private);
}

fn sleep(slot: &Slot) {
    let slept =
        slot.park.compare_exchange(PARK_NONE, PARK_SLEEPS, Ordering::AcqRel, Ordering::Acquire);
    if slept.is_ok() {
        sys::futex_wait(&slot.park, PARK_SLEEPS, None);
    }
    slot.park.store(PARK_NONE, Ordering::Release);
}

/// Polls, once, whatever this thread is to look at, and raises what it saw. The files of the host that
/// are ready.
fn poll(process: &Process, slot: &Slot, own: &ProcessSlot, leads: bool) -> Ready {
    let mut ready = Ready::default();
    let shared = process.shared();
    let until = if leads { shared.deadline.load(Ordering::Relaxed) } else { u64::MAX };
    if leads {
        shared.leader_until.store(until, Ordering::Relaxed);
    }
    let begin = ticks::now();
    own.polls.store(if leads { POLLS_DEVICES } else { POLLS_FILES }, Ordering::Relaxed);
    fence(Ordering::SeqCst);
    let told = leads && shared.told.swap(0, Ordering::Relaxed) != 0;
    if slot.park.load(Ordering::Relaxed) != PARK_WOKEN
        && !told
        && (!leads || shared.deadline.load(Ordering::Relaxed) >= until)
    {
        let mut poll = if leads { Poll::of_leader(process) } else { Poll::of_files(process) };
        // Others that wait have answers coming, too, or the processor to themselves meanwhile.
        let lines = match leads && own.followers.load(Ordering::Relaxed) == 0 {
            true => poll.wait_briefly(until),
            false => poll.wait(until),
        };
        interrupts::raise(process, lines);
        ready = poll.ready;
    }
    own.polls.store(POLLS_NOTHING, Ordering::Relaxed);
    slot.park.store(PARK_NONE, Ordering::Release);
    if leads && ticks::now().wrapping_sub(begin) > LONG_NS * ticks::PER_NS {
        // The driver sleeps deeply by now: it is to see whether somebody leads next.
        sys::futex_wake(&shared.driver_bell, 1);
    }
    ready
}

/// A leader that waited longer rings the driver.
const LONG_NS: u64 = 1_000_000;

fn leave(process: &Process, own: &ProcessSlot, leads: bool) {
    if leads {
        process.shared().leader.store(NOBODY, Ordering::Release);
    }
    own.poller.store(NOBODY, Ordering::SeqCst);
    if own.followers.load(Ordering::SeqCst) > 0 && watch::needed(process) {
        wake_follower(process, own);
    }
}

/// The call of the thread with this slot plus one is finished, and it may have been woken to poll next:
/// others that wait still need one who does.
#[inline]
pub fn pass_on(process: &Process, private: usize) {
    if watch::needed(process) {
        let own = process.own_slot();
        own.has_run(private);
        if own.followers.load(Ordering::Relaxed) > 0
            && own.poller.load(Ordering::Relaxed) == NOBODY
            && own.next_poller.load(Ordering::Relaxed) == NOBODY
        {
            wake_follower(process, own);
        }
    }
}

/// No thread of this process leads from now on, but perhaps the calling one, which is outside: they
/// have been turned away.
pub fn step_down(process: &Process) {
    const GLANCE: Duration = Duration::from_micros(50);
    let index = process.index.load(Ordering::Relaxed);
    while process.shared().is_led_by(index) {
        sys::ring(process.leader_bell);
        sys::ppoll(&mut [], Some(GLANCE));
    }
}

/// This thread has polled files of the host for its process: another one is to go on with that.
fn wake_follower(process: &Process, own: &ProcessSlot) {
    let index = process.index.load(Ordering::Relaxed);
    let follows = |slot: &Slot| slot.is_of(index) && slot.follows.load(Ordering::Relaxed) != 0;
    if let Some(number) = process.shared().slot.iter().position(follows) {
        own.next_poller.store(number as u32 + 1, Ordering::Relaxed);
        wake::wake(process, number + 1);
    }
}

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

use core::cell::Cell;
use core::sync::atomic::{Ordering, fence};
use core::time::Duration;

use liblinux_abi::{SIM_IRQ_NET, SIM_IRQ_TIMER};

use crate::layout::{
    NOBODY, PARK_NONE, PARK_SLEEPS, PARK_WOKEN, POLLS_DEVICES, POLLS_FILES, POLLS_NOTHING,
    ProcessSlot, Shared, Slot,
};
use crate::process::Process;
use crate::{carrier, sys, thread, transmit, watch};

/// Devices are looked at this often by threads that call without waiting.
const LOOK_NS: u64 = 20_000;

/// Waits for the call of the task with this `private` (0: none, while booting).
pub fn wait(process: &Process, private: usize) {
    transmit::flush(process);
    let Some(number) = private.checked_sub(1) else {
        return wait_for_time(process);
    };
    let slot = process.slot(number);
    if thread::take_interruption(process)
        || slot.park.swap(PARK_NONE, Ordering::AcqRel) == PARK_WOKEN
    {
        return;
    }
    let own = process.own_slot();
    if claim(&own.poller, private) {
        let leads = claim(&process.shared().leader, private);
        if leads || watch::needed(process) {
            poll(process, slot, own, leads);
            leave(process, own, leads);
            return;
        }
        own.poller.store(NOBODY, Ordering::Release);
    }
    follow(process, slot, own);
}

/// Sleeps until the next event, but not long: the first process has no slot to be woken at.
fn wait_for_time(process: &Process) {
    const LONGEST_NS: u64 = 1_000_000;
    let left = process.shared().deadline.load(Ordering::Relaxed).saturating_sub(sys::now());
    sys::ppoll(&mut [], Some(Duration::from_nanos(left.min(LONGEST_NS))));
    if due(process.shared(), sys::now()) {
        raise(process, SIM_IRQ_TIMER);
    }
}

fn claim(role: &core::sync::atomic::AtomicU32, private: usize) -> bool {
    role.compare_exchange(NOBODY, private as u32, Ordering::AcqRel, Ordering::Relaxed).is_ok()
}

/// Asleep until woken.
fn follow(process: &Process, slot: &Slot, own: &ProcessSlot) {
    slot.follows.store(1, Ordering::Relaxed);
    own.followers.fetch_add(1, Ordering::SeqCst);
    // Whoever polls for this process may have left just now: then it has not seen this thread.
    let alone = own.poller.load(Ordering::SeqCst) == NOBODY && watch::needed(process);
    if !alone {
        sleep(slot);
    }
    own.followers.fetch_sub(1, Ordering::Relaxed);
    slot.follows.store(0, Ordering::Relaxed);
}

fn sleep(slot: &Slot) {
    let slept =
        slot.park.compare_exchange(PARK_NONE, PARK_SLEEPS, Ordering::AcqRel, Ordering::Acquire);
    if slept.is_ok() {
        sys::futex_wait(&slot.park, PARK_SLEEPS, None);
    }
    slot.park.store(PARK_NONE, Ordering::Release);
}

/// Polls, once, whatever this thread is to look at, and raises what it saw.
fn poll(process: &Process, slot: &Slot, own: &ProcessSlot, leads: bool) {
    let shared = process.shared();
    let until = if leads { shared.deadline.load(Ordering::Relaxed) } else { u64::MAX };
    if leads {
        shared.leader_until.store(until, Ordering::Relaxed);
    }
    let begin = ticks();
    own.polls.store(if leads { POLLS_DEVICES } else { POLLS_FILES }, Ordering::Relaxed);
    fence(Ordering::SeqCst);
    if slot.park.load(Ordering::Relaxed) != PARK_WOKEN
        && (!leads || shared.deadline.load(Ordering::Relaxed) >= until)
    {
        let mut poll = if leads { Poll::of_leader(process) } else { Poll::of_files(process) };
        raise(process, poll.wait(until));
    }
    own.polls.store(POLLS_NOTHING, Ordering::Relaxed);
    slot.park.store(PARK_NONE, Ordering::Release);
    if leads && ticks().wrapping_sub(begin) > LONG_NS * TICKS_PER_NS {
        // The driver sleeps deeply by now: it is to see whether somebody leads next.
        sys::futex_wake(&shared.driver_bell, 1);
    }
}

/// A leader that waited longer rings the driver.
const LONG_NS: u64 = 1_000_000;

fn leave(process: &Process, own: &ProcessSlot, leads: bool) {
    if leads {
        process.shared().leader.store(NOBODY, Ordering::Release);
    }
    own.poller.store(NOBODY, Ordering::SeqCst);
    if own.followers.load(Ordering::SeqCst) > 0 && watch::needed(process) {
        wake_follower(process);
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
fn wake_follower(process: &Process) {
    let index = process.index.load(Ordering::Relaxed);
    let follows = |slot: &Slot| {
        slot.process.load(Ordering::Relaxed) == index && slot.follows.load(Ordering::Relaxed) != 0
    };
    if let Some(number) = process.shared().slot.iter().position(follows) {
        wake(process, number + 1);
    }
}

/// A bell, the devices with a second descriptor each, and the files of the host.
const MOST_FILES: usize = 2 * crate::layout::DEVICES + 2;

/// The files a thread polls.
pub struct Poll<'a> {
    process: &'a Process,
    files: [libc::pollfd; MOST_FILES],
    count: usize,
    devices: usize,
    watch: Option<usize>,
}

impl<'a> Poll<'a> {
    /// Of the thread that leads: the devices, and whatever else its process waits for.
    fn of_leader(process: &'a Process) -> Self {
        let mut poll = Poll::new(process, process.leader_bell);
        poll.add_devices();
        if watch::needed(process) {
            poll.add_watch();
        }
        poll
    }

    /// Of another thread: what its process waits for. Its bell is there too.
    fn of_files(process: &'a Process) -> Self {
        const NO_BELL: i32 = -1;
        let mut poll = Poll::new(process, NO_BELL);
        poll.add_watch();
        poll
    }

    pub fn of_driver(process: &'a Process) -> Self {
        let mut poll = Poll::new(process, process.driver_bell);
        poll.add_devices();
        poll
    }

    fn new(process: &'a Process, bell: i32) -> Self {
        let none = libc::pollfd { fd: -1, events: 0, revents: 0 };
        let mut poll =
            Poll { process, files: [none; MOST_FILES], count: 0, devices: 0, watch: None };
        poll.add(bell, libc::POLLIN);
        poll
    }

    fn add_devices(&mut self) {
        let (process, shared) = (self.process, self.process.shared());
        let count = shared.devices.load(Ordering::Acquire) as usize;
        for (device, info) in process.devices[..count].iter().zip(&shared.device) {
            let full = info.full.load(Ordering::Relaxed) != 0;
            let events = libc::POLLIN | if full { libc::POLLOUT } else { 0 };
            self.add(device[0].load(Ordering::Relaxed), events);
        }
        self.devices = count;
        for device in 0..count as u32 {
            self.add(carrier::second(process, device), libc::POLLIN);
        }
    }

    fn add_watch(&mut self) {
        self.watch = Some(self.count);
        self.add(self.process.watch.load(Ordering::Relaxed), libc::POLLIN);
    }

    fn add(&mut self, fd: i32, events: i16) {
        self.files[self.count] = libc::pollfd { fd, events, revents: 0 };
        self.count += 1;
    }

    /// Waits, and returns the interrupt lines to raise.
    pub fn wait(&mut self, until: u64) -> u32 {
        let waiting = self.devices > 0 && carrier::arm(self.process);
        let until = if waiting { 0 } else { until };
        let timeout =
            (until != u64::MAX).then(|| Duration::from_nanos(until.saturating_sub(sys::now())));
        let ready = sys::ppoll(&mut self.files[..self.count], timeout);
        let mut lines = if waiting { SIM_IRQ_NET } else { 0 };
        if ready > 0 {
            if self.files[0].revents != 0 {
                sys::silence(self.files[0].fd);
            }
            let (files, seconds) = self.files[1..].split_at(self.devices);
            if seconds[..self.devices].iter().any(|file| file.revents != 0) {
                lines |= SIM_IRQ_NET;
            }
            for (file, device) in files.iter().zip(0..) {
                if file.revents != 0 {
                    carrier::told(self.process, device);
                    if file.revents & libc::POLLOUT != 0 {
                        let full = &self.process.shared().device[device as usize].full;
                        full.store(0, Ordering::Relaxed);
                    }
                    lines |= SIM_IRQ_NET;
                }
            }
            if self.watch.is_some_and(|at| self.files[at].revents != 0) {
                watch::report(self.process, true);
            }
        }
        if due(self.process.shared(), sys::now()) {
            lines |= SIM_IRQ_TIMER;
        }
        lines
    }
}

fn due(shared: &Shared, now: u64) -> bool {
    shared.deadline.load(Ordering::Relaxed) <= now
}

pub fn raise(process: &Process, lines: u32) {
    if lines != 0
        && let Some(interrupt) = process.exported().interrupt
    {
        // SAFETY: callable at any time.
        unsafe { interrupt(lines) };
    }
}

/// Wakes the thread that waits, or is about to, for the task with this `private`.
pub fn wake(process: &Process, private: usize) {
    let Some(number) = private.checked_sub(1) else { return };
    let slot = process.slot(number);
    if slot.park.swap(PARK_WOKEN, Ordering::AcqRel) == PARK_SLEEPS {
        sys::futex_wake(&slot.park, 1);
    }
    fence(Ordering::SeqCst);
    let index = slot.process.load(Ordering::Relaxed) as usize;
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
        if slot.used.load(Ordering::Acquire) != 0 {
            wake(process, number + 1);
        }
    }
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
    fence(Ordering::SeqCst);
    ring_leader(process);
}

/// Has the leader look again, if it polls; if nobody leads, the driver will.
fn ring_leader(process: &Process) {
    let shared = process.shared();
    let Some(leader) = shared.leader.load(Ordering::Relaxed).checked_sub(1) else { return };
    let index = process.slot(leader as usize).process.load(Ordering::Relaxed) as usize;
    if shared.process[index].polls.load(Ordering::Relaxed) == POLLS_DEVICES {
        sys::ring(process.leader_bell);
    }
}

/// Before call `nr`, while nobody leads: looks at the devices if there may be an answer to what was
/// sent, and at the time as well if nobody has looked for a while.
#[inline]
pub fn look(process: &Process, last: &LastLook, nr: i64) {
    let shared = process.shared();
    let calls = last.calls.get().wrapping_add(1);
    last.calls.set(calls);
    let unanswered = shared.unanswered.load(Ordering::Relaxed);
    let expects = unanswered >= MANY || (unanswered > 0 && may_wait(nr));
    if (!expects && !calls.is_multiple_of(CALLS_PER_GLANCE))
        || shared.leader.load(Ordering::Relaxed) != NOBODY
    {
        return;
    }
    let ticks = ticks();
    if ticks.wrapping_sub(last.ticks.get()) >= LOOK_NS * TICKS_PER_NS {
        last.ticks.set(ticks);
        poll_now(process);
    } else if expects {
        raise(process, SIM_IRQ_NET);
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
    asks_what_is_ready(nr)
        || matches!(
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

/// Raises the interrupts of devices, and of the timer if it is due.
#[cold]
pub fn poll_now(process: &Process) {
    let timer = if due(process.shared(), sys::now()) { SIM_IRQ_TIMER } else { 0 };
    raise(process, SIM_IRQ_NET | timer);
}

/// About: a processor between 1 and 5 GHz looks every 8 to 40 µs.
#[cfg(target_arch = "x86_64")]
const TICKS_PER_NS: u64 = 2;
#[cfg(not(target_arch = "x86_64"))]
const TICKS_PER_NS: u64 = 1;

#[inline]
fn ticks() -> u64 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: reads a counter.
    unsafe {
        core::arch::x86_64::_rdtsc()
    }
    #[cfg(not(target_arch = "x86_64"))]
    sys::now()
}

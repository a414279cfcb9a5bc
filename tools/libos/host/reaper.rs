// SPDX-License-Identifier: GPL-2.0

//! Processes that ended without saying so: what they had in the instance is given back.
//!
//! One thread watches, and never waits for the instance: it must also see that whoever has the
//! virtual processor has died. The driver buries.

use core::sync::atomic::Ordering;
use core::time::Duration;
use std::os::fd::AsRawFd;

use liblinux_abi::SIM_IRQ_NET;

use crate::gate;
use crate::layout::{PROCESSES, ProcessSlot};
use crate::orders::Orders;
use crate::pid::{Pid, Seen};
use crate::process::Process;
use crate::{interrupts, sys, wake};

/// A process was killed while it executed the kernel, whose memory nobody can trust since.
pub struct Torn {
    /// Its number, as the launcher knows it.
    pub pid: u32,
}

/// How often new processes are looked for: often for a while after there was one.
const SOON: Duration = Duration::from_millis(10);
const LATER: Duration = Duration::from_millis(100);
const WHILE_NS: u64 = 1_000_000_000;

/// Watches all processes of an instance but its own, until it is to stop or the instance is torn.
pub fn watch(process: &'static Process, orders: &Orders) -> Result<(), Torn> {
    let mut watcher = Watcher::new(process);
    while !orders.is_stopped() {
        watcher.look()?;
        watcher.wait(orders.stopped().as_raw_fd());
    }
    Ok(())
}

struct Watcher {
    process: &'static Process,
    /// For each place among the processes: whom it watches, and with which pidfd, -1 if that one is
    /// gone.
    watched: [(Pid, i32); PROCESSES],
    /// How often a child was waited for whose parent has ended.
    missed: [u32; PROCESSES],
    /// Until when new processes are likely, in nanoseconds of CLOCK_MONOTONIC.
    lively_until: u64,
}

impl Watcher {
    fn new(process: &'static Process) -> Self {
        Self { process, watched: [NOBODY; PROCESSES], missed: [0; PROCESSES], lively_until: 0 }
    }

    /// Until somebody ends or `stopped` can be read, but not long.
    fn wait(&self, stopped: i32) {
        let slots = self.process.shared().process.iter();
        let watched = slots.zip(self.watched).filter(|(slot, (_, pidfd))| {
            let known = slot.ended.load(Ordering::Relaxed) != 0;
            !known && *pidfd >= 0
        });
        // No more than there are: poll(2) wants less than descriptors are allowed.
        let file = |fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 };
        let mut files = [file(stopped); PROCESSES + 1];
        let mut count = 1;
        for ((_, (_, pidfd)), room) in watched.zip(&mut files[1..]) {
            *room = file(pidfd);
            count += 1;
        }
        let lively = sys::now() < self.lively_until;
        sys::ppoll(&mut files[..count], Some(if lively { SOON } else { LATER }));
    }

    fn look(&mut self) -> Result<(), Torn> {
        let own = self.process.index.load(Ordering::Relaxed) as usize;
        let slots = &self.process.shared().process;
        for (index, slot) in slots.iter().enumerate().filter(|(index, _)| *index != own) {
            let pid = slot.pid.load();
            self.follow(index, slot, if pid == Pid::TO_COME { Pid::NONE } else { pid });
            let ended = match pid {
                Pid::NONE => false,
                Pid::TO_COME => self.will_not_come(index, slot),
                _ => self.has_ended(index, pid),
            };
            // Who has been buried meanwhile may have a successor in this place.
            let known = slot.ended.load(Ordering::Acquire) != 0;
            if ended && !known && slot.pid.load() == pid {
                self.found(slot)?;
            }
        }
        Ok(())
    }

    /// Watches `pid`, and whoever was in its place no more.
    fn follow(&mut self, index: usize, slot: &ProcessSlot, pid: Pid) {
        let (watched, pidfd) = self.watched[index];
        if watched == pid {
            return;
        }
        self.lively_until = sys::now() + WHILE_NS;
        if pidfd >= 0 {
            // SAFETY: a descriptor of this function's.
            unsafe { gate::syscall(libc::SYS_close, [pidfd as usize, 0, 0, 0, 0, 0]) };
        }
        self.watched[index] = if pid == Pid::NONE { NOBODY } else { self.begin(slot, pid) };
    }

    /// What [`Watcher::watched`] has of `pid`.
    fn begin(&self, slot: &ProcessSlot, pid: Pid) -> (Pid, i32) {
        let number = match pid.seen_from(self.process.shared().launcher()) {
            Seen::As(number) => number,
            Seen::Gone => return (pid, -1),
            Seen::Unclear => return NOBODY,
        };
        slot.seen.store(number, Ordering::Relaxed);
        match open(number) {
            pidfd if pidfd >= 0 => (pid, pidfd as i32),
            gone if gone == -(libc::ESRCH as isize) => (pid, -1),
            _ => NOBODY,
        }
    }

    fn has_ended(&self, index: usize, pid: Pid) -> bool {
        let (watched, pidfd) = self.watched[index];
        if watched != pid || pidfd < 0 {
            return watched == pid;
        }
        let mut files = [libc::pollfd { fd: pidfd, events: libc::POLLIN, revents: 0 }];
        sys::ppoll(&mut files, Some(Duration::ZERO)) > 0
    }

    /// Whether a child that was to be forked never was: its parent is gone, and has been for long.
    fn will_not_come(&mut self, index: usize, slot: &ProcessSlot) -> bool {
        const LOOKS: u32 = 50;
        let parent = slot.parent.load(Ordering::Relaxed);
        let lives = |other: &ProcessSlot| {
            other.pid.load() != Pid::NONE && other.key.load(Ordering::Acquire) == parent
        };
        let orphaned = !self.process.shared().process.iter().any(lives);
        self.missed[index] = if orphaned { self.missed[index] + 1 } else { 0 };
        self.missed[index] > LOOKS
    }

    fn found(&self, slot: &ProcessSlot) -> Result<(), Torn> {
        let shared = self.process.shared();
        let check = self.process.exported().process_check;
        // SAFETY: the process has ended.
        let torn =
            check.is_some_and(|check| unsafe { check(slot.key.load(Ordering::Acquire)) } != 0);
        if torn {
            return Err(Torn { pid: slot.seen.load(Ordering::Relaxed) });
        }
        slot.ended.store(1, Ordering::Release);
        shared.ended.fetch_add(1, Ordering::AcqRel);
        sys::ring(self.process.driver_bell);
        Ok(())
    }
}

/// In [`Watcher::watched`], where there is nobody to watch.
const NOBODY: (Pid, i32) = (Pid::NONE, -1);

/// pidfd_open(2). Who cannot be watched for lack of descriptors is tried again.
fn open(number: u32) -> isize {
    // SAFETY: a number.
    unsafe { gate::syscall(libc::SYS_pidfd_open, [number as usize, 0, 0, 0, 0, 0]) }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        for (index, slot) in self.process.shared().process.iter().enumerate() {
            self.follow(index, slot, Pid::NONE);
        }
    }
}

/// Buries the processes that were found dead. Called by one thread, outside the kernel.
pub fn bury(process: &Process) {
    let shared = process.shared();
    for (index, slot) in shared.process.iter().enumerate() {
        if slot.ended.load(Ordering::Acquire) == 0 {
            continue;
        }
        // Before the library gives back what it had: somebody must look for packets meanwhile.
        let tasks = shared.free_threads(index as u32);
        if let Some(died) = process.exported().process_died {
            // SAFETY: this thread is outside the kernel; the process has ended elsewhere.
            unsafe { died(slot.key.load(Ordering::Acquire)) };
        }
        process.forget_tasks(&tasks);
        // It may have been about to say that a device has room.
        interrupts::raise(process, SIM_IRQ_NET);
        wake::wake_all(process);
        // In this order: whoever finds it not ended must find that it is another one.
        slot.free();
        slot.ended.store(0, Ordering::Release);
        shared.ended.fetch_sub(1, Ordering::AcqRel);
    }
}

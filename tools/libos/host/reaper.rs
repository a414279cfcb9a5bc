// SPDX-License-Identifier: GPL-2.0

//! Processes that ended without saying so: what they had open in the instance is closed.

use core::sync::atomic::Ordering;

use crate::gate;
use crate::layout::{PID_TO_COME, PROCESSES, ProcessSlot};
use crate::process::Process;
use crate::sys;

/// Watches every process of an instance but its own.
pub struct Reaper {
    process: &'static Process,
    /// For each place among the processes: whom it watches, and with which pidfd.
    watched: [(u32, i32); PROCESSES],
    /// How often a child was waited for whose parent has ended.
    missed: [u32; PROCESSES],
}

impl Reaper {
    pub fn new(process: &'static Process) -> Self {
        Self { process, watched: [(0, -1); PROCESSES], missed: [0; PROCESSES] }
    }

    /// Looks once. Called by a thread outside the kernel.
    pub fn look(&mut self) -> Result<(), Torn> {
        let own = self.process.index.load(Ordering::Relaxed) as usize;
        for (index, slot) in self.process.shared().process.iter().enumerate() {
            if index == own {
                continue;
            }
            let pid = slot.pid.load(Ordering::Acquire);
            self.follow(index, if pid == PID_TO_COME { 0 } else { pid });
            let ended = match pid {
                0 => false,
                PID_TO_COME => self.will_not_come(index, slot),
                _ => self.has_ended(index),
            };
            if ended {
                let whole = self.reap(index, slot);
                self.follow(index, 0);
                if !whole {
                    return Err(Torn { pid });
                }
            }
        }
        Ok(())
    }

    /// Watches `pid`, and whoever was in its place no more.
    fn follow(&mut self, index: usize, pid: u32) {
        let (watched, pidfd) = self.watched[index];
        if watched == pid {
            return;
        }
        // SAFETY: a descriptor of this function's, and a number.
        unsafe {
            if pidfd >= 0 {
                gate::syscall(libc::SYS_close, [pidfd as usize, 0, 0, 0, 0, 0]);
            }
            let args = [pid as usize, 0, 0, 0, 0, 0];
            let pidfd =
                if pid == 0 { -1 } else { gate::syscall(libc::SYS_pidfd_open, args) as i32 };
            self.watched[index] = (pid, pidfd);
        }
    }

    /// Whether a child that was to be forked never was: its parent is gone, and has been for long.
    fn will_not_come(&mut self, index: usize, slot: &ProcessSlot) -> bool {
        const LOOKS: u32 = 200;
        let parent = slot.parent.load(Ordering::Relaxed);
        let lives = |other: &ProcessSlot| {
            other.pid.load(Ordering::Acquire) != 0 && other.key.load(Ordering::Acquire) == parent
        };
        let orphaned = !self.process.shared().process.iter().any(lives);
        self.missed[index] = if orphaned { self.missed[index] + 1 } else { 0 };
        self.missed[index] > LOOKS
    }

    fn has_ended(&self, index: usize) -> bool {
        let (_, pidfd) = self.watched[index];
        if pidfd < 0 {
            // It had ended before it could be watched.
            return true;
        }
        let mut files = [libc::pollfd { fd: pidfd, events: libc::POLLIN, revents: 0 }];
        sys::ppoll(&mut files, Some(core::time::Duration::ZERO)) > 0
    }

    /// False if the instance cannot go on.
    fn reap(&self, index: usize, slot: &ProcessSlot) -> bool {
        let died = self.process.exported().process_died;
        // Before the library gives back what it had: somebody must look for packets meanwhile.
        self.process.shared().free_threads(index as u32);
        // SAFETY: this thread is outside the kernel; the process has ended.
        let failed = died.map_or(0, |died| unsafe { died(slot.key.load(Ordering::Acquire)) });
        slot.pid.store(0, Ordering::Release);
        failed == 0
    }
}

/// A process was killed while it executed the kernel, whose memory nobody can trust since.
pub struct Torn {
    pub pid: u32,
}

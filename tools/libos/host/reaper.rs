// SPDX-License-Identifier: GPL-2.0

//! Processes that ended without saying so: what they had open in the instance is closed.

use core::sync::atomic::Ordering;

use crate::gate;
use crate::layout::{PROCESSES, ProcessSlot};
use crate::process::Process;
use crate::sys;

/// Watches every process of an instance but its own.
pub struct Reaper {
    process: &'static Process,
    /// For each place among the processes: whom it watches, and with which pidfd.
    watched: [(u32, i32); PROCESSES],
}

impl Reaper {
    pub fn new(process: &'static Process) -> Self {
        Self { process, watched: [(0, -1); PROCESSES] }
    }

    /// Looks once. Called by a thread outside the kernel.
    pub fn look(&mut self) {
        let own = self.process.index.load(Ordering::Relaxed) as usize;
        for (index, slot) in self.process.shared().process.iter().enumerate() {
            if index == own {
                continue;
            }
            let pid = slot.pid.load(Ordering::Acquire);
            self.follow(index, pid);
            if pid != 0 && self.has_ended(index) {
                self.reap(slot);
                self.follow(index, 0);
            }
        }
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

    fn has_ended(&self, index: usize) -> bool {
        let (_, pidfd) = self.watched[index];
        if pidfd < 0 {
            // It had ended before it could be watched.
            return true;
        }
        let mut files = [libc::pollfd { fd: pidfd, events: libc::POLLIN, revents: 0 }];
        sys::ppoll(&mut files, Some(core::time::Duration::ZERO)) > 0
    }

    fn reap(&self, slot: &ProcessSlot) {
        if let Some(kill) = self.process.exported().process_kill {
            // SAFETY: this thread is outside the kernel; the process has ended.
            unsafe { kill(slot.key.load(Ordering::Acquire)) };
        }
        self.free_threads(slot);
        slot.pid.store(0, Ordering::Release);
    }

    fn free_threads(&self, of: &ProcessSlot) {
        let shared = self.process.shared();
        for slot in &shared.slot {
            let owner = &shared.process[slot.process.load(Ordering::Relaxed) as usize];
            if slot.used.load(Ordering::Relaxed) != 0 && core::ptr::eq(owner, of) {
                slot.used.store(0, Ordering::Release);
            }
        }
    }
}

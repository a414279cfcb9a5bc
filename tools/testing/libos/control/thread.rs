// SPDX-License-Identifier: GPL-2.0

//! Threads: the simulator's, and those of programs.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use liblinux_abi::SimTask;

use crate::layout::{SIMULATOR, control};

#[repr(C, align(64))]
pub struct Thread {
    /// 1: it has the baton. A futex.
    pub word: AtomicU32,
    /// Not 0 while it belongs to a thread.
    pub used: AtomicU32,
    /// It waits for the baton until it is woken.
    pub waits: AtomicU32,
    /// It was woken since it last waited.
    pub woken: AtomicU32,
    /// It is among those that are ready.
    pub queued: AtomicU32,
    /// Index of its process.
    pub process: AtomicU32,
    /// Its task in the library.
    pub task: AtomicU64,
    /// What the host calls it.
    pub tid: AtomicU32,
    /// What the library calls it.
    pub library_tid: AtomicU32,
    /// Where to write 0 when it ends, for who joins it.
    pub clear_tid: AtomicU64,
    /// sigaltstack(2): where, how long, flags.
    pub signal_stack: [AtomicU64; 3],
    /// The system call that it is in, for reports.
    pub call: AtomicU64,
}

impl Thread {
    #[must_use]
    pub fn is_used(&self) -> bool {
        self.used.load(Ordering::Relaxed) != 0
    }

    #[must_use]
    pub fn task(&self) -> *mut SimTask {
        self.task.load(Ordering::Relaxed) as *mut SimTask
    }
}

/// Takes a place for a thread of the process at `process`. `None` if there is none.
#[must_use]
pub fn take(process: u32) -> Option<u32> {
    let first = SIMULATOR as usize + 1;
    let free = control().thread[first..].iter().position(|thread| !thread.is_used())?;
    let number = first + free;
    let thread = &control().thread[number];
    for word in [&thread.word, &thread.waits, &thread.woken, &thread.tid, &thread.library_tid] {
        word.store(0, Ordering::Relaxed);
    }
    let long = [&thread.task, &thread.clear_tid, &thread.call];
    for word in long.into_iter().chain(&thread.signal_stack) {
        word.store(0, Ordering::Relaxed);
    }
    thread.process.store(process, Ordering::Relaxed);
    thread.used.store(1, Ordering::Relaxed);
    Some(number as u32)
}

/// Gives the place back. It may still be among those that are ready, and is passed over there.
pub fn free(number: u32) {
    control().thread[number as usize].used.store(0, Ordering::Relaxed);
}

/// The numbers of the threads of a process.
pub fn of_process(process: u32) -> impl Iterator<Item = u32> {
    let threads = control().thread.iter().enumerate().skip(1);
    threads
        .filter(move |(_, t)| t.is_used() && t.process.load(Ordering::Relaxed) == process)
        .map(|(number, _)| number as u32)
}

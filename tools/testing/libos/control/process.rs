// SPDX-License-Identifier: GPL-2.0

//! Processes of programs.

use core::sync::atomic::{AtomicU8, AtomicU32, AtomicU64, Ordering};

use crate::layout::{PROCESSES, PROGRAM_FDS, control};

/// `Process::owner` of a descriptor that the library has, or nobody.
pub const LIBRARY: u8 = 0;
/// The host has it; the library has a stand-in of the same number.
pub const HOST: u8 = 1;

#[repr(C)]
pub struct Process {
    /// Not 0 while it belongs to a process.
    pub used: AtomicU32,
    pub node: AtomicU32,
    /// The name the library knows it by: unique in the simulation, for ever.
    pub key: AtomicU64,
    /// What the host calls it.
    pub pid: AtomicU32,
    /// What the library calls it.
    pub library_pid: AtomicU32,
    /// It has ended in the library, with `status`, as wait(2) has it.
    pub ended: AtomicU32,
    pub status: AtomicU32,
    /// The thread that waits in vfork(2) for it; 0 if none does.
    pub holds: AtomicU32,
    /// Its working folder is one of the library's.
    pub in_library: AtomicU32,
    /// Whose each descriptor is.
    pub owner: [AtomicU8; PROGRAM_FDS as usize],
}

/// Takes a place for a process on `node`. `None` if there is none.
#[must_use]
pub fn take(node: u32) -> Option<u32> {
    let control = control();
    let index = control.process.iter().position(|p| p.used.load(Ordering::Relaxed) == 0)?;
    let process = &control.process[index];
    let ends = [&process.ended, &process.status, &process.holds];
    let others = [&process.pid, &process.library_pid, &process.in_library];
    for word in ends.into_iter().chain(others) {
        word.store(0, Ordering::Relaxed);
    }
    for owner in &process.owner {
        owner.store(LIBRARY, Ordering::Relaxed);
    }
    process.node.store(node, Ordering::Relaxed);
    process.key.store(control.keys.fetch_add(1, Ordering::Relaxed) + 1, Ordering::Relaxed);
    process.used.store(1, Ordering::Relaxed);
    Some(index as u32)
}

/// Gives the place back.
pub fn free(index: u32) {
    const _: () = assert!(PROCESSES <= u32::MAX as usize);
    control().process[index as usize].used.store(0, Ordering::Relaxed);
}

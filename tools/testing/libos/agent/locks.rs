// SPDX-License-Identifier: GPL-2.0

//! Locks of files. The host has the files, and so the locks; but nobody must wait for one there: who is
//! to give it back would never execute. So it is tried again and again, in simulated time.

use core::sync::atomic::Ordering;

use libos_control::layout::control;

use crate::dispatch::Call;
use crate::thread::current;
use crate::{clock, host};

const SHORTEST_NS: u64 = 1000;
const LONGEST_NS: u64 = 100_000;

/// flock(2).
pub fn flock(call: &mut Call<'_>) -> isize {
    let operation = call.int(1);
    let args = [call.args[0], (operation | libc::LOCK_NB) as usize];
    take(call, libc::SYS_flock, args, operation & libc::LOCK_NB == 0)
}

/// fcntl(2) that takes a lock of a record or waits for one.
pub fn set(call: &mut Call<'_>) -> isize {
    let (command, waits) = match call.int(1) {
        libc::F_SETLKW => (libc::F_SETLK, true),
        libc::F_OFD_SETLKW => (libc::F_OFD_SETLK, true),
        command => (command, false),
    };
    let args = [call.args[0], command as usize, call.args[2]];
    take(call, libc::SYS_fcntl, args, waits)
}

/// Takes a lock; if it is to wait, until it is free or a signal comes.
fn take<const N: usize>(call: &mut Call<'_>, nr: i64, args: [usize; N], waits: bool) -> isize {
    let mut pause = SHORTEST_NS;
    loop {
        let result = host::call(nr, args);
        if !waits || result != host::error(libc::EAGAIN) {
            return result;
        }
        let slept = clock::sleep(call, pause);
        if slept < 0 {
            return slept;
        }
        pause = (pause * 2).min(LONGEST_NS);
    }
}

/// fcntl(2) that asks who has a lock: the host's answer, with the number that the node knows.
pub fn get(call: &mut Call<'_>) -> isize {
    let result = host::call(call.nr, call.args);
    let at = call.args[2] + core::mem::offset_of!(libc::flock, l_pid);
    let mut pid = [0; size_of::<i32>()];
    if result == 0 && host::read_memory(at, &mut pid) {
        let holder = i32::from_ne_bytes(pid);
        if let Some(known) = on_node(holder) {
            host::write_memory(at, &known.to_ne_bytes());
        }
    }
    result
}

/// What the node calls a process that the host knows by this number.
fn on_node(pid: i32) -> Option<i32> {
    let node = current().node();
    let found = control().process.iter().find(|process| {
        let word = |word: &core::sync::atomic::AtomicU32| word.load(Ordering::Relaxed);
        pid > 0
            && word(&process.used) != 0
            && word(&process.node) == node
            && word(&process.pid) == pid as u32
    });
    found.map(|process| process.library_pid.load(Ordering::Relaxed) as i32)
}

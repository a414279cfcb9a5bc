// SPDX-License-Identifier: GPL-2.0

//! kill(2) with SIGKILL or SIGSTOP among the programs of an instance: none of the threads that it ends
//! or stops may be executing the kernel, so they are kept out of it first.

use core::ptr::null_mut;
use core::sync::atomic::Ordering;
use core::time::Duration;

use crate::layout::{PID_TO_COME, ProcessSlot};
use crate::process::Process;
use crate::{entry, gate, sys};

/// kill(2), with the meanings of `target` that it has there. 0 or a negative errno. Called by a
/// thread outside the kernel.
pub fn kill(process: &Process, target: i32, signal: i32) -> isize {
    // SAFETY: numbers.
    let send =
        || unsafe { gate::syscall(libc::SYS_kill, [target as usize, signal as usize, 0, 0, 0, 0]) };
    if ![libc::SIGKILL, libc::SIGSTOP].contains(&signal) {
        return send();
    }
    keep_out(process, target, true);
    let result = send();
    if signal == libc::SIGSTOP && result == 0 {
        // None of theirs executes anything by then: the host interrupts those that run.
        sys::sleep(SOON);
    }
    if signal == libc::SIGSTOP || result < 0 {
        keep_out(process, target, false);
    }
    result
}

/// Longer than a processor of the host takes to hear of a signal.
const SOON: Duration = Duration::from_millis(1);

fn keep_out(process: &Process, target: i32, out: bool) {
    let group = if target == 0 { group_of(0) } else { -target };
    for slot in &process.shared().process {
        if is_meant(slot, target, group) {
            entry::keep_out(process, slot, out, null_mut());
        }
    }
}

fn is_meant(slot: &ProcessSlot, target: i32, group: i32) -> bool {
    let pid = slot.pid.load(Ordering::Acquire);
    match target {
        _ if pid == 0 || pid == PID_TO_COME => false,
        1.. => pid == target as u32,
        -1 => true,
        _ => group_of(pid) == group,
    }
}

/// The process group of a process, 0 being the caller.
fn group_of(pid: u32) -> i32 {
    // SAFETY: a number.
    unsafe { gate::syscall(libc::SYS_getpgid, [pid as usize, 0, 0, 0, 0, 0]) as i32 }
}

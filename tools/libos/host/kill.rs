// SPDX-License-Identifier: GPL-2.0

//! kill(2) with SIGKILL or SIGSTOP among the programs of an instance: none of the threads that it ends
//! or stops may be executing the kernel, so they are kept out of it first.

use core::ptr::null_mut;
use core::sync::atomic::Ordering;
use core::time::Duration;

use crate::layout::ProcessSlot;
use crate::pid::{Pid, Seen};
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
    keep_out(process, target, signal, true);
    let result = send();
    if signal == libc::SIGSTOP && result == 0 {
        // None of theirs executes anything by then: the host interrupts those that run.
        sys::sleep(SOON);
    }
    if signal == libc::SIGSTOP || result < 0 {
        keep_out(process, target, signal, false);
    }
    result
}

/// Longer than a processor of the host takes to hear of a signal.
const SOON: Duration = Duration::from_millis(1);

/// Ends a program. Called by the launcher.
pub(crate) fn end(process: &Process, slot: &ProcessSlot) {
    let pid = slot.pid.load();
    if !pid.is_process() {
        return;
    }
    if let Seen::As(number) = pid.seen_from(process.shared().launcher()) {
        entry::keep_out(process, slot, true, null_mut());
        // SAFETY: numbers.
        unsafe {
            gate::syscall(libc::SYS_kill, [number as usize, libc::SIGKILL as usize, 0, 0, 0, 0]);
        }
    }
}

/// A process that counts as `pid` does ends, or does not, if not `out`. With the first one of a PID namespace the
/// host ends all others of it, wherever they are.
pub(crate) fn keep_out_with(process: &Process, pid: Pid, out: bool) {
    if !pid.is_init() || pid.is_beside(process.shared().launcher()) {
        return;
    }
    let others = process.shared().process.iter().filter(|slot| {
        let other = slot.pid.load();
        other.is_process() && other.is_beside(pid) && other != pid
    });
    others.for_each(|slot| entry::keep_out(process, slot, out, null_mut()));
}

fn keep_out(process: &Process, target: i32, signal: i32, out: bool) {
    let group = if target == 0 { group_of(0) } else { target.wrapping_neg() };
    for slot in
        process.shared().process.iter().filter(|slot| is_meant(process, slot, target, group))
    {
        entry::keep_out(process, slot, out, null_mut());
        if signal == libc::SIGKILL {
            keep_out_with(process, slot.pid.load(), out);
        }
    }
}

fn is_meant(process: &Process, slot: &ProcessSlot, target: i32, group: i32) -> bool {
    let (own, pid) = (process.own_slot().pid.load(), slot.pid.load());
    // Nobody in its namespace can end or stop the first one there.
    if pid.is_init() && pid.is_beside(own) {
        return false;
    }
    let Some(number) = number(process, slot) else { return false };
    match target {
        1.. => number == target as u32,
        -1 => pid != own,
        _ => group_of(number) == group,
    }
}

/// The number by which this process knows the one of a slot.
pub(crate) fn number(process: &Process, slot: &ProcessSlot) -> Option<u32> {
    let (own, other) = (process.own_slot().pid.load(), slot.pid.load());
    let seen = || Some(slot.seen.load(Ordering::Relaxed)).filter(|number| *number != 0);
    match other {
        _ if !other.is_process() => None,
        _ if other.is_beside(own) => Some(other.number),
        _ if own.is_beside(process.shared().launcher()) => seen(),
        _ => None,
    }
}

/// The process group of a process, 0 being the caller.
pub(crate) fn group_of(pid: u32) -> i32 {
    // SAFETY: a number.
    unsafe { gate::syscall(libc::SYS_getpgid, [pid as usize, 0, 0, 0, 0, 0]) as i32 }
}

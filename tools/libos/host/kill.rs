// SPDX-License-Identifier: GPL-2.0

//! kill(2) with SIGKILL or SIGSTOP among the programs of an instance: none of the threads that it ends
//! or stops may be executing the kernel, so they are kept out of it first.

use core::ptr::null_mut;
use core::sync::atomic::Ordering;
use core::time::Duration;

use crate::layout::{MAKER, ProcessSlot};
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
        let is_for_launcher = signal != 0 && is_launcher(process, target);
        return if is_for_launcher { tell_launcher(target, signal) } else { send() };
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

fn is_launcher(process: &Process, target: i32) -> bool {
    target > 0 && number(process, &process.shared().process[MAKER]) == Some(target as u32)
}

/// The launcher takes what a program of its process group sends by kill(2) for the whole group's, and the others
/// have got that. What is meant for it alone comes as by sigqueue(3).
fn tell_launcher(target: i32, signal: i32) -> isize {
    let [target, number] = [target, signal].map(|number| number as usize);
    // SAFETY: numbers, and a description that nobody keeps.
    unsafe {
        let mut info: libc::siginfo_t = core::mem::zeroed();
        (info.si_signo, info.si_code) = (signal, libc::SI_QUEUE);
        let sender: *mut Sender = (&raw mut info).cast();
        (*sender).pid = gate::syscall(libc::SYS_getpid, [0; 6]) as i32;
        (*sender).uid = gate::syscall(libc::SYS_getuid, [0; 6]) as u32;
        let info = &raw const info as usize;
        gate::syscall(libc::SYS_rt_sigqueueinfo, [target, number, info, 0, 0, 0])
    }
}

/// `siginfo_t` of what a process sends.
#[repr(C)]
struct Sender {
    signo: i32,
    errno: i32,
    code: i32,
    /// The rest is aligned as a pointer is.
    padding: i32,
    pid: i32,
    uid: u32,
}

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

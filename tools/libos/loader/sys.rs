// SPDX-License-Identifier: GPL-2.0

//! The system calls of the waiting and sending paths, through the gate.

use core::sync::atomic::AtomicU32;
use core::time::Duration;

use crate::gate::syscall;

/// Waits while `*word == expected`, at most `timeout`. `shared`: other processes may wake.
pub fn futex_wait(word: &AtomicU32, expected: u32, timeout: Option<Duration>) {
    let timeout = timeout.map(timespec);
    let timeout = timeout.as_ref().map_or(core::ptr::null(), core::ptr::from_ref);
    // SAFETY: the word and the time are references.
    unsafe {
        syscall(
            libc::SYS_futex,
            [
                word.as_ptr() as usize,
                libc::FUTEX_WAIT as usize,
                expected as usize,
                timeout as usize,
                0,
                0,
            ],
        );
    }
}

/// Lets other threads have the processor that wait for it.
pub fn yield_now() {
    // SAFETY: no argument.
    unsafe { syscall(libc::SYS_sched_yield, [0; 6]) };
}

/// Wakes up to `count` waiters for `word`.
pub fn futex_wake(word: *const AtomicU32, count: u32) {
    // SAFETY: the call only uses the address.
    unsafe {
        syscall(
            libc::SYS_futex,
            [word as usize, libc::FUTEX_WAKE as usize, count as usize, 0, 0, 0],
        )
    };
}

/// `ppoll(2)` without a signal mask; `None` waits for ever. The number of ready files or a negative
/// errno.
pub fn ppoll(fds: &mut [libc::pollfd], timeout: Option<Duration>) -> isize {
    let timeout = timeout.map(timespec);
    let timeout = timeout.as_ref().map_or(core::ptr::null(), core::ptr::from_ref);
    // SAFETY: the array and the time are references.
    unsafe {
        syscall(libc::SYS_ppoll, [fds.as_mut_ptr() as usize, fds.len(), timeout as usize, 0, 0, 0])
    }
}

/// Moves a descriptor to a number that is not below `least`, if it can be.
pub fn move_above(fd: i32, least: i32) -> i32 {
    match duplicate_above(fd, least) {
        high if high >= 0 => {
            // SAFETY: the caller's, which there is a copy of.
            unsafe { syscall(libc::SYS_close, [fd as usize, 0, 0, 0, 0, 0]) };
            high as i32
        }
        _ => fd,
    }
}

/// The program may have set its limit of descriptors lower than that.
fn duplicate_above(fd: i32, least: i32) -> isize {
    let command = libc::F_DUPFD_CLOEXEC as usize;
    // SAFETY: copies a descriptor.
    let copy = || unsafe {
        syscall(libc::SYS_fcntl, [fd as usize, command, least.max(0) as usize, 0, 0, 0])
    };
    match copy() {
        failed if failed < 0 => with_highest_limit(copy),
        copied => copied,
    }
}

/// Makes `call` with as many descriptors allowed as this process may allow itself.
fn with_highest_limit<R>(call: impl FnOnce() -> R) -> R {
    let before = raise_limit();
    let result = call();
    limit(&raw const before, core::ptr::null_mut());
    result
}

/// Allows this process as many descriptors as it may allow itself. The limit before.
pub fn raise_limit() -> libc::rlimit {
    let mut before = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
    limit(core::ptr::null(), &raw mut before);
    let highest = libc::rlimit { rlim_cur: before.rlim_max, ..before };
    limit(&raw const highest, core::ptr::null_mut());
    before
}

fn limit(new: *const libc::rlimit, before: *mut libc::rlimit) {
    let args = [0, libc::RLIMIT_NOFILE as usize, new as usize, before as usize, 0, 0];
    // SAFETY: limits of the caller's, or null.
    unsafe { syscall(libc::SYS_prlimit64, args) };
}

/// Does nothing for a while, or until a signal comes.
pub fn sleep(duration: Duration) {
    ppoll(&mut [], Some(duration));
}

/// Adds one to an eventfd.
pub fn ring(eventfd: i32) {
    let one = 1u64;
    // SAFETY: eight readable bytes.
    unsafe {
        syscall(libc::SYS_write, [eventfd as usize, &raw const one as usize, 8, 0, 0, 0]);
    }
}

/// Sets a non-blocking eventfd to zero.
pub fn silence(eventfd: i32) {
    let mut count = 0u64;
    // SAFETY: eight writable bytes.
    unsafe {
        syscall(libc::SYS_read, [eventfd as usize, &raw mut count as usize, 8, 0, 0, 0]);
    }
}

fn timespec(duration: Duration) -> libc::timespec {
    libc::timespec {
        tv_sec: duration.as_secs() as i64,
        tv_nsec: i64::from(duration.subsec_nanos()),
    }
}

/// Nanoseconds of CLOCK_MONOTONIC.
#[inline]
pub fn now() -> u64 {
    clock(libc::CLOCK_MONOTONIC)
}

/// Nanoseconds of a clock.
#[inline]
pub fn clock(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writable; the clock exists.
    unsafe { libc::clock_gettime(clock, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

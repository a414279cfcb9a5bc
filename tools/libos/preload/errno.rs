// SPDX-License-Identifier: GPL-2.0

//! Results of system calls: as the kernel gives them, as Rust likes them, and as C wants them.

use core::ffi::c_int;

/// Why a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Errno(pub c_int);

/// What a system call gave: never negative, or an error.
pub type Outcome = Result<isize, Errno>;

/// The kernel's errors are -1 to -4095; anything else is a value, be it an address.
const LAST: isize = 4095;

#[inline]
pub fn outcome(raw: isize) -> Outcome {
    if (-LAST..0).contains(&raw) { Err(Errno(-raw as c_int)) } else { Ok(raw) }
}

/// The kernel's way.
#[inline]
pub fn raw(outcome: Outcome) -> isize {
    outcome.unwrap_or_else(|Errno(errno)| -(errno as isize))
}

/// C's way: -1 and errno.
#[inline]
pub fn returned(outcome: Outcome) -> isize {
    outcome.unwrap_or_else(|errno| {
        set(errno);
        -1
    })
}

pub fn set(Errno(errno): Errno) {
    // SAFETY: the calling thread's own errno.
    unsafe { *libc::__errno_location() = errno };
}

/// Keeps errno as it was, for a signal handler.
pub fn preserved<R>(action: impl FnOnce() -> R) -> R {
    // SAFETY: the calling thread's own errno.
    let errno = unsafe { *libc::__errno_location() };
    let result = action();
    set(Errno(errno));
    result
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_last_page_is_errors() {
        assert_eq!(outcome(-1), Err(Errno(1)));
        assert_eq!(outcome(-4095), Err(Errno(4095)));
        assert_eq!(outcome(-4096), Ok(-4096));
        assert_eq!(outcome(7), Ok(7));
        for value in [-4096, -4095, -11, 0, 3] {
            assert_eq!(raw(outcome(value)), value);
        }
    }

    #[test]
    fn c_gets_errno() {
        assert_eq!(returned(Err(Errno(libc::EBADF))), -1);
        // SAFETY: this thread's errno.
        assert_eq!(unsafe { *libc::__errno_location() }, libc::EBADF);
    }
}

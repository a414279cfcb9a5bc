// SPDX-License-Identifier: GPL-2.0

//! Cancellation of threads: pthread_cancel(3).
//!
//! A call of the host that is a cancellation point is made as glibc makes it: for its duration the
//! thread may be cancelled at any instruction. A thread in the library must not be: it holds the
//! kernel. There the cancellation is deferred, and whoever cancels a thread also interrupts it
//! with SIGSYS, a signal that is ours and never blocked.

use core::ffi::c_int;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, Ordering};

use libc::pthread_t;

use crate::{instance, real};

/// `PTHREAD_CANCEL_DEFERRED` and `PTHREAD_CANCEL_ASYNCHRONOUS` of `<pthread.h>`.
const DEFERRED: c_int = 0;
const ASYNCHRONOUS: c_int = 1;

/// A thread has been cancelled: from now on calls look whether it is theirs.
static EXPECTED: AtomicBool = AtomicBool::new(false);
/// The program lets threads be cancelled at any instruction.
static ANYWHERE: AtomicBool = AtomicBool::new(false);

/// Makes a blocking call of the host.
#[inline]
pub fn point(call: impl FnOnce() -> isize) -> isize {
    with_type(ASYNCHRONOUS, call)
}

/// Makes a call of the library.
#[inline]
pub fn never(call: impl FnOnce() -> isize) -> isize {
    if ANYWHERE.load(Ordering::Relaxed) { with_type(DEFERRED, call) } else { call() }
}

fn with_type(kind: c_int, call: impl FnOnce() -> isize) -> isize {
    let Some(set_type) = real::SETCANCELTYPE.get() else {
        return call();
    };
    let mut before = DEFERRED;
    // SAFETY: the thread's own setting; nothing in this frame needs cleaning up.
    unsafe { set_type(kind, &raw mut before) };
    let result = call();
    // SAFETY: as above.
    unsafe { set_type(before, null_mut()) };
    result
}

/// The calling thread ends here if it has been cancelled.
#[inline]
pub fn test() {
    if EXPECTED.load(Ordering::Relaxed)
        && let Some(test) = real::TESTCANCEL.get()
    {
        // SAFETY: nothing in the frames from here to the program's needs cleaning up.
        unsafe { test() };
    }
}

/// pthread_cancel(3).
pub fn cancel(thread: pthread_t) -> c_int {
    let Some(cancel) = real::CANCEL.get() else {
        return libc::ENOSYS;
    };
    EXPECTED.store(true, Ordering::Relaxed);
    // SAFETY: the program's own call.
    let result = unsafe { cancel(thread) };
    // SAFETY: as above; our handler is there.
    unsafe {
        if result == 0
            && instance::is_attached()
            && libc::pthread_equal(thread, libc::pthread_self()) == 0
        {
            libc::pthread_kill(thread, libc::SIGSYS);
        }
    }
    result
}

/// pthread_setcanceltype(3).
pub fn set_type(kind: c_int, before: *mut c_int) -> c_int {
    let Some(set_type) = real::SETCANCELTYPE.get() else {
        return libc::ENOSYS;
    };
    if kind == ASYNCHRONOUS {
        ANYWHERE.store(true, Ordering::Relaxed);
    }
    // SAFETY: the program's own call.
    unsafe { set_type(kind, before) }
}

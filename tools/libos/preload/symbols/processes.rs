// SPDX-License-Identifier: GPL-2.0

//! Processes and threads: how they begin, are cancelled, and end.

use core::ffi::c_int;

use libc::pthread_t;

use crate::{cancel, process, real};

/// fork(2).
#[unsafe(no_mangle)]
pub extern "C-unwind" fn fork() -> c_int {
    process::fork(&real::FORK)
}

/// vfork(2), which may be fork(2): a child that shares our memory would share our descriptor table.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn vfork() -> c_int {
    process::fork(&real::FORK)
}

/// _Fork(3).
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _Fork() -> c_int {
    process::fork(&real::QUICK_FORK)
}

/// Another name of [`fork`].
#[unsafe(no_mangle)]
pub extern "C-unwind" fn __fork() -> c_int {
    fork()
}

/// Another name of [`vfork`].
#[unsafe(no_mangle)]
pub extern "C-unwind" fn __vfork() -> c_int {
    vfork()
}

/// _exit(2).
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _exit(status: c_int) -> ! {
    process::exit(status)
}

/// _Exit(3).
#[unsafe(no_mangle)]
pub extern "C-unwind" fn _Exit(status: c_int) -> ! {
    process::exit(status)
}

/// pthread_cancel(3).
#[unsafe(no_mangle)]
pub extern "C-unwind" fn pthread_cancel(thread: pthread_t) -> c_int {
    cancel::cancel(thread)
}

/// pthread_setcanceltype(3).
///
/// # Safety
///
/// As for pthread_setcanceltype(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn pthread_setcanceltype(kind: c_int, before: *mut c_int) -> c_int {
    cancel::set_type(kind, before)
}

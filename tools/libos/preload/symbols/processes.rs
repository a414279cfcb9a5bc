// SPDX-License-Identifier: GPL-2.0

//! Processes and threads: how they begin, are cancelled, and end.

use core::ffi::{c_int, c_void};

use libc::{pthread_attr_t, pthread_t};

use super::{aliases, calls};
use crate::clone::{self, Function, Wish};
use crate::errno::{self, Errno};
use crate::{cancel, inline, instructions, process, real};

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

/// clone(3), whose last three arguments need not be there.
///
/// # Safety
///
/// As for clone(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn clone(
    function: Option<Function>,
    stack: *mut c_void,
    flags: c_int,
    argument: *mut c_void,
    parent_tid: usize,
    tls: usize,
    child_tid: usize,
) -> c_int {
    let Some(function) = function else {
        errno::set(Errno(libc::EINVAL));
        return -1;
    };
    let wish = Wish { function, stack, flags, argument, parent_tid, tls, child_tid };
    // SAFETY: the program's own call.
    unsafe { clone::clone(wish) }
}

aliases! {
    __clone = clone(function: Option<Function>, stack: *mut c_void, flags: c_int,
        argument: *mut c_void, parent_tid: usize, tls: usize, child_tid: usize) -> c_int;
}

calls! {
    Function unshare(flags: c_int) -> c_int = SYS_unshare(flags);
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

/// pthread_create(3).
///
/// # Safety
///
/// As for pthread_create(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn pthread_create(
    thread: *mut pthread_t,
    attributes: *const pthread_attr_t,
    begin: *mut c_void,
    argument: *mut c_void,
) -> c_int {
    inline::begins_with(begin);
    // SAFETY: the program's own call.
    unsafe { instructions::create_thread(thread, attributes, begin, argument) }
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

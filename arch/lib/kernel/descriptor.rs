// SPDX-License-Identifier: GPL-2.0

//! Descriptors with the numbers that the host chose.
//!
//! A host that keeps a placeholder in its own table for every descriptor of the library wants both
//! to have one number. It reserves the number on its side first, which makes it unique, and names
//! it with the call; the three functions through which a call gets a descriptor are wrapped at
//! link time (`--wrap`, see arch/lib/Makefile) to honour it.

use crate::bindings::{self, file};
use crate::kernel::task;

#[allow(improper_ctypes)] // Empty structs of a configuration are inside.
unsafe extern "C" {
    fn __real_get_unused_fd_flags(flags: u32) -> i32;
    fn __real_put_unused_fd(fd: u32);
    fn __real_fd_install(fd: u32, file: *mut file);
}

const NONE: (i32, u32) = (-1, 0);

/// `get_unused_fd_flags()`: the number that was asked for, else the lowest free one.
///
/// # Safety
///
/// Called by generic code in process context.
#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_get_unused_fd_flags(flags: u32) -> i32 {
    if let Some(program) = task::current() {
        let [first, second] = program.wanted.get();
        if first >= 0 {
            program.wanted.set([second, -1]);
            let [a, b] = program.promised.get();
            program.promised.set(if a == NONE { [(first, flags), b] } else { [a, (first, flags)] });
            return first;
        }
    }
    // SAFETY: as the caller promises.
    unsafe { __real_get_unused_fd_flags(flags) }
}

/// Takes back the promise of `fd`, with the flags it was asked for with.
fn redeem(fd: u32) -> Option<u32> {
    let program = task::current()?;
    let mut promised = program.promised.get();
    let found = promised.iter_mut().find(|p| p.0 == fd as i32)?;
    let (_, flags) = core::mem::replace(found, NONE);
    program.promised.set(promised);
    Some(flags)
}

/// `put_unused_fd()`: the call failed.
///
/// # Safety
///
/// Called by generic code with what `get_unused_fd_flags()` returned.
#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_put_unused_fd(fd: u32) {
    if redeem(fd).is_none() {
        // SAFETY: as the caller promises.
        unsafe { __real_put_unused_fd(fd) };
    }
}

/// `fd_install()`: the descriptor comes to be. One of that number, which the host's program no
/// longer has, is closed.
///
/// # Safety
///
/// Called by generic code, which gives away its reference to `file`.
#[unsafe(no_mangle)]
unsafe extern "C" fn __wrap_fd_install(fd: u32, file: *mut file) {
    // SAFETY: as the caller promises; `replace_fd` takes a reference of its own.
    unsafe {
        match redeem(fd) {
            None => __real_fd_install(fd, file),
            Some(flags) => {
                bindings::replace_fd(fd, file, flags);
                bindings::fput(file);
            }
        }
    }
}

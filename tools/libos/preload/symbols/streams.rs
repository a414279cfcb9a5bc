// SPDX-License-Identifier: GPL-2.0

//! `<stdio.h>`: where streams meet descriptors.

use core::ffi::{CStr, c_char, c_int};
use core::ptr::null_mut;

use libc::FILE;

use super::aliases;
use crate::{errno, shell, stdio};

/// fopen(3).
///
/// # Safety
///
/// As for fopen(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn fopen(path: *const c_char, mode: *const c_char) -> *mut FILE {
    // SAFETY: as the caller promises.
    unsafe { stdio::open(path, mode) }
}

/// fdopen(3).
///
/// # Safety
///
/// As for fdopen(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn fdopen(fd: c_int, mode: *const c_char) -> *mut FILE {
    // SAFETY: as the caller promises.
    unsafe { stdio::open_descriptor(fd, mode) }
}

/// fileno(3).
///
/// # Safety
///
/// As for fileno(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn fileno(stream: *mut FILE) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { stdio::descriptor(stream) }
}

/// fclose(3). As libc's, it closes what popen(3) has opened, too.
///
/// # Safety
///
/// As for fclose(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn fclose(stream: *mut FILE) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { shell::close_stream(stream) }
}

/// popen(3).
///
/// # Safety
///
/// As for popen(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn popen(command: *const c_char, mode: *const c_char) -> *mut FILE {
    // SAFETY: two strings.
    let opened = unsafe { shell::open(CStr::from_ptr(command), CStr::from_ptr(mode).to_bytes()) };
    opened.unwrap_or_else(|error| {
        errno::set(error);
        null_mut()
    })
}

/// pclose(3).
///
/// # Safety
///
/// As for pclose(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn pclose(stream: *mut FILE) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { shell::close_stream(stream) }
}

aliases! {
    fopen64 = fopen(path: *const c_char, mode: *const c_char) -> *mut FILE;
    fileno_unlocked = fileno(stream: *mut FILE) -> c_int;
}

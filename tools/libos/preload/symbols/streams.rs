// SPDX-License-Identifier: GPL-2.0

//! `<stdio.h>`: where streams meet descriptors.

use core::ffi::{c_char, c_int};

use libc::FILE;

use super::aliases;
use crate::stdio;

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

/// fclose(3).
///
/// # Safety
///
/// As for fclose(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn fclose(stream: *mut FILE) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { stdio::close_stream(stream) }
}

aliases! {
    fopen64 = fopen(path: *const c_char, mode: *const c_char) -> *mut FILE;
    fileno_unlocked = fileno(stream: *mut FILE) -> c_int;
}

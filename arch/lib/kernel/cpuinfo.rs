// SPDX-License-Identifier: GPL-2.0

//! /proc/cpuinfo: one virtual processor.

use core::ffi::c_void;
use core::ptr::null_mut;

use crate::bindings::{self, seq_file, seq_operations};

#[unsafe(no_mangle)]
static cpuinfo_op: seq_operations =
    seq_operations { start: Some(start), stop: Some(stop), next: Some(next), show: Some(show) };

/// The only record has position 0, and any address but null.
extern "C" fn start(_file: *mut seq_file, position: *mut i64) -> *mut c_void {
    // SAFETY: seq_file gives a valid position.
    if unsafe { *position } == 0 { (&raw const cpuinfo_op).cast_mut().cast() } else { null_mut() }
}

extern "C" fn next(file: *mut seq_file, _record: *mut c_void, position: *mut i64) -> *mut c_void {
    // SAFETY: as in `start`.
    unsafe { *position += 1 };
    start(file, position)
}

extern "C" fn stop(_file: *mut seq_file, _record: *mut c_void) {}

extern "C" fn show(file: *mut seq_file, _record: *mut c_void) -> i32 {
    // SAFETY: called with a valid file.
    unsafe { bindings::seq_puts(file, c"processor\t: 0\nmodel name\t: Linux library\n".as_ptr()) };
    0
}

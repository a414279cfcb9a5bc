// SPDX-License-Identifier: GPL-2.0

//! The group of files: /proc/sys, as the original LibOS offered it, and any other file of the
//! instance.

use core::ffi::{c_char, c_int, c_void};

use liblinux_abi::SimSysIterator;

use crate::api::tasks::call_current;
use crate::bindings;
use crate::kernel::task::{Args, SimTask};
use crate::kernel::tree;

pub unsafe extern "C" fn iterate(iterator: *const SimSysIterator) -> c_int {
    call_current(report, [iterator as usize, 0, 0, 0, 0, 0, 0]) as c_int
}

fn report(_task: &SimTask, args: &Args) -> isize {
    // SAFETY: the host's thread waits for the result, and its iterator with it.
    let iterator = unsafe { &*(args[0] as *const SimSysIterator) };
    let Some(report) = iterator.report_file else {
        return crate::kernel::call::error(bindings::EINVAL);
    };
    tree::walk(c"/proc/sys", |path| {
        // SAFETY: the host's function, with its own context.
        unsafe { report(iterator.context, path.as_ptr()) };
    })
}

pub unsafe extern "C" fn read(
    path: *const c_char,
    buffer: *mut c_void,
    len: usize,
    offset: i64,
) -> isize {
    call_current(tree::read, [path as usize, buffer as usize, len, offset as usize, 0, 0, 0])
}

pub unsafe extern "C" fn write(
    path: *const c_char,
    buffer: *const c_void,
    len: usize,
    offset: i64,
) -> isize {
    call_current(tree::write, [path as usize, buffer as usize, len, offset as usize, 0, 0, 0])
}

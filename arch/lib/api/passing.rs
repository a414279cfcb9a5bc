// SPDX-License-Identifier: GPL-2.0

//! The group of passing: files between processes of the host.

use core::ffi::{c_int, c_ulong};

use crate::api::tasks::call_current;
use crate::kernel::task::SimTask;
use crate::kernel::{call, held_file};

pub unsafe extern "C" fn file_hold(
    task: *mut liblinux_abi::SimTask,
    fd: c_int,
    name: c_ulong,
) -> c_int {
    // SAFETY: as the interface says.
    let task = unsafe { &*task.cast::<SimTask>() };
    call::make(task, held_file::hold, [fd as usize, name as usize, 0, 0, 0, 0, 0]) as c_int
}

pub unsafe extern "C" fn file_take(
    task: *mut liblinux_abi::SimTask,
    name: c_ulong,
    fd: c_int,
    flags: c_int,
) -> c_int {
    // SAFETY: as the interface says.
    let task = unsafe { &*task.cast::<SimTask>() };
    let args = [name as usize, fd as usize, flags as usize, 0, 0, 0, 0];
    call::make(task, held_file::take, args) as c_int
}

pub unsafe extern "C" fn file_release(name: c_ulong) -> c_int {
    call_current(held_file::release, [name as usize, 0, 0, 0, 0, 0, 0]) as c_int
}

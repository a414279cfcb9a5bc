// SPDX-License-Identifier: GPL-2.0

//! The group of poll: files of the host among the library's.

use core::ffi::{c_int, c_void};

use crate::bindings;
use crate::kernel::host_file;
use crate::kernel::task::SimTask;
use crate::kernel::{call, host};

pub unsafe extern "C" fn file_create(
    task: *mut liblinux_abi::SimTask,
    fd: c_int,
    private: *mut c_void,
) -> c_int {
    if host::table().file_poll.is_none() {
        return -(bindings::EOPNOTSUPP as c_int);
    }
    // SAFETY: as the interface says.
    let task = unsafe { &*task.cast::<SimTask>() };
    let args = [fd as usize, private as usize, 0, 0, 0, 0, 0];
    call::make(task, host_file::create, args) as c_int
}

pub unsafe extern "C" fn file_private(
    task: *mut liblinux_abi::SimTask,
    fd: c_int,
    private: *mut *mut c_void,
) -> c_int {
    // SAFETY: as the interface says.
    let task = unsafe { &*task.cast::<SimTask>() };
    let args = [fd as usize, private as usize, 0, 0, 0, 0, 0];
    call::make(task, host_file::private, args) as c_int
}

pub unsafe extern "C" fn file_ready(task: *mut liblinux_abi::SimTask, fd: c_int) {
    let mut ready = host_file::Ready { task: task.cast(), fd: fd as u32 };
    call::interrupt_with(host_file::ready, (&raw mut ready).cast());
}

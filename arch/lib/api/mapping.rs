// SPDX-License-Identifier: GPL-2.0

//! The group of mapping: memory that files share with programs.

use core::ffi::c_int;

use liblinux_abi::SimIovec;

use crate::kernel::call;
use crate::kernel::task::SimTask;
use crate::mm::mapping;

pub unsafe extern "C" fn file_pieces(
    task: *mut liblinux_abi::SimTask,
    fd: c_int,
    pieces: *mut SimIovec,
    room: usize,
) -> c_int {
    // SAFETY: as the interface says.
    let task = unsafe { &*task.cast::<SimTask>() };
    call::make(task, mapping::pieces, [fd as usize, pieces as usize, room, 0, 0, 0, 0]) as c_int
}

// SPDX-License-Identifier: GPL-2.0

//! Files of the host in the library's descriptor table: they can be polled, nothing else, so that
//! one epoll, the real one, waits for both kinds.

use core::cell::UnsafeCell;
use core::ffi::c_void;

use crate::bindings::{self, file, file_operations, inode, poll_table_struct, wait_queue_head};
use crate::kernel::call::error;
use crate::kernel::host::{self, host};
use crate::kernel::task::{Args, SimTask};
use crate::mm::uaccess;

/// One such file; its `private_data`.
struct HostFile {
    waiters: wait_queue_head,
    private: *mut c_void,
}

struct Operations(UnsafeCell<file_operations>);
// SAFETY: written once, by the first `create`, then only read.
unsafe impl Sync for Operations {}
// SAFETY: valid when zeroed: its pointers are optional.
static OPERATIONS: Operations = Operations(UnsafeCell::new(unsafe { core::mem::zeroed() }));

fn operations() -> *const file_operations {
    let operations = OPERATIONS.0.get();
    // SAFETY: executed by the kernel, one thread at a time.
    unsafe {
        (*operations).poll = Some(poll);
        (*operations).release = Some(release);
    }
    operations
}

/// Puts such a file at descriptor `args[0]`, or the lowest free one; `args[1]` is the host's `private`.
pub fn create(_task: &SimTask, args: &Args) -> isize {
    // SAFETY: process context; each step is undone if the next one fails.
    unsafe {
        let host_file = bindings::lib_kzalloc(size_of::<HostFile>()).cast::<HostFile>();
        if host_file.is_null() {
            return error(bindings::ENOMEM);
        }
        bindings::lib_init_waitqueue(&raw mut (*host_file).waiters);
        (*host_file).private = args[1] as *mut c_void;
        let flags = bindings::O_RDWR as i32;
        let file =
            bindings::anon_inode_getfile(c"[host]".as_ptr(), operations(), host_file.cast(), flags);
        if bindings::lib_is_err(file.cast()) {
            bindings::lib_kfree(host_file.cast());
            return file as isize;
        }
        let fd = args[0] as i32;
        if fd >= 0 {
            let failed = bindings::replace_fd(fd as u32, file, 0);
            bindings::fput(file);
            return if failed < 0 { failed as isize } else { fd as isize };
        }
        let fd = bindings::get_unused_fd_flags(0);
        if fd < 0 {
            bindings::fput(file);
        } else {
            bindings::fd_install(fd as u32, file);
        }
        fd as isize
    }
}

/// # Safety
///
/// Called by the kernel with a file of ours.
unsafe extern "C" fn poll(file: *mut file, table: *mut poll_table_struct) -> u32 {
    // SAFETY: as the caller promises.
    unsafe {
        let host_file = (*file).private_data.cast::<HostFile>();
        bindings::lib_poll_wait(file, &raw mut (*host_file).waiters, table);
        let events = bindings::lib_poll_requested(table);
        // The descriptor is one of the program's own process.
        if !uaccess::reachable() {
            return 0;
        }
        host!(file_poll, (*host_file).private, events)
    }
}

/// # Safety
///
/// Called by the kernel with a file of ours, the last time.
unsafe extern "C" fn release(_inode: *mut inode, file: *mut file) -> i32 {
    // SAFETY: as the caller promises.
    unsafe {
        host::file_closed((*(*file).private_data.cast::<HostFile>()).private);
        bindings::lib_kfree((*file).private_data);
    }
    0
}

/// Writes what [`create`] was given for the file at descriptor `args[0]` to the host's `args[1]`.
pub fn private(_task: &SimTask, args: &Args) -> isize {
    // SAFETY: process context; the copy faults rather than fails; the reference is given back.
    unsafe {
        let file = bindings::fget(args[0] as u32);
        if file.is_null() {
            return error(bindings::EBADF);
        }
        let mut result = error(bindings::EINVAL);
        if core::ptr::eq((*file).f_op, OPERATIONS.0.get()) {
            let host_file = (*file).private_data.cast::<HostFile>();
            let (to, from) = (args[1] as *mut u8, &raw const (*host_file).private);
            let left = uaccess::copy_to_program(to, from.cast(), size_of::<*mut c_void>());
            result = if left == 0 { 0 } else { error(bindings::EFAULT) };
        }
        bindings::fput(file);
        result
    }
}

/// What [`ready`] is about.
pub struct Ready {
    pub task: *const SimTask,
    pub fd: u32,
}

/// Wakes those who poll the file at a descriptor. An interrupt's work; its argument is a [`Ready`].
pub fn ready(argument: *mut ()) {
    // SAFETY: the caller waits, and keeps the task alive.
    unsafe {
        let ready = &*argument.cast::<Ready>();
        let task = (*ready.task).task.get();
        if !task.is_null() {
            let file = bindings::lib_file_of(task, ready.fd);
            if !file.is_null() && core::ptr::eq((*file).f_op, OPERATIONS.0.get()) {
                let host_file = (*file).private_data.cast::<HostFile>();
                bindings::lib_wait_queue_wake(&raw mut (*host_file).waiters);
            }
        }
    }
}

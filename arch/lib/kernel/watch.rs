// SPDX-License-Identifier: GPL-2.0

//! Watching a socket for its host: an entry in the socket's wait queue, as poll(2) makes one for a
//! task, that calls the host's `poll_event` where poll would wake the task.

use core::ffi::c_void;
use core::mem::offset_of;

use crate::bindings::{self, file, poll_table_struct, wait_queue_entry, wait_queue_head};
use crate::kernel::call::error;
use crate::kernel::host;
use crate::kernel::task::{Args, SimTask};

/// Queues that one file may wait in.
const QUEUES: usize = 2;

/// A place in one queue.
#[repr(C)]
struct Entry {
    entry: wait_queue_entry,
    head: *mut wait_queue_head,
    context: *mut c_void,
}

/// What the host has of it.
#[repr(C)]
struct Watch {
    table: poll_table_struct,
    entries: [Entry; QUEUES],
    count: usize,
    context: *mut c_void,
}

/// Watches the file `args[0]` for the host's context `args[1]`: the watch, or a negative errno.
pub fn create(_task: &SimTask, args: &Args) -> isize {
    // SAFETY: process context; the host has the file open, and gives the watch back before it.
    unsafe {
        let watch = bindings::lib_kzalloc(size_of::<Watch>()).cast::<Watch>();
        if watch.is_null() {
            return error(bindings::ENOMEM);
        }
        (*watch).context = args[1] as *mut c_void;
        (*watch).table._qproc = Some(join);
        (*watch).table._key = !0;
        bindings::lib_vfs_poll_table(args[0] as *mut file, &raw mut (*watch).table);
        // Only the first look may join queues.
        (*watch).table._qproc = None;
        watch as isize
    }
}

/// Ends the watch `args[0]`.
pub fn destroy(_task: &SimTask, args: &Args) -> isize {
    // SAFETY: the host's own watch, whose file is still open.
    unsafe {
        let watch = &mut *(args[0] as *mut Watch);
        for entry in &mut watch.entries[..watch.count] {
            bindings::remove_wait_queue(entry.head, &mut entry.entry);
        }
        bindings::lib_kfree((&raw mut *watch).cast());
    }
    0
}

/// # Safety
///
/// Called by a file's poll operation with the table of a watch.
unsafe extern "C" fn join(
    _file: *mut file,
    head: *mut wait_queue_head,
    table: *mut poll_table_struct,
) {
    // SAFETY: as the caller promises.
    unsafe {
        let watch = &mut *table.byte_sub(offset_of!(Watch, table)).cast::<Watch>();
        if watch.count == QUEUES {
            return;
        }
        let entry = &mut watch.entries[watch.count];
        watch.count += 1;
        entry.head = head;
        entry.context = watch.context;
        bindings::lib_init_wait_entry(&mut entry.entry, Some(happened));
        bindings::add_wait_queue(head, &mut entry.entry);
    }
}

/// # Safety
///
/// Called by a wait queue with an entry of a watch.
unsafe extern "C" fn happened(
    entry: *mut wait_queue_entry,
    _mode: u32,
    _flags: i32,
    key: *mut c_void,
) -> i32 {
    if let Some(report) = host::table().poll_event {
        // Who does not say what has happened means anything.
        let events = if key.is_null() { !0 } else { key as usize as u32 };
        // SAFETY: as the caller promises; the host's operation, with its own context.
        unsafe {
            let entry = entry.byte_sub(offset_of!(Entry, entry)).cast::<Entry>();
            report(events, (*entry).context);
        }
    }
    0
}

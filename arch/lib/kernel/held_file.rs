// SPDX-License-Identifier: GPL-2.0

//! Files on their way from one process of the host to another. The host passes a name on, by means
//! of its own; the file is held here meanwhile, whatever becomes of the descriptor it came from.

use core::cell::Cell;
use core::ptr::null;

use crate::bindings::{self, file};
use crate::kernel::call::error;
use crate::kernel::task::{Args, SimTask};

/// One such file.
struct HeldFile {
    name: u64,
    file: *mut file,
    next: Cell<*const HeldFile>,
}

struct List(Cell<*const HeldFile>);
// SAFETY: touched only under the virtual processor's lock.
unsafe impl Sync for List {}
static HELD: List = List(Cell::new(null()));

/// Holds the file at descriptor `args[0]` under the name `args[1]`.
pub fn hold(_task: &SimTask, args: &Args) -> isize {
    // SAFETY: process context; the reference is kept, or given back.
    unsafe {
        let file = bindings::fget(args[0] as u32);
        if file.is_null() {
            return error(bindings::EBADF);
        }
        let held = bindings::lib_kzalloc(size_of::<HeldFile>()).cast::<HeldFile>();
        if held.is_null() {
            bindings::fput(file);
            return error(bindings::ENOMEM);
        }
        held.write(HeldFile { name: args[1] as u64, file, next: Cell::new(HELD.0.get()) });
        HELD.0.set(held);
    }
    0
}

/// Puts the file held under the name `args[0]` at descriptor `args[1]`; `args[2]` may have O_CLOEXEC.
pub fn take(_task: &SimTask, args: &Args) -> isize {
    // SAFETY: a link whose target is in the list.
    match find(args[0]).map(|link| unsafe { &*link.get() }) {
        None => error(bindings::ENOENT),
        // SAFETY: process context; the descriptor has a reference of its own.
        Some(held) => unsafe {
            bindings::replace_fd(args[1] as u32, held.file, args[2] as u32) as isize
        },
    }
}

/// Holds the file of the name `args[0]` no more.
pub fn release(_task: &SimTask, args: &Args) -> isize {
    let Some(link) = find(args[0]) else { return error(bindings::ENOENT) };
    // SAFETY: a link whose target is in the list, and has been allocated by `hold`.
    unsafe {
        let held = link.get();
        link.set((*held).next.get());
        bindings::fput((*held).file);
        bindings::lib_kfree(held.cast_mut().cast());
    }
    0
}

/// The link to the file held under `name`.
fn find(name: usize) -> Option<&'static Cell<*const HeldFile>> {
    let mut link = &HELD.0;
    // SAFETY: what is in the list is alive.
    while let Some(held) = unsafe { link.get().as_ref() } {
        if held.name == name as u64 {
            return Some(link);
        }
        link = &held.next;
    }
    None
}

// SPDX-License-Identifier: GPL-2.0

//! Users, groups and capabilities. The host has them, and decides what becomes of them, by calls as by
//! execve(2). Each thread finds out for itself, before it next enters the library: libc has all threads
//! of a process change, and system calls change one.
//!
//! An inline call of a dynamically linked program is not seen. What that has changed counts from the next call
//! that is seen on, or from execve(2) on.

use core::cell::Cell;
use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::errno::{self, Errno};
use crate::library::kernel;

/// Changes that a thread of this process may have undergone. The first one was the program's beginning.
static CHANGES: AtomicU32 = AtomicU32::new(BEGINNING);
const BEGINNING: u32 = 1;

/// The library knows who new threads are, as long as nothing has changed.
static BEGUN: AtomicBool = AtomicBool::new(false);

thread_local! {
    /// Those that the library knows of, of this thread.
    static FOLLOWED: Cell<u32> = const { Cell::new(0) };
}

/// `change` may change who this thread is, or others are.
pub fn changing<R>(change: impl FnOnce() -> R) -> R {
    let result = change();
    changed();
    result
}

/// This thread may be another one now, as in the child of clone(2), which may have a user namespace.
pub fn changed() {
    CHANGES.fetch_add(1, Ordering::Release);
}

/// The library is about to be entered by this thread: as who it is.
#[inline]
pub fn follow() -> Result<(), Errno> {
    let changes = CHANGES.load(Ordering::Acquire);
    if FOLLOWED.get() == changes { Ok(()) } else { catch_up(changes) }
}

#[cold]
fn catch_up(changes: u32) -> Result<(), Errno> {
    // A child that shares the memory makes its calls as a thread of its parent's, who is another one.
    if !kernel::is_own() {
        return Ok(());
    }
    let unchanged = changes == BEGINNING;
    if !unchanged || kernel::has_task() || !BEGUN.load(Ordering::Acquire) {
        errno::outcome(kernel::follow_credentials(unchanged))?;
        BEGUN.store(true, Ordering::Release);
    }
    FOLLOWED.set(changes);
    Ok(())
}

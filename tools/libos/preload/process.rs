// SPDX-License-Identifier: GPL-2.0

//! Processes: fork(2), wait(2) and _exit(2).

use core::cell::Cell;
use core::ffi::c_int;

use crate::errno::{self, Errno};
use crate::library::{self, kernel};
use crate::real::Next;
use crate::signals::{action, held};
use crate::table::TABLE;
use crate::{host, instance, instructions, parent};

type Fork = unsafe extern "C-unwind" fn() -> c_int;

thread_local! {
    /// This thread forks by [`fork`], which has told the library.
    static FORKS: Cell<bool> = const { Cell::new(false) };
}

/// Has libc tell of every fork(3), also of its own, as in daemon(3). The handlers that the program has
/// for that may call the library: this one is the first in the child, and the last before.
pub fn watch_forks() {
    // SAFETY: three functions that may be called by any thread.
    unsafe { libc::pthread_atfork(Some(before), Some(in_parent), Some(in_child)) };
}

unsafe extern "C" fn before() {
    if instance::is_attached() && !FORKS.get() {
        // If that fails, the child finds out, and ends.
        library::outside_calls(kernel::fork_prepare);
    }
}

unsafe extern "C" fn in_parent() {
    if instance::is_attached() && !FORKS.get() {
        kernel::fork_done();
    }
}

unsafe extern "C" fn in_child() {
    FORKS.set(false);
    if instance::is_attached() {
        be_child();
    }
}

/// Forks by `real`, in the library too: the child has copies of both kinds of descriptors.
pub fn fork(real: &Next<Fork>) -> c_int {
    let Some(real) = real.get() else {
        errno::set(Errno(libc::ENOSYS));
        return -1;
    };
    // SAFETY: the program's own call.
    let real = || unsafe { real() };
    if instance::is_attached() { fork_by(real) } else { real() }
}

/// As [`fork`], by `make`, which gives -1 if it fails, and sets errno. A child that does not return from
/// it calls [`begin`].
pub fn fork_by(make: impl FnOnce() -> c_int) -> c_int {
    if let Err(error) = errno::outcome(library::outside_calls(kernel::fork_prepare)) {
        errno::set(error);
        return -1;
    }
    FORKS.set(true);
    let child = make();
    match child {
        0 => begin(),
        -1 => errno::preserved(kernel::fork_failed),
        child => kernel::fork_parent(child as u32),
    }
    FORKS.set(false);
    child
}

/// In the child of [`fork_by`].
pub fn begin() {
    // Where libc has told of it, the child has done this already.
    if FORKS.take() {
        be_child();
    }
}

/// A child that could not be made in the library must not go on without it.
fn be_child() {
    action::forget_others();
    held::forget();
    parent::forget();
    if kernel::fork_child() < 0 {
        instance::leave("this process cannot use the network stack: it has too many already");
    }
    instructions::wait_in_thread();
    // What the parent has the host watch is not watched for the child.
    TABLE.mirrored().for_each(kernel::file_watch);
}

/// Waits for the end of a child, whatever signals come meanwhile. Its status.
pub fn wait(child: c_int) -> Result<c_int, Errno> {
    let mut status: c_int = 0;
    let args = [child as usize, &raw mut status as usize, 0, 0];
    loop {
        match host::syscall(libc::SYS_wait4, args) {
            Err(Errno(libc::EINTR)) => {}
            outcome => return outcome.map(|_| status),
        }
    }
}

/// _exit(2).
pub fn exit(status: c_int) -> ! {
    instance::end_now();
    loop {
        let _ = host::syscall(libc::SYS_exit_group, [status as usize]);
    }
}

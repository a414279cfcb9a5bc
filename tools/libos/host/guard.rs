// SPDX-License-Identifier: GPL-2.0

//! The end of a launcher that was killed is the end of all programs of its stack: nobody looks after
//! that any more. The host sees to it: the launcher has the only writing end of a pipe, and each
//! process the reading end, opened anew so that it is its own to be told of. What it is told with is
//! SIGKILL, be it a program that waits, or one that knows nothing of the stack any more.

use std::fs::File;
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd};

use crate::error::Error;
use crate::pid::own_number;
use crate::process::Process;
use crate::{gate, procfs};

/// `F_SETSIG` of `<asm-generic/fcntl.h>`.
const F_SETSIG: i32 = 10;

/// A new pipe: what processes get, and what the launcher keeps.
pub(crate) fn pipe() -> Result<(i32, OwnedFd), Error> {
    let failed = || libos_loader::Error::last("a pipe to the programs").into();
    let mut pair = [0; 2];
    // SAFETY: room for two descriptors, which are then owned.
    let (from, to) = unsafe {
        if libc::pipe2(pair.as_mut_ptr(), libc::O_CLOEXEC) < 0 {
            return Err(failed());
        }
        (File::from_raw_fd(pair[0]), OwnedFd::from_raw_fd(pair[1]))
    };
    // A program of another user is to open it anew, too.
    // SAFETY: a descriptor of ours.
    if unsafe { libc::fchmod(from.as_raw_fd(), 0o444) } < 0 {
        return Err(failed());
    }
    Ok((from.into_raw_fd(), to))
}

/// This process ends with the launcher from now on. One that cannot open the pipe anew, without /proc,
/// goes on with its parent's.
pub(crate) fn watch(process: &Process) {
    let flags = libc::O_RDONLY | libc::O_NONBLOCK | libc::O_CLOEXEC;
    let own = procfs::open(process, format_args!("fd/{}", process.guard), flags);
    if own < 0 {
        return;
    }
    let own = own as usize;
    let set = |command: i32, value: usize| call(libc::SYS_fcntl, [own, command as usize, value]);
    set(libc::F_SETOWN, own_number() as usize);
    set(F_SETSIG, libc::SIGKILL as usize);
    set(libc::F_SETFL, (libc::O_NONBLOCK | libc::O_ASYNC) as usize);
    // Also what it executes keeps this one.
    call(libc::SYS_dup2, [own, process.guard as usize, 0]);
    call(libc::SYS_close, [own, 0, 0]);
    if is_over(process) {
        call(libc::SYS_kill, [own_number() as usize, libc::SIGKILL as usize, 0]);
    }
}

/// Whether it is too late to be told.
fn is_over(process: &Process) -> bool {
    let mut files = [libc::pollfd { fd: process.guard, events: 0, revents: 0 }];
    crate::sys::ppoll(&mut files, Some(core::time::Duration::ZERO));
    files[0].revents & libc::POLLHUP != 0
}

fn call(nr: i64, [a, b, c]: [usize; 3]) -> isize {
    // SAFETY: on descriptors of ours.
    unsafe { gate::syscall(nr, [a, b, c, 0, 0, 0]) }
}

// SPDX-License-Identifier: GPL-2.0

//! Processes that the program makes, by fork(2), vfork(2) or clone(2). Each has a copy of the memory,
//! be it asked for or not: one that shared ours would share our table of descriptors. What the child of
//! vfork(2) leaves its parent is brought back ([`super::legacy`]).

use core::ffi::c_int;
use std::sync::{Mutex, PoisonError};

use super::legacy::Legacy;
use super::record::{INVALID, Record};
use super::threads::{self, Wish};
use super::{bases, sites};
use crate::call::Call;
use crate::errno::{self, Errno, Outcome};
use crate::signals::{deferral, mask};
use crate::{apart, credentials, host, memory, process, real};

/// The lower byte of the flags is a signal.
const SIGNAL: c_int = 0xff;

/// What the host's clone(2) does, which leaves libc's locks as they are: where no other thread can have them.
const BY_HOST: c_int = libc::CLONE_NEWCGROUP
    | libc::CLONE_NEWIPC
    | libc::CLONE_NEWNET
    | libc::CLONE_NEWNS
    | libc::CLONE_NEWPID
    | libc::CLONE_NEWUSER
    | libc::CLONE_NEWUTS
    | libc::CLONE_PARENT;

/// What a process may be asked for.
const KNOWN: c_int = SIGNAL
    | BY_HOST
    | libc::CLONE_VM
    | libc::CLONE_VFORK
    | libc::CLONE_FS
    | libc::CLONE_FILES
    | libc::CLONE_SIGHAND
    | libc::CLONE_SYSVSEM
    | libc::CLONE_SETTLS
    | libc::CLONE_PARENT_SETTID
    | libc::CLONE_CHILD_SETTID
    | libc::CLONE_CHILD_CLEARTID
    | libc::CLONE_PIDFD
    | libc::CLONE_DETACHED
    | libc::CLONE_UNTRACED;

/// clone(2).
pub fn clone(record: &Record, call: Call) -> Outcome {
    let [_, stack, parent_tid, child_tid, tls, _] = call.args;
    let wish = Wish { flags: call.int(0), stack, parent_tid, child_tid, tls };
    let lacks = |flag, other| wish.has(flag) && !wish.has(other);
    if lacks(libc::CLONE_THREAD, libc::CLONE_SIGHAND) || lacks(libc::CLONE_SIGHAND, libc::CLONE_VM)
    {
        return Err(INVALID);
    }
    if wish.has(libc::CLONE_SETTLS) {
        bases::possible(tls)?;
    }
    apart::check(wish.flags)?;
    if wish.has(libc::CLONE_THREAD) {
        return threads::create(record, wish);
    }
    let shares = wish.has(libc::CLONE_VM | libc::CLONE_FS | libc::CLONE_FILES);
    let waits = wish.has(libc::CLONE_VFORK);
    let can = !wish.has(BY_HOST) || threads::is_only();
    if wish.flags & !KNOWN != 0 || shares && !waits || !can {
        return Err(INVALID);
    }
    make(record, wish)
}

/// fork(2), vfork(2).
pub fn fork(record: &Record, nr: i64) -> Outcome {
    let flags = if nr == libc::SYS_vfork { libc::CLONE_VFORK } else { 0 } | libc::SIGCHLD;
    make(record, Wish { flags, stack: 0, parent_tid: 0, child_tid: 0, tls: 0 })
}

/// Only one is made at a time: the child of another thread would have the pipe of a vfork(2), and keep its
/// parent waiting.
static MAKING: Mutex<()> = Mutex::new(());

fn make(record: &Record, wish: Wish) -> Outcome {
    let making = MAKING.lock().unwrap_or_else(PoisonError::into_inner);
    let legacy = if wish.has(libc::CLONE_VFORK) { Some(Legacy::new(record)?) } else { None };
    // A signal that waits is the parent's.
    let mask = mask::set(mask::ALL);
    let child = match wish.flags & BY_HOST {
        0 => process::fork(&real::FORK),
        flags => process::fork_by(|| {
            let flags = (flags | wish.flags & SIGNAL) as usize;
            errno::returned(host::syscall(libc::SYS_clone, [flags, 0, 0, 0, 0])) as c_int
        }),
    };
    if child == 0 {
        credentials::changed();
        record.legacy.set(legacy.map(Legacy::of_child));
        begin(record, wish, mask);
        return Ok(0);
    }
    let legacy = legacy.map(Legacy::of_parent);
    drop(making);
    if let Some(legacy) = legacy {
        legacy.receive();
    }
    record.return_under(mask);
    match child {
        // SAFETY: the thread's own errno.
        -1 => Err(Errno(unsafe { *libc::__errno_location() })),
        child => {
            tell_parent(wish, child);
            Ok(child as isize)
        }
    }
}

fn begin(record: &Record, wish: Wish, mask: u64) {
    let mask = deferral::forget().unwrap_or(mask);
    super::none_waits();
    threads::forget_others();
    sites::forget_others();
    let _ = record.catch_calls();
    wish.apply(record);
    record.return_under(mask);
}

fn tell_parent(wish: Wish, child: c_int) {
    if wish.has(libc::CLONE_PARENT_SETTID) {
        memory::write(wish.parent_tid, child);
    }
    if wish.has(libc::CLONE_PIDFD) {
        let fd = host::syscall(libc::SYS_pidfd_open, [child as usize, 0]);
        memory::write(wish.parent_tid, fd.map_or(-1, |fd| fd as c_int));
    }
}

// SPDX-License-Identifier: GPL-2.0

//! Descriptors. The library's table is the one that counts: it has a stand-in for each file of the
//! host, which has the same number in the host's table. So numbers are given out as on any kernel, and
//! poll and epoll take all descriptors.

use core::sync::atomic::Ordering;

use libos_control::kept::Sockets;
use libos_control::layout::{KEEP_FD, KEPT_FD, PROGRAM_FDS};
use libos_control::process::{HOST, LIBRARY};

use crate::dispatch::Call;
use crate::library::{self, quietly};
use crate::thread::current;
use crate::warn::Warning;
use crate::{host, locks};

/// Of the node.
const KEPT_FILES: Sockets = Sockets { to: KEEP_FD, from: KEPT_FD };

/// Whether the host has the file at `fd`.
pub fn is_host(fd: i32) -> bool {
    let owner = usize::try_from(fd).ok().and_then(|fd| current().process.owner.get(fd));
    owner.is_some_and(|owner| owner.load(Ordering::Relaxed) == HOST)
}

/// Whether there is anything at `fd`.
pub fn is_open(fd: i32) -> bool {
    quietly(libc::SYS_fcntl, [fd as usize, libc::F_GETFD as usize]) >= 0
}

fn set_owner(fd: i32, owner: u8) {
    if let Some(entry) = usize::try_from(fd).ok().and_then(|fd| current().process.owner.get(fd)) {
        entry.store(owner, Ordering::Relaxed);
    }
}

/// The descriptors up to `last` that the host has.
fn of_host(first: u32, last: u32) -> impl Iterator<Item = i32> {
    let last = last.min(PROGRAM_FDS as u32 - 1) as i32;
    (first.min(PROGRAM_FDS as u32) as i32..=last).filter(|&fd| is_host(fd))
}

/// Makes a stand-in at `fd`, which the host has; -1: at the lowest number that is free. The number.
pub fn stand_in(fd: i32) -> isize {
    let me = current();
    let Some(create) = me.exported().file_create else { return host::error(libc::ENOSYS) };
    let number = me.shared().files.fetch_add(1, Ordering::Relaxed) + 1;
    // SAFETY: this thread's own task.
    let made = unsafe { create(me.task(), fd, number as *mut _) } as isize;
    if made >= 0 {
        set_owner(made as i32, HOST);
    }
    made
}

/// A file that the host has just opened as `fd`: gets the number that the program is to see.
pub fn adopt(fd: isize, close_on_exec: bool) -> isize {
    if fd < 0 {
        return fd;
    }
    let number = stand_in(-1);
    if number < 0 {
        host::close(fd as i32);
        return number;
    }
    if number != fd {
        let flags = if close_on_exec { libc::O_CLOEXEC } else { 0 };
        host::call(libc::SYS_dup3, [fd as usize, number as usize, flags as usize]);
        host::close(fd as i32);
    }
    if close_on_exec {
        let (set, flag) = (libc::F_SETFD as usize, libc::FD_CLOEXEC as usize);
        quietly(libc::SYS_fcntl, [number as usize, set, flag]);
    }
    number
}

/// The number of the host's file that `fd` stands for, if it does.
pub fn number_of(fd: i32) -> Option<u64> {
    let (me, mut number) = (current(), core::ptr::null_mut());
    let private = me.exported().file_private?;
    // SAFETY: this thread's own task, and a local.
    let found = unsafe { private(me.task(), fd, &mut number) } == 0;
    found.then_some(number as u64)
}

/// The host's file at `fd` is about to be passed on as a stand-in: the node keeps it. 0 or a negative errno.
pub fn keep(number: u64, fd: i32) -> isize {
    current().shared().kept.keep(KEPT_FILES, number, fd)
}

/// A message has brought a stand-in to `fd`: the host's file of this number goes there.
pub fn receive(number: u64, fd: i32) {
    static LOST: Warning = Warning::new(
        "a file that came over a unix socket is lost: it can be polled, not read or written",
    );
    let flags = quietly(libc::SYS_fcntl, [fd as usize, libc::F_GETFD as usize]);
    let close_on_exec = flags > 0 && flags as i32 & libc::FD_CLOEXEC != 0;
    let flags = if close_on_exec { libc::O_CLOEXEC } else { 0 };
    if current().shared().kept.take(KEPT_FILES, number, fd, flags) {
        set_owner(fd, HOST);
    } else {
        LOST.say();
    }
}

/// Another program has begun: which files of the host it has kept.
pub fn keep_open() {
    for fd in of_host(0, u32::MAX) {
        if host::call(libc::SYS_fcntl, [fd as usize, libc::F_GETFD as usize]) < 0 {
            set_owner(fd, LIBRARY);
        }
    }
}

/// close(2).
pub fn close(call: &mut Call<'_>) -> isize {
    let fd = call.int(0);
    let result = library::execute(call);
    if is_host(fd) {
        set_owner(fd, LIBRARY);
        host::close(fd);
    }
    result
}

/// close_range(2).
pub fn close_range(call: &mut Call<'_>) -> isize {
    const UNSHARE: usize = 2;
    const CLOEXEC: usize = 4;
    if call.args[2] & UNSHARE != 0 {
        return host::error(libc::EINVAL);
    }
    let result = library::execute(call);
    if result < 0 {
        return result;
    }
    for fd in of_host(call.args[0] as u32, call.args[1] as u32) {
        if call.args[2] & CLOEXEC != 0 {
            let (set, flag) = (libc::F_SETFD as usize, libc::FD_CLOEXEC as usize);
            host::call(libc::SYS_fcntl, [fd as usize, set, flag]);
        } else {
            set_owner(fd, LIBRARY);
            host::close(fd);
        }
    }
    result
}

/// dup(2), and fcntl(2) that duplicates: `flags` are those of dup3(2).
fn duplicate(call: &mut Call<'_>, flags: i32) -> isize {
    let (from, host) = (call.int(0), is_host(call.int(0)));
    let to = library::execute(call);
    if to >= 0 && host {
        copy(from, to as i32, flags);
    }
    to
}

fn copy(from: i32, to: i32, flags: i32) {
    host::call(libc::SYS_dup3, [from as usize, to as usize, flags as usize]);
    set_owner(to, HOST);
}

/// dup(2).
pub fn dup(call: &mut Call<'_>) -> isize {
    duplicate(call, 0)
}

/// dup2(2) and dup3(2).
pub fn dup_to(call: &mut Call<'_>) -> isize {
    let (from, to) = (call.int(0), call.int(1));
    let flags = if call.nr == libc::SYS_dup3 { call.int(2) } else { 0 };
    let result = library::execute(call);
    if result < 0 || from == to {
        return result;
    }
    if is_host(from) {
        copy(from, to, flags);
    } else if is_host(to) {
        set_owner(to, LIBRARY);
        host::close(to);
    }
    result
}

/// fcntl(2).
pub fn fcntl(call: &mut Call<'_>) -> isize {
    let host = is_host(call.int(0));
    match call.int(1) {
        libc::F_DUPFD => duplicate(call, 0),
        libc::F_DUPFD_CLOEXEC => duplicate(call, libc::O_CLOEXEC),
        libc::F_SETFD if host => {
            host::call(call.nr, call.args);
            library::execute(call)
        }
        libc::F_GETFD => library::execute(call),
        libc::F_SETLK | libc::F_SETLKW | libc::F_OFD_SETLK | libc::F_OFD_SETLKW if host => {
            locks::set(call)
        }
        libc::F_GETLK if host => locks::get(call),
        _ if host => host::call(call.nr, call.args),
        _ => library::execute(call),
    }
}

/// ioctl(2).
pub fn ioctl(call: &mut Call<'_>) -> isize {
    if !is_host(call.int(0)) {
        return library::execute(call);
    }
    if matches!(call.args[1] as u64, libc::FIOCLEX | libc::FIONCLEX) {
        library::execute(call);
    }
    host::call(call.nr, call.args)
}

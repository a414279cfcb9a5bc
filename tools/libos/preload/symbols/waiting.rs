// SPDX-License-Identifier: GPL-2.0

//! `<poll.h>`, `<sys/select.h>`, `<sys/epoll.h>`.

use core::ffi::{c_int, c_ulong};
use core::ptr::{from_mut, null_mut};

use libc::{epoll_event, fd_set, pollfd, sigset_t, timespec, timeval};

use super::{Word, aliases, calls};
use crate::call::{Call, Origin};
use crate::errno;
use crate::route::route;
use crate::signals::mask;

calls! {
    Point poll(fds: *mut pollfd, count: c_ulong, timeout: c_int) -> c_int
        = SYS_poll(fds, count, timeout);
    Point select(count: c_int, read: *mut fd_set, write: *mut fd_set, except: *mut fd_set,
        timeout: *mut timeval) -> c_int
        = SYS_select(count, read, write, except, timeout);
    Function epoll_create(size: c_int) -> c_int = SYS_epoll_create(size);
    Function epoll_create1(flags: c_int) -> c_int = SYS_epoll_create1(flags);
    Function epoll_ctl(epoll: c_int, operation: c_int, fd: c_int, event: *mut epoll_event) -> c_int
        = SYS_epoll_ctl(epoll, operation, fd, event);
    Point epoll_wait(epoll: c_int, events: *mut epoll_event, count: c_int, timeout: c_int) -> c_int
        = SYS_epoll_wait(epoll, events, count, timeout);
    Point epoll_pwait(epoll: c_int, events: *mut epoll_event, count: c_int, timeout: c_int,
        mask: *const sigset_t) -> c_int
        = SYS_epoll_pwait(epoll, events, count, timeout, mask, mask::SIZE);
    Point epoll_pwait2(epoll: c_int, events: *mut epoll_event, count: c_int,
        timeout: *const timespec, mask: *const sigset_t) -> c_int
        = SYS_epoll_pwait2(epoll, events, count, timeout, mask, mask::SIZE);
}

/// The program's time, for a call that counts it down: ppoll(2), "C library/kernel differences".
///
/// # Safety
///
/// The address is null, or that of a time.
unsafe fn copy(timeout: *const timespec) -> Option<timespec> {
    // SAFETY: as the caller promises.
    unsafe { timeout.as_ref() }.copied()
}

fn address(timeout: &mut Option<timespec>) -> *mut timespec {
    timeout.as_mut().map_or(null_mut(), from_mut)
}

/// ppoll(2).
///
/// # Safety
///
/// As for ppoll(2).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn ppoll(
    fds: *mut pollfd,
    count: c_ulong,
    timeout: *const timespec,
    mask: *const sigset_t,
) -> c_int {
    // SAFETY: as the caller promises.
    let mut timeout = unsafe { copy(timeout) };
    let args = [fds.word(), count.word(), address(&mut timeout).word(), mask.word(), mask::SIZE];
    errno::returned(route(Call::new(Origin::Point, libc::SYS_ppoll, args))) as c_int
}

/// pselect(2).
///
/// # Safety
///
/// As for pselect(2).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn pselect(
    count: c_int,
    read: *mut fd_set,
    write: *mut fd_set,
    except: *mut fd_set,
    timeout: *const timespec,
    mask: *const sigset_t,
) -> c_int {
    // SAFETY: as the caller promises.
    let mut timeout = unsafe { copy(timeout) };
    let mask = [mask.word(), mask::SIZE];
    let timeout = address(&mut timeout).word();
    let args =
        [count.word(), read.word(), write.word(), except.word(), timeout, mask.as_ptr().word()];
    errno::returned(route(Call::new(Origin::Point, libc::SYS_pselect6, args))) as c_int
}

aliases! {
    __poll = poll(fds: *mut pollfd, count: c_ulong, timeout: c_int) -> c_int;
    __select = select(count: c_int, read: *mut fd_set, write: *mut fd_set, except: *mut fd_set,
        timeout: *mut timeval) -> c_int;
}

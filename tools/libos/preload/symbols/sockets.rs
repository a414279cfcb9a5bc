// SPDX-License-Identifier: GPL-2.0

//! `<sys/socket.h>`.

use core::ffi::{c_int, c_uint, c_void};
use core::ptr::null;

use libc::{mmsghdr, msghdr, sockaddr, socklen_t, timespec};

use super::{aliases, calls};
use crate::call::{Call, Origin};
use crate::{errno, route};

calls! {
    Function socket(domain: c_int, kind: c_int, protocol: c_int) -> c_int
        = SYS_socket(domain, kind, protocol);
    Function socketpair(domain: c_int, kind: c_int, protocol: c_int, pair: *mut c_int) -> c_int
        = SYS_socketpair(domain, kind, protocol, pair);
    Function bind(fd: c_int, address: *const sockaddr, len: socklen_t) -> c_int
        = SYS_bind(fd, address, len);
    Point connect(fd: c_int, address: *const sockaddr, len: socklen_t) -> c_int
        = SYS_connect(fd, address, len);
    Function listen(fd: c_int, backlog: c_int) -> c_int
        = SYS_listen(fd, backlog);
    Point accept(fd: c_int, address: *mut sockaddr, len: *mut socklen_t) -> c_int
        = SYS_accept(fd, address, len);
    Point accept4(fd: c_int, address: *mut sockaddr, len: *mut socklen_t, flags: c_int) -> c_int
        = SYS_accept4(fd, address, len, flags);
    Function shutdown(fd: c_int, how: c_int) -> c_int
        = SYS_shutdown(fd, how);
    Function getsockname(fd: c_int, address: *mut sockaddr, len: *mut socklen_t) -> c_int
        = SYS_getsockname(fd, address, len);
    Function getpeername(fd: c_int, address: *mut sockaddr, len: *mut socklen_t) -> c_int
        = SYS_getpeername(fd, address, len);
    Function getsockopt(fd: c_int, level: c_int, name: c_int, value: *mut c_void, len: *mut socklen_t)
        -> c_int = SYS_getsockopt(fd, level, name, value, len);
    Function setsockopt(fd: c_int, level: c_int, name: c_int, value: *const c_void, len: socklen_t)
        -> c_int = SYS_setsockopt(fd, level, name, value, len);
    Point send(fd: c_int, data: *const c_void, len: usize, flags: c_int) -> isize
        = SYS_sendto(fd, data, len, flags, null::<sockaddr>(), 0);
    Point sendto(fd: c_int, data: *const c_void, len: usize, flags: c_int, address: *const sockaddr,
        address_len: socklen_t) -> isize
        = SYS_sendto(fd, data, len, flags, address, address_len);
    Point sendmsg(fd: c_int, message: *const msghdr, flags: c_int) -> isize
        = SYS_sendmsg(fd, message, flags);
    Point sendmmsg(fd: c_int, messages: *mut mmsghdr, count: c_uint, flags: c_int) -> c_int
        = SYS_sendmmsg(fd, messages, count, flags);
    Point recv(fd: c_int, data: *mut c_void, len: usize, flags: c_int) -> isize
        = SYS_recvfrom(fd, data, len, flags, null::<sockaddr>(), null::<socklen_t>());
    Point recvfrom(fd: c_int, data: *mut c_void, len: usize, flags: c_int, address: *mut sockaddr,
        address_len: *mut socklen_t) -> isize
        = SYS_recvfrom(fd, data, len, flags, address, address_len);
    Point recvmsg(fd: c_int, message: *mut msghdr, flags: c_int) -> isize
        = SYS_recvmsg(fd, message, flags);
    Point recvmmsg(fd: c_int, messages: *mut mmsghdr, count: c_uint, flags: c_int,
        timeout: *mut timespec) -> c_int
        = SYS_recvmmsg(fd, messages, count, flags, timeout);
}

aliases! {
    __connect = connect(fd: c_int, address: *const sockaddr, len: socklen_t) -> c_int;
    __send = send(fd: c_int, data: *const c_void, len: usize, flags: c_int) -> isize;
}

/// sockatmark(3): libc makes its ioctl by itself.
///
/// # Safety
///
/// None: the answer is a local.
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn sockatmark(fd: c_int) -> c_int {
    const SIOCATMARK: usize = 0x8905;
    let mut at: c_int = 0;
    let args = [fd as usize, SIOCATMARK, &raw mut at as usize];
    let call = Call::new(Origin::Function, libc::SYS_ioctl, args);
    if errno::returned(route::route(call)) < 0 { -1 } else { at }
}

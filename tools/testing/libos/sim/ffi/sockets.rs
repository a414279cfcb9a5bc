// SPDX-License-Identifier: GPL-2.0

//! Sockets of the simulator's own, as if its programs were on the node.

use std::ffi::{c_int, c_ulong, c_void};

use super::with;
use crate::error::Error;
use crate::simulation::Simulation;

/// Does something to a socket; a negative errno.
fn on_socket(act: impl FnOnce(&Simulation) -> Result<isize, Error>) -> isize {
    let mut result = -(libc::EBADF as isize);
    with(|current| {
        result = act(&current.simulation)?;
        Ok(0)
    });
    result
}

/// As socket(2); `context` is for `happened`. The number of the socket, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_socket(
    node: u32,
    domain: c_int,
    kind: c_int,
    protocol: c_int,
    context: *mut c_void,
) -> c_int {
    with(|current| {
        let kind = [domain, kind, protocol];
        Ok(current.simulation.socket(node, kind, context as usize)? as c_int)
    })
}

/// As accept(2); the connection has no context until `libos_socket_watch`. The number of the socket,
/// or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_socket_accept(socket: u32) -> c_int {
    with(|current| Ok(current.simulation.socket_accept(socket)? as c_int))
}

/// Has `happened` called with `context`.
#[unsafe(no_mangle)]
pub extern "C" fn libos_socket_watch(socket: u32, context: *mut c_void) -> c_int {
    let watched =
        on_socket(|simulation| simulation.socket_watch(socket, context as usize).map(|()| 0));
    watched as c_int
}

/// As close(2).
#[unsafe(no_mangle)]
pub extern "C" fn libos_socket_close(socket: u32) -> c_int {
    on_socket(|simulation| simulation.socket_close(socket).map(|()| 0)) as c_int
}

/// As bind(2).
///
/// # Safety
///
/// `name` is `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_socket_bind(socket: u32, name: *const c_void, len: c_int) -> c_int {
    // SAFETY: as the caller promises.
    on_socket(|simulation| unsafe { simulation.socket_bind(socket, name, len) }) as c_int
}

/// As connect(2).
///
/// # Safety
///
/// `name` is `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_socket_connect(
    socket: u32,
    name: *const c_void,
    len: c_int,
) -> c_int {
    // SAFETY: as the caller promises.
    on_socket(|simulation| unsafe { simulation.socket_connect(socket, name, len) }) as c_int
}

/// As listen(2).
#[unsafe(no_mangle)]
pub extern "C" fn libos_socket_listen(socket: u32, backlog: c_int) -> c_int {
    on_socket(|simulation| simulation.socket_listen(socket, backlog)) as c_int
}

/// As shutdown(2).
#[unsafe(no_mangle)]
pub extern "C" fn libos_socket_shutdown(socket: u32, how: c_int) -> c_int {
    on_socket(|simulation| simulation.socket_shutdown(socket, how)) as c_int
}

/// As getsockname(2), or getpeername(2) if `peer`.
///
/// # Safety
///
/// `name` is `len` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_socket_name(
    socket: u32,
    peer: bool,
    name: *mut c_void,
    mut len: c_int,
) -> c_int {
    // SAFETY: as the caller promises.
    on_socket(|simulation| unsafe { simulation.socket_name(socket, peer, name, &mut len) }) as c_int
}

/// As sendmsg(2); `message` is a `struct msghdr`.
///
/// # Safety
///
/// It is one, and its pieces are readable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_socket_sendmsg(
    socket: u32,
    message: *const c_void,
    flags: c_int,
) -> isize {
    // SAFETY: as the caller promises.
    on_socket(|simulation| unsafe { simulation.socket_sendmsg(socket, message, flags) })
}

/// As recvmsg(2); `message` is a `struct msghdr`.
///
/// # Safety
///
/// It is one, and its pieces are writable.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_socket_recvmsg(
    socket: u32,
    message: *mut c_void,
    flags: c_int,
) -> isize {
    // SAFETY: as the caller promises.
    on_socket(|simulation| unsafe { simulation.socket_recvmsg(socket, message, flags) })
}

/// As setsockopt(2).
///
/// # Safety
///
/// `value` is `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_socket_setsockopt(
    socket: u32,
    level: c_int,
    name: c_int,
    value: *const c_void,
    len: c_int,
) -> c_int {
    // SAFETY: as the caller promises.
    let set = on_socket(|simulation| unsafe {
        simulation.socket_setsockopt(socket, [level, name], value, len)
    });
    set as c_int
}

/// As getsockopt(2).
///
/// # Safety
///
/// `value` is `len` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_socket_getsockopt(
    socket: u32,
    level: c_int,
    name: c_int,
    value: *mut c_void,
    len: &mut c_int,
) -> c_int {
    // SAFETY: as the caller promises.
    let got = on_socket(|simulation| unsafe {
        simulation.socket_getsockopt(socket, [level, name], value, len)
    });
    got as c_int
}

/// As ioctl(2).
///
/// # Safety
///
/// `argument` is what the request takes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_socket_ioctl(
    socket: u32,
    request: c_ulong,
    argument: *mut c_void,
) -> c_int {
    // SAFETY: as the caller promises.
    on_socket(|simulation| unsafe { simulation.socket_ioctl(socket, request, argument) }) as c_int
}

/// Which of the events of poll(2) are true now.
#[unsafe(no_mangle)]
pub extern "C" fn libos_socket_poll(socket: u32, events: u32) -> u32 {
    let found = on_socket(|simulation| Ok(simulation.socket_poll(socket, events)? as isize));
    found.max(0) as u32
}

// SPDX-License-Identifier: GPL-2.0

//! Sockets of a node that the simulator uses itself: its own applications run over them, and
//! [`crate::netlink`] speaks through one. Nothing here waits: what cannot be done now is -EAGAIN, and
//! [`World::happened`](crate::World::happened) tells when to try again.

use std::ffi::{c_int, c_ulong, c_void};
use std::io;
use std::ptr::{null, null_mut};

use liblinux_abi::{SimExported, SimSocket, SimWatch};
use libos_control::layout::SOCKETS;
use libos_control::socket as place;

use crate::error::Error;
use crate::simulation::Simulation;

/// What the simulator keeps of a socket.
#[derive(Clone, Copy)]
pub struct Socket {
    node: u32,
    handle: *mut SimSocket,
    watch: *mut SimWatch,
    context: usize,
}

impl Socket {
    /// What the simulator calls it.
    #[must_use]
    pub fn context(&self) -> usize {
        self.context
    }
}

/// A socket without anybody to tell what happens to it.
pub const UNWATCHED: usize = 0;

impl Simulation {
    /// As socket(2), without blocking. Its number; `context` is for `World::happened`.
    pub fn socket(
        &self,
        node: u32,
        [domain, kind, protocol]: [c_int; 3],
        context: usize,
    ) -> Result<u32, Error> {
        let kind = kind | libc::SOCK_NONBLOCK;
        let socket = self.table(node)?.sock_socket.ok_or(Error::Absent("sock_socket"))?;
        let mut handle = null_mut();
        // SAFETY: the node has been booted; the handle is a local.
        let made = self.enter(|| Ok(unsafe { socket(domain, kind, protocol, &mut handle) }))?;
        checked(node, "a socket", made as isize)?;
        self.keep(node, handle, context)
    }

    /// As accept(2). The connection has no context until [`Simulation::socket_watch`].
    pub fn socket_accept(&self, number: u32) -> Result<u32, Error> {
        let mut handle = null_mut();
        let made = self.on(number, |table, socket| {
            let accept = table.sock_accept.ok_or(Error::Absent("sock_accept"))?;
            // SAFETY: the node's socket; the handle is a local.
            Ok(unsafe { accept(socket, &mut handle, libc::O_NONBLOCK) } as isize)
        })?;
        let node = self.found(number)?.node;
        checked(node, "accept", made)?;
        self.keep(node, handle, UNWATCHED)
    }

    fn keep(&self, node: u32, handle: *mut SimSocket, context: usize) -> Result<u32, Error> {
        let full = Error::Full { what: "sockets of the simulator", limit: SOCKETS };
        let Some(number) = place::take() else {
            self.close(node, handle)?;
            return Err(full);
        };
        let socket = Socket { node, handle, watch: null_mut(), context: UNWATCHED };
        self.sockets().borrow_mut().insert(number, socket);
        if context != UNWATCHED {
            self.socket_watch(number, context)?;
        }
        Ok(number)
    }

    /// Has `World::happened` called with `context`.
    pub fn socket_watch(&self, number: u32, context: usize) -> Result<(), Error> {
        let mut watch = null_mut();
        let made = self.on(number, |table, socket| {
            let function = table.sock_watch.ok_or(Error::Absent("sock_watch"))?;
            // SAFETY: the node's socket; the watch is a local.
            Ok(unsafe { function(socket, number as usize as *mut c_void, &mut watch) } as isize)
        })?;
        checked(self.found(number)?.node, "watching a socket", made)?;
        if let Some(socket) = self.sockets().borrow_mut().get_mut(&number) {
            socket.watch = watch;
            socket.context = context;
        }
        Ok(())
    }

    /// As close(2).
    pub fn socket_close(&self, number: u32) -> Result<(), Error> {
        let socket = self.found(number)?;
        self.sockets().borrow_mut().remove(&number);
        place::free(number);
        if !socket.watch.is_null() {
            let unwatch =
                self.table(socket.node)?.sock_unwatch.ok_or(Error::Absent("sock_unwatch"))?;
            // SAFETY: the socket's own, and the socket is still open.
            self.enter(|| Ok(unsafe { unwatch(socket.watch) }))?;
        }
        self.close(socket.node, socket.handle)
    }

    fn close(&self, node: u32, handle: *mut SimSocket) -> Result<(), Error> {
        let close = self.table(node)?.sock_close.ok_or(Error::Absent("sock_close"))?;
        // SAFETY: the node's socket, which nobody has any more.
        self.enter(|| Ok(unsafe { close(handle) }))?;
        Ok(())
    }

    /// As bind(2); a negative errno.
    ///
    /// # Safety
    ///
    /// `name` is `len` readable bytes.
    pub unsafe fn socket_bind(
        &self,
        number: u32,
        name: *const c_void,
        len: c_int,
    ) -> Result<isize, Error> {
        self.on(number, |table, socket| {
            let bind = table.sock_bind.ok_or(Error::Absent("sock_bind"))?;
            // SAFETY: as the caller promises.
            Ok(unsafe { bind(socket, name, len) } as isize)
        })
    }

    /// As connect(2); a negative errno, -EINPROGRESS as a rule.
    ///
    /// # Safety
    ///
    /// `name` is `len` readable bytes.
    pub unsafe fn socket_connect(
        &self,
        number: u32,
        name: *const c_void,
        len: c_int,
    ) -> Result<isize, Error> {
        self.on(number, |table, socket| {
            let connect = table.sock_connect.ok_or(Error::Absent("sock_connect"))?;
            // SAFETY: as the caller promises.
            Ok(unsafe { connect(socket, name, len, libc::O_NONBLOCK) } as isize)
        })
    }

    /// As listen(2); a negative errno.
    pub fn socket_listen(&self, number: u32, backlog: c_int) -> Result<isize, Error> {
        self.on(number, |table, socket| {
            let listen = table.sock_listen.ok_or(Error::Absent("sock_listen"))?;
            // SAFETY: the node's socket.
            Ok(unsafe { listen(socket, backlog) } as isize)
        })
    }

    /// As shutdown(2); a negative errno.
    pub fn socket_shutdown(&self, number: u32, how: c_int) -> Result<isize, Error> {
        self.on(number, |table, socket| {
            let shutdown = table.sock_shutdown.ok_or(Error::Absent("sock_shutdown"))?;
            // SAFETY: the node's socket.
            Ok(unsafe { shutdown(socket, how) } as isize)
        })
    }

    /// As getsockname(2), or getpeername(2) if `peer`; a negative errno.
    ///
    /// # Safety
    ///
    /// `name` is `len` writable bytes.
    pub unsafe fn socket_name(
        &self,
        number: u32,
        peer: bool,
        name: *mut c_void,
        len: *mut c_int,
    ) -> Result<isize, Error> {
        self.on(number, |table, socket| {
            let function = if peer { table.sock_getpeername } else { table.sock_getsockname };
            let function = function.ok_or(Error::Absent("sock_getsockname"))?;
            // SAFETY: as the caller promises.
            Ok(unsafe { function(socket, name, len) } as isize)
        })
    }

    /// As sendmsg(2); a negative errno.
    ///
    /// # Safety
    ///
    /// `message` is a `struct msghdr`.
    pub unsafe fn socket_sendmsg(
        &self,
        number: u32,
        message: *const c_void,
        flags: c_int,
    ) -> Result<isize, Error> {
        self.on(number, |table, socket| {
            let send = table.sock_sendmsg.ok_or(Error::Absent("sock_sendmsg"))?;
            let flags = flags | libc::MSG_DONTWAIT | libc::MSG_NOSIGNAL;
            // SAFETY: as the caller promises.
            Ok(unsafe { send(socket, message, flags) })
        })
    }

    /// As recvmsg(2); a negative errno.
    ///
    /// # Safety
    ///
    /// `message` is a `struct msghdr`.
    pub unsafe fn socket_recvmsg(
        &self,
        number: u32,
        message: *mut c_void,
        flags: c_int,
    ) -> Result<isize, Error> {
        self.on(number, |table, socket| {
            let receive = table.sock_recvmsg.ok_or(Error::Absent("sock_recvmsg"))?;
            // SAFETY: as the caller promises.
            Ok(unsafe { receive(socket, message, flags | libc::MSG_DONTWAIT) })
        })
    }

    /// As setsockopt(2); a negative errno.
    ///
    /// # Safety
    ///
    /// `value` is `len` readable bytes.
    pub unsafe fn socket_setsockopt(
        &self,
        number: u32,
        [level, name]: [c_int; 2],
        value: *const c_void,
        len: c_int,
    ) -> Result<isize, Error> {
        self.on(number, |table, socket| {
            let set = table.sock_setsockopt.ok_or(Error::Absent("sock_setsockopt"))?;
            // SAFETY: as the caller promises.
            Ok(unsafe { set(socket, level, name, value, len) } as isize)
        })
    }

    /// As getsockopt(2); a negative errno.
    ///
    /// # Safety
    ///
    /// `value` is `len` writable bytes.
    pub unsafe fn socket_getsockopt(
        &self,
        number: u32,
        [level, name]: [c_int; 2],
        value: *mut c_void,
        len: *mut c_int,
    ) -> Result<isize, Error> {
        self.on(number, |table, socket| {
            let get = table.sock_getsockopt.ok_or(Error::Absent("sock_getsockopt"))?;
            // SAFETY: as the caller promises.
            Ok(unsafe { get(socket, level, name, value, len) } as isize)
        })
    }

    /// As ioctl(2); a negative errno.
    ///
    /// # Safety
    ///
    /// `argument` is what the request takes.
    pub unsafe fn socket_ioctl(
        &self,
        number: u32,
        request: c_ulong,
        argument: *mut c_void,
    ) -> Result<isize, Error> {
        self.on(number, |table, socket| {
            let ioctl = table.sock_ioctl.ok_or(Error::Absent("sock_ioctl"))?;
            // SAFETY: as the caller promises.
            Ok(unsafe { ioctl(socket, request, argument) } as isize)
        })
    }

    /// Which of the events of poll(2) are true now.
    pub fn socket_poll(&self, number: u32, events: u32) -> Result<u32, Error> {
        let found = self.on(number, |table, socket| {
            let poll = table.sock_poll.ok_or(Error::Absent("sock_poll"))?;
            // SAFETY: the node's socket.
            Ok(unsafe { poll(socket, events) } as isize)
        })?;
        Ok(found.max(0) as u32)
    }

    fn found(&self, number: u32) -> Result<Socket, Error> {
        self.sockets().borrow().get(&number).copied().ok_or(Error::NoSocket(number))
    }

    /// Has `call` do something to a socket.
    fn on(
        &self,
        number: u32,
        call: impl FnOnce(&SimExported, *mut SimSocket) -> Result<isize, Error>,
    ) -> Result<isize, Error> {
        let socket = self.found(number)?;
        let table = self.table(socket.node)?;
        self.enter(|| call(table, socket.handle))
    }
}

/// A message of one piece, for requests without addresses.
pub(crate) fn message(piece: &mut libc::iovec) -> libc::msghdr {
    // SAFETY: a structure of numbers and pointers.
    let mut message: libc::msghdr = unsafe { core::mem::zeroed() };
    message.msg_iov = piece;
    message.msg_iovlen = 1;
    message.msg_control = null::<c_void>().cast_mut();
    message
}

/// What is not an error.
pub(crate) fn checked(node: u32, what: &str, result: isize) -> Result<usize, Error> {
    usize::try_from(result).map_err(|_| Error::Refused {
        node,
        what: what.to_string(),
        reason: io::Error::from_raw_os_error(-result as i32),
    })
}

// SPDX-License-Identifier: GPL-2.0

//! Files of the host that are passed on by a socket of the library. The library passes the stand-in; the
//! file stays with its node, in a message of its own in a socket of the host, until nobody has the
//! stand-in any more, neither in a table nor in a message. Who executes has all of them for himself.

use core::sync::atomic::{AtomicU64, Ordering};

use libos_control::layout::{KEEP_FD, KEPT_FD};
use libos_control::node::CLOSED;

use crate::host;
use crate::thread::current;

/// A message with a file: its number.
struct Message {
    number: u64,
    control: Control,
}

/// Of one descriptor; see cmsg(3).
#[repr(C)]
struct Control {
    header: libc::cmsghdr,
    fd: i32,
    _padding: i32,
}

fn kept() -> impl Iterator<Item = &'static AtomicU64> {
    current().shared().kept.iter().filter(|kept| kept.load(Ordering::Relaxed) != 0)
}

/// Keeps the file at the host's `fd`, whose number this is. 0 or a negative errno.
pub fn keep(number: u64, fd: i32) -> isize {
    if kept().any(|kept| kept.load(Ordering::Relaxed) == number) {
        return 0;
    }
    visit(|_, _| {});
    let mut places = current().shared().kept.iter();
    let Some(place) = places.find(|kept| kept.load(Ordering::Relaxed) == 0) else {
        return host::error(libc::ETOOMANYREFS);
    };
    let sent = Message::new(number, fd).transfer(libc::SYS_sendmsg, KEEP_FD, 0);
    if sent < 0 {
        return sent;
    }
    place.store(number, Ordering::Relaxed);
    0
}

/// Puts the file of this number at the host's `fd`; `flags` may be O_CLOEXEC. Whether it is kept.
pub fn take(number: u64, fd: i32, flags: i32) -> bool {
    let mut found = false;
    visit(|kept, from| {
        if kept == number {
            let args = [from as usize, fd as usize, flags as usize];
            found = host::call(libc::SYS_dup3, args) >= 0;
        }
    });
    found
}

/// Looks at each file that is kept, by its number and a descriptor of the host for now. What nobody has any more
/// is let go.
fn visit(mut look: impl FnMut(u64, i32)) {
    for _ in 0..kept().count() {
        let mut message = Message::new(0, -1);
        let flags = libc::MSG_DONTWAIT | libc::MSG_CMSG_CLOEXEC;
        if message.transfer(libc::SYS_recvmsg, KEPT_FD, flags) < 0 {
            return;
        }
        let (number, fd) = (message.number, message.control.fd);
        let closed = kept().find(|kept| kept.load(Ordering::Relaxed) == number | CLOSED);
        match closed {
            Some(place) => place.store(0, Ordering::Relaxed),
            None => {
                look(number, fd);
                Message::new(number, fd).transfer(libc::SYS_sendmsg, KEEP_FD, 0);
            }
        }
        host::close(fd);
    }
}

impl Message {
    fn new(number: u64, fd: i32) -> Self {
        // SAFETY: plain data.
        let mut header: libc::cmsghdr = unsafe { core::mem::zeroed() };
        header.cmsg_len = size_of::<libc::cmsghdr>() + size_of::<i32>();
        header.cmsg_level = libc::SOL_SOCKET;
        header.cmsg_type = libc::SCM_RIGHTS;
        Message { number, control: Control { header, fd, _padding: 0 } }
    }

    /// Sends it, or receives into it.
    fn transfer(&mut self, nr: i64, socket: i32, flags: i32) -> isize {
        let number = (&raw mut self.number).cast();
        let mut data = libc::iovec { iov_base: number, iov_len: size_of::<u64>() };
        // SAFETY: plain data.
        let mut message: libc::msghdr = unsafe { core::mem::zeroed() };
        message.msg_iov = &raw mut data;
        message.msg_iovlen = 1;
        message.msg_control = (&raw mut self.control).cast();
        message.msg_controllen = size_of::<Control>();
        host::call(nr, [socket as usize, &raw mut message as usize, flags as usize])
    }
}

// SPDX-License-Identifier: GPL-2.0

//! Files of the host that programs have passed on by a socket of the library. The library passes the
//! stand-in; the file stays with its node, in a message of its own with its number in a socket of the host,
//! until nobody has the stand-in any more, neither in a table nor in a message.
//!
//! Closing a descriptor takes a process's locks on that file away (fcntl(2)), so programs receive no file but
//! the one that they want, unless there is no room for another. What nobody has any more the simulator takes
//! out, which has no locks.

use core::sync::atomic::{AtomicU64, Ordering};

use libos_loader::gate;

use crate::layout::{KEPT, control};
use crate::node::Node;

/// In [`Kept::numbers`]: nobody has the file any more.
const CLOSED: u64 = 1 << 63;
const FREE: u64 = 0;

/// The files that a node keeps.
#[repr(C)]
pub struct Kept {
    /// The number of each, perhaps with [`CLOSED`].
    numbers: [AtomicU64; KEPT],
}

/// Where the messages are: one end they are sent to, one they are received from.
#[derive(Clone, Copy)]
pub struct Sockets {
    pub to: i32,
    pub from: i32,
}

impl Kept {
    /// Nobody has the file of this number any more. Whether it was kept.
    pub(crate) fn close(&self, number: u64) -> bool {
        self.at(number).is_some_and(|kept| {
            kept.store(number | CLOSED, Ordering::Relaxed);
            true
        })
    }

    /// Keeps the file at the host's `fd`, whose number this is. 0 or a negative errno.
    pub fn keep(&self, sockets: Sockets, number: u64, fd: i32) -> isize {
        if self.at(number).is_some() {
            return 0;
        }
        self.drop_first(sockets);
        if self.at(FREE).is_none() {
            self.let_go(sockets);
        }
        let Some(place) = self.at(FREE) else { return -(libc::ETOOMANYREFS as isize) };
        match Message::new(number, fd).send(sockets) {
            sent if sent < 0 => sent,
            _ => {
                place.store(number, Ordering::Relaxed);
                0
            }
        }
    }

    /// Puts the file of this number at the host's `fd`, where nothing is; `flags` may be O_CLOEXEC. Whether it
    /// is kept.
    pub fn take(&self, sockets: Sockets, number: u64, fd: i32, flags: i32) -> bool {
        if self.at(number).is_none() {
            return false;
        }
        let place = (0..self.count()).find(|place| sockets.peek(*place) == Some(number));
        let Some(message) = place.and_then(|place| sockets.copy(place)) else { return false };
        let from = message.control.fd;
        if from == fd {
            let flags = if flags & libc::O_CLOEXEC != 0 { libc::FD_CLOEXEC } else { 0 };
            return call(libc::SYS_fcntl, [fd, libc::F_SETFD, flags].map(|arg| arg as usize)) == 0;
        }
        let placed = call(libc::SYS_dup3, [from, fd, flags].map(|arg| arg as usize));
        close(from);
        placed >= 0
    }

    /// Takes out the first messages, as far as nobody has their files any more.
    fn drop_first(&self, sockets: Sockets) {
        while let Some(place) = sockets.peek(0).and_then(|number| self.at(number | CLOSED)) {
            Message::new(0, -1).receive(sockets, libc::MSG_DONTWAIT, 0);
            place.store(FREE, Ordering::Relaxed);
        }
    }

    /// Takes out all messages of whose files that is so: each is received, and the others sent again.
    pub fn let_go(&self, sockets: Sockets) {
        for _ in 0..self.count() {
            let mut message = Message::new(0, -1);
            let flags = libc::MSG_DONTWAIT | libc::MSG_CMSG_CLOEXEC;
            if message.receive(sockets, flags, size_of::<Control>()) < 0 {
                break;
            }
            let (number, fd) = (message.number, message.control.fd);
            match self.at(number | CLOSED) {
                Some(place) => place.store(FREE, Ordering::Relaxed),
                None if Message::new(number, fd).send(sockets) < 0 => self.forget(number),
                None => {}
            }
            close(fd);
        }
    }

    /// The host has not taken it: who is to get it is told that it is lost.
    fn forget(&self, number: u64) {
        if let Some(place) = self.at(number) {
            place.store(FREE, Ordering::Relaxed);
        }
    }

    fn at(&self, number: u64) -> Option<&AtomicU64> {
        self.numbers.iter().find(|kept| kept.load(Ordering::Relaxed) == number)
    }

    fn count(&self) -> usize {
        self.numbers.iter().filter(|kept| kept.load(Ordering::Relaxed) != FREE).count()
    }
}

impl Node {
    /// Nobody has the file of the host any more that has this number.
    pub(crate) fn file_closed(&self, node: u32, number: u64) {
        if self.kept.close(number) && self.lets_go.swap(1, Ordering::Relaxed) == 0 {
            control().let_go.push(node);
        }
    }
}

impl Sockets {
    /// The number in the message at this place, which stays there. No file is received.
    fn peek(self, place: usize) -> Option<u64> {
        let mut message = Message::new(0, -1);
        self.look_at(place);
        let received = message.receive(self, libc::MSG_PEEK | libc::MSG_DONTWAIT, 0);
        (received == size_of::<u64>() as isize).then_some(message.number)
    }

    /// The message at this place, with another descriptor of its file.
    fn copy(self, place: usize) -> Option<Message> {
        let mut message = Message::new(0, -1);
        self.look_at(place);
        let flags = libc::MSG_PEEK | libc::MSG_DONTWAIT | libc::MSG_CMSG_CLOEXEC;
        message.receive(self, flags, size_of::<Control>());
        (message.control.fd >= 0).then_some(message)
    }

    fn look_at(self, place: usize) {
        let offset = (place * size_of::<u64>()) as i32;
        let args = [self.from as usize, libc::SOL_SOCKET as usize, libc::SO_PEEK_OFF as usize];
        let [socket, level, option] = args;
        let value = &raw const offset as usize;
        call(libc::SYS_setsockopt, [socket, level, option, value, size_of::<i32>()]);
    }
}

/// A message with a file.
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

impl Message {
    fn new(number: u64, fd: i32) -> Self {
        // SAFETY: plain data.
        let mut header: libc::cmsghdr = unsafe { core::mem::zeroed() };
        header.cmsg_len = size_of::<libc::cmsghdr>() + size_of::<i32>();
        header.cmsg_level = libc::SOL_SOCKET;
        header.cmsg_type = libc::SCM_RIGHTS;
        Message { number, control: Control { header, fd, _padding: 0 } }
    }

    /// Whoever has the baton must not wait: a full socket is ETOOMANYREFS.
    fn send(&mut self, sockets: Sockets) -> isize {
        let room = size_of::<Control>();
        match self.transfer(libc::SYS_sendmsg, sockets.to, libc::MSG_DONTWAIT, room) {
            full if full == -(libc::EAGAIN as isize) => -(libc::ETOOMANYREFS as isize),
            result => result,
        }
    }

    /// `room` for a file: 0 for none.
    fn receive(&mut self, sockets: Sockets, flags: i32, room: usize) -> isize {
        self.transfer(libc::SYS_recvmsg, sockets.from, flags, room)
    }

    fn transfer(&mut self, nr: i64, socket: i32, flags: i32, room: usize) -> isize {
        let number = (&raw mut self.number).cast();
        let mut data = libc::iovec { iov_base: number, iov_len: size_of::<u64>() };
        // SAFETY: plain data.
        let mut message: libc::msghdr = unsafe { core::mem::zeroed() };
        message.msg_iov = &raw mut data;
        message.msg_iovlen = 1;
        message.msg_control = (&raw mut self.control).cast();
        message.msg_controllen = room;
        call(nr, [socket as usize, &raw mut message as usize, flags as usize])
    }
}

fn close(fd: i32) {
    call(libc::SYS_close, [fd as usize]);
}

fn call<const N: usize>(nr: i64, args: [usize; N]) -> isize {
    let mut all = [0; 6];
    all[..N].copy_from_slice(&args);
    // SAFETY: on sockets and files of the caller, with memory of this module.
    unsafe { gate::syscall(nr, all) }
}

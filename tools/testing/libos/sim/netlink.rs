// SPDX-License-Identifier: GPL-2.0

//! Configuring nodes over rtnetlink, through a socket of the simulator's own.

use std::io;

use libos_netlink::{Channel, Netlink};

use crate::error::Error;
use crate::simulation::Simulation;
use crate::socket::{UNWATCHED, message};

impl Simulation {
    /// Makes requests of a node. `what` they are about is for the message if one is refused.
    pub fn configure<R>(
        &self,
        node: u32,
        what: &str,
        request: impl FnOnce(&mut Netlink<Socket<'_>>) -> io::Result<R>,
    ) -> Result<R, Error> {
        let kind = [libc::AF_NETLINK, libc::SOCK_RAW, libc::NETLINK_ROUTE];
        let number = self.socket(node, kind, UNWATCHED)?;
        let result = request(&mut Netlink::new(Socket { simulation: self, number }));
        self.socket_close(number)?;
        result.map_err(|reason| Error::Refused { node, what: what.to_string(), reason })
    }
}

/// A netlink socket of a node. Answers are there when a request has been sent.
pub struct Socket<'a> {
    simulation: &'a Simulation,
    number: u32,
}

impl Channel for Socket<'_> {
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let base = bytes.as_ptr().cast_mut().cast();
        let mut piece = libc::iovec { iov_base: base, iov_len: bytes.len() };
        let message = message(&mut piece);
        // SAFETY: a message of one piece, which is read.
        let sent =
            unsafe { self.simulation.socket_sendmsg(self.number, (&raw const message).cast(), 0) };
        result(sent).map(drop)
    }

    fn receive(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let mut piece = libc::iovec { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
        let mut message = message(&mut piece);
        // SAFETY: a message of one piece, which is written.
        let received =
            unsafe { self.simulation.socket_recvmsg(self.number, (&raw mut message).cast(), 0) };
        result(received)
    }
}

fn result(result: Result<isize, Error>) -> io::Result<usize> {
    let result = result.map_err(io::Error::other)?;
    usize::try_from(result).map_err(|_| io::Error::from_raw_os_error(-result as i32))
}

// SPDX-License-Identifier: GPL-2.0

//! The two kernels behind one set of system calls.

use std::io;

use libos_host::Thread;

/// The host's kernel.
pub struct Native;

/// A thread's way into a kernel.
pub enum Stack {
    Library(Thread),
    Native(Native),
}

impl Stack {
    /// System call `nr`; a negative errno on failure.
    #[inline]
    pub fn raw(&self, nr: i64, args: [usize; 6]) -> isize {
        match self {
            Stack::Library(thread) => thread.syscall(nr, args),
            // SAFETY: the arguments are this program's own; the gate is mapped by the instance.
            Stack::Native(Native) => unsafe { libos_host::gate::syscall(nr, args) },
        }
    }

    fn call(&self, nr: i64, args: [usize; 6]) -> io::Result<usize> {
        let result = self.raw(nr, args);
        usize::try_from(result).map_err(|_| io::Error::from_raw_os_error(-result as i32))
    }

    /// The socket that somebody else has made in the same kernel and process.
    pub fn adopt(&self, fd: usize) -> Socket<'_> {
        Socket { stack: self, fd }
    }

    pub fn socket(&self, kind: i32) -> io::Result<Socket<'_>> {
        let fd =
            self.call(libc::SYS_socket, [libc::AF_INET as usize, kind as usize, 0, 0, 0, 0])?;
        Ok(Socket { stack: self, fd })
    }
}

/// An IPv4 address and port.
pub fn address([a, b, c, d]: [u8; 4], port: u16) -> libc::sockaddr_in {
    libc::sockaddr_in {
        sin_family: libc::AF_INET as u16,
        sin_port: port.to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes([a, b, c, d]) },
        sin_zero: [0; 8],
    }
}

/// A socket of either kernel.
pub struct Socket<'a> {
    stack: &'a Stack,
    fd: usize,
}

const ADDRESS: usize = size_of::<libc::sockaddr_in>();

impl<'a> Socket<'a> {
    fn set(&self, level: i32, name: i32, value: &[u8]) -> io::Result<()> {
        let args =
            [self.fd, level as usize, name as usize, value.as_ptr() as usize, value.len(), 0];
        self.stack.call(libc::SYS_setsockopt, args).map(drop)
    }

    /// The congestion control that both kernels have, and no waiting for more to send.
    pub fn tune(&self) -> io::Result<()> {
        self.set(libc::IPPROTO_TCP, libc::TCP_CONGESTION, b"reno")?;
        self.set(libc::IPPROTO_TCP, libc::TCP_NODELAY, &1i32.to_ne_bytes())
    }

    /// Its descriptor, which stays open.
    pub fn into_fd(self) -> usize {
        core::mem::ManuallyDrop::new(self).fd
    }

    pub fn bind(&self, to: &libc::sockaddr_in) -> io::Result<()> {
        self.set(libc::SOL_SOCKET, libc::SO_REUSEADDR, &1i32.to_ne_bytes())?;
        let args = [self.fd, core::ptr::from_ref(to) as usize, ADDRESS, 0, 0, 0];
        self.stack.call(libc::SYS_bind, args).map(drop)
    }

    pub fn connect(&self, to: &libc::sockaddr_in) -> io::Result<()> {
        let args = [self.fd, core::ptr::from_ref(to) as usize, ADDRESS, 0, 0, 0];
        self.stack.call(libc::SYS_connect, args).map(drop)
    }

    pub fn listen(&self) -> io::Result<()> {
        self.stack.call(libc::SYS_listen, [self.fd, 128, 0, 0, 0, 0]).map(drop)
    }

    pub fn accept(&self) -> io::Result<Socket<'a>> {
        let fd = self.stack.call(libc::SYS_accept, [self.fd, 0, 0, 0, 0, 0])?;
        Ok(Socket { stack: self.stack, fd })
    }

    #[inline]
    pub fn send(&self, data: &[u8]) -> io::Result<usize> {
        let args = [self.fd, data.as_ptr() as usize, data.len(), libc::MSG_NOSIGNAL as usize, 0, 0];
        self.stack.call(libc::SYS_sendto, args)
    }

    #[inline]
    pub fn receive(&self, data: &mut [u8]) -> io::Result<usize> {
        let args = [self.fd, data.as_mut_ptr() as usize, data.len(), 0, 0, 0];
        self.stack.call(libc::SYS_recvfrom, args)
    }
}

impl Drop for Socket<'_> {
    fn drop(&mut self) {
        self.stack.raw(libc::SYS_close, [self.fd, 0, 0, 0, 0, 0]);
    }
}

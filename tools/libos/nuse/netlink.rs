// SPDX-License-Identifier: GPL-2.0

//! Configuring the instance through its own system calls: [`libos_netlink`], and sysctls.

use std::io;
use std::ops::{Deref, DerefMut};

use libos_host::Thread;
use libos_netlink::Channel;

/// A netlink socket of the instance.
pub struct Netlink<'a>(libos_netlink::Netlink<Socket<'a>>);

pub struct Socket<'a> {
    thread: &'a Thread,
    fd: usize,
}

impl<'a> Netlink<'a> {
    pub fn open(thread: &'a Thread) -> io::Result<Self> {
        let args = [libc::AF_NETLINK as usize, libc::SOCK_RAW as usize, 0, 0, 0, 0];
        let fd = checked(thread.syscall(libc::SYS_socket, args))?;
        Ok(Self(libos_netlink::Netlink::new(Socket { thread, fd })))
    }

    fn syscall(&self, nr: libc::c_long, args: [usize; 6]) -> isize {
        self.channel().thread.syscall(nr, args)
    }

    /// The index of an interface.
    pub fn index(&self, name: &str) -> io::Result<u32> {
        // SAFETY: valid when zeroed.
        let mut request: libc::ifreq = unsafe { core::mem::zeroed() };
        for (to, from) in request.ifr_name[..libc::IFNAMSIZ - 1].iter_mut().zip(name.bytes()) {
            *to = from as libc::c_char;
        }
        let at = &raw mut request as usize;
        // ioctl(2) on a netlink socket reaches the interface requests as on any other.
        let args = [self.channel().fd, libc::SIOCGIFINDEX as usize, at, 0, 0, 0];
        checked(self.syscall(libc::SYS_ioctl, args))?;
        // SAFETY: the request fills in this member.
        Ok(unsafe { request.ifr_ifru.ifru_ifindex } as u32)
    }

    /// Whether there is a file below /proc/sys.
    pub fn has_sysctl(&self, path: &str) -> bool {
        let path = format!("/proc/sys/{path}\0");
        let args = [path.as_ptr() as usize, libc::F_OK as usize, 0, 0, 0, 0];
        self.syscall(libc::SYS_access, args) == 0
    }

    /// Writes a file below /proc/sys.
    pub fn write_sysctl(&mut self, path: &str, value: &str) -> io::Result<()> {
        let path = format!("/proc/sys/{path}\0");
        let args = [path.as_ptr() as usize, libc::O_WRONLY as usize, 0, 0, 0, 0];
        let fd = checked(self.syscall(libc::SYS_open, args))?;
        let args = [fd, value.as_ptr() as usize, value.len(), 0, 0, 0];
        let written = checked(self.syscall(libc::SYS_write, args));
        self.syscall(libc::SYS_close, [fd, 0, 0, 0, 0, 0]);
        written.map(drop)
    }
}

impl<'a> Deref for Netlink<'a> {
    type Target = libos_netlink::Netlink<Socket<'a>>;

    fn deref(&self) -> &Self::Target {
        &self.0
    }
}

impl DerefMut for Netlink<'_> {
    fn deref_mut(&mut self) -> &mut Self::Target {
        &mut self.0
    }
}

impl Channel for Socket<'_> {
    fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        let args = [self.fd, bytes.as_ptr() as usize, bytes.len(), 0, 0, 0];
        checked(self.thread.syscall(libc::SYS_sendto, args)).map(drop)
    }

    fn receive(&mut self, bytes: &mut [u8]) -> io::Result<usize> {
        let args = [self.fd, bytes.as_mut_ptr() as usize, bytes.len(), 0, 0, 0];
        checked(self.thread.syscall(libc::SYS_recvfrom, args))
    }
}

impl Drop for Socket<'_> {
    fn drop(&mut self) {
        self.thread.syscall(libc::SYS_close, [self.fd, 0, 0, 0, 0, 0]);
    }
}

/// The result of a system call, as std has it.
fn checked(result: isize) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::from_raw_os_error(-result as i32))
}

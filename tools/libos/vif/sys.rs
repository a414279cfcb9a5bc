// SPDX-License-Identifier: GPL-2.0

//! The few system calls that std lacks, with the error made an `io::Error`.

use std::{
    io,
    os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
};

use libc::{Ioctl, c_int, socklen_t};

/// `socket(2)`, nonblocking and closed on exec.
pub(crate) fn socket(domain: c_int, kind: c_int) -> io::Result<OwnedFd> {
    let kind = kind | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
    // SAFETY: socket() takes no pointers.
    let fd = check(unsafe { libc::socket(domain, kind, 0) })?;
    // SAFETY: the kernel has just made it for us and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

/// `ioctl(2)` on a structure.
///
/// # Safety
///
/// `argument` is what the kernel expects for `request`, and any pointer inside it is good for
/// what the kernel does with it.
pub(crate) unsafe fn ioctl<T>(
    fd: BorrowedFd<'_>,
    request: Ioctl,
    argument: &mut T,
) -> io::Result<()> {
    // SAFETY: the caller's promise; the reference is good for reading and writing a T.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), request, argument) }).map(drop)
}

/// `ioctl(2)` on a number.
///
/// # Safety
///
/// `request` takes a number, not a pointer.
pub(crate) unsafe fn ioctl_number(
    fd: BorrowedFd<'_>,
    request: Ioctl,
    number: libc::c_ulong,
) -> io::Result<()> {
    // SAFETY: the caller's promise.
    check(unsafe { libc::ioctl(fd.as_raw_fd(), request, number) }).map(drop)
}

/// `setsockopt(2)`. Safe for every option: the kernel only ever reads, and checks what it reads.
pub(crate) fn setsockopt<T>(
    fd: BorrowedFd<'_>,
    level: c_int,
    option: c_int,
    value: &T,
) -> io::Result<()> {
    let length = size_of::<T>() as socklen_t;
    // SAFETY: the pointer and the length are those of `value`.
    check(unsafe {
        libc::setsockopt(fd.as_raw_fd(), level, option, (&raw const *value).cast(), length)
    })
    .map(drop)
}

/// The error that waits on a socket, which this takes off it (`SO_ERROR`).
pub(crate) fn pending_error(fd: BorrowedFd<'_>) -> io::Result<()> {
    let mut error: c_int = 0;
    let mut length = size_of::<c_int>() as socklen_t;
    // SAFETY: the pointers and the length are those of the two variables.
    check(unsafe {
        libc::getsockopt(
            fd.as_raw_fd(),
            libc::SOL_SOCKET,
            libc::SO_ERROR,
            (&raw mut error).cast(),
            &raw mut length,
        )
    })?;
    match error {
        0 => Ok(()),
        error => Err(io::Error::from_raw_os_error(error)),
    }
}

/// Version and patch level of the host's kernel; (0, 0) if it has an unusual name.
pub(crate) fn kernel_version() -> (u32, u32) {
    // SAFETY: a utsname is plain data for which zero is a value.
    let mut names: libc::utsname = unsafe { std::mem::zeroed() };
    // SAFETY: the kernel fills the structure it is given.
    unsafe { libc::uname(&raw mut names) };
    let release = names.release.map(|c| c as u8);
    version(&String::from_utf8_lossy(&release)).unwrap_or_default()
}

fn version(release: &str) -> Option<(u32, u32)> {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit());
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

/// Makes -1 the error that errno holds.
pub(crate) fn check(result: c_int) -> io::Result<c_int> {
    match result {
        -1 => Err(io::Error::last_os_error()),
        result => Ok(result),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read() {
        assert_eq!(version("6.18.44-custom"), Some((6, 18)));
        assert_eq!(version("7.0-rc1"), Some((7, 0)));
        assert_eq!(version("mainline"), None);
    }
}

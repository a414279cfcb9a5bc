// SPDX-License-Identifier: GPL-2.0

//! libc with results that can be printed.

use std::ffi::{c_int, c_void};
use std::io;
use std::time::Duration;

/// The value of a call, or the name of its error.
pub fn result(value: impl Into<i64>) -> String {
    match value.into() {
        -1 => format!("{:?}", io::Error::last_os_error()),
        value => value.to_string(),
    }
}

/// Reports one fact.
pub fn say(what: &str, value: impl std::fmt::Display) {
    println!("{what}: {value}");
}

pub fn loopback(port: u16) -> libc::sockaddr_in {
    libc::sockaddr_in {
        sin_family: libc::AF_INET as u16,
        sin_port: port.to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes([127, 0, 0, 1]) },
        sin_zero: [0; 8],
    }
}

pub const ADDRESS: u32 = size_of::<libc::sockaddr_in>() as u32;

/// A socket that listens on a port of its own.
pub fn listener() -> (c_int, u16) {
    let mut address = loopback(0);
    let mut len = ADDRESS;
    // SAFETY: the address is a local of that length.
    unsafe {
        let fd = libc::socket(libc::AF_INET, libc::SOCK_STREAM, 0);
        assert_eq!(libc::bind(fd, (&raw const address).cast(), len), 0);
        assert_eq!(libc::listen(fd, 8), 0);
        assert_eq!(libc::getsockname(fd, (&raw mut address).cast(), &raw mut len), 0);
        (fd, u16::from_be(address.sin_port))
    }
}

/// Both ends of a TCP connection.
pub fn connection() -> (c_int, c_int) {
    let (listener, port) = listener();
    let address = loopback(port);
    // SAFETY: the address is a local of that length.
    unsafe {
        let one = libc::socket(libc::AF_INET, libc::SOCK_STREAM, 0);
        assert_eq!(libc::connect(one, (&raw const address).cast(), ADDRESS), 0);
        let other = libc::accept(listener, std::ptr::null_mut(), std::ptr::null_mut());
        assert!(other >= 0);
        close(listener);
        (one, other)
    }
}

pub fn pipe() -> (c_int, c_int) {
    let mut pair = [0; 2];
    // SAFETY: room for two.
    assert_eq!(unsafe { libc::pipe(pair.as_mut_ptr()) }, 0);
    (pair[0], pair[1])
}

pub fn close(fd: c_int) -> String {
    // SAFETY: a number.
    result(unsafe { libc::close(fd) })
}

pub fn write(fd: c_int, data: &[u8]) -> String {
    // SAFETY: a slice.
    result(unsafe { libc::write(fd, data.as_ptr().cast(), data.len()) } as i64)
}

/// What was read, or the error.
pub fn read(fd: c_int) -> String {
    let mut buffer = [0u8; 256];
    // SAFETY: a local of that length.
    match unsafe { libc::read(fd, buffer.as_mut_ptr().cast::<c_void>(), buffer.len()) } {
        -1 => result(-1),
        count => format!("{:?}", String::from_utf8_lossy(&buffer[..count as usize])),
    }
}

/// Does `action` in another thread, after a while.
pub fn soon(action: impl FnOnce() + Send + 'static) -> std::thread::JoinHandle<()> {
    std::thread::spawn(|| {
        block_signals();
        std::thread::sleep(Duration::from_millis(100));
        action();
    })
}

/// Signals are for other threads.
pub fn block_signals() {
    // SAFETY: a local set.
    unsafe {
        let mut all = std::mem::zeroed();
        libc::sigfillset(&raw mut all);
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const all, std::ptr::null_mut());
    }
}

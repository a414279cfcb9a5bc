// SPDX-License-Identifier: GPL-2.0

//! A Linux in this process: dlopen the library, boot it, bring lo up, send a line through TCP and
//! back, read /proc/net/dev, shut it down.
//!
//! ```text
//! cargo run -p sample-echo -- ./liblinux.so
//! ```
//!
//! * [`linux`]: the library, and system calls in it;
//! * [`host`]: what the library asks of us.

mod host;
mod linux;

use std::error::Error;
use std::io;

use crate::linux::Linux;

fn main() -> Result<(), Box<dyn Error>> {
    let library = std::env::args_os().nth(1).unwrap_or("./liblinux.so".into());
    let linux = Linux::boot(library)?;
    bring_lo_up(&linux)?;
    echo(&linux, "hello from a Linux in this process")?;
    show(&linux, c"/proc/version")?;
    show(&linux, c"/proc/net/dev")?;
    linux.shutdown()?;
    println!("down");
    Ok(())
}

fn bring_lo_up(linux: &Linux) -> io::Result<()> {
    // SAFETY: a structure of numbers.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    request.ifr_name[..2].copy_from_slice(&[b'l' as _, b'o' as _]);
    request.ifr_ifru.ifru_flags = libc::IFF_UP as _;
    let fd =
        linux.call(libc::SYS_socket, [libc::AF_INET as usize, libc::SOCK_DGRAM as usize, 0])?;
    let at = &raw mut request as usize;
    linux.call(libc::SYS_ioctl, [fd, libc::SIOCSIFFLAGS as usize, at])?;
    linux.call(libc::SYS_close, [fd]).map(drop)
}

fn echo(linux: &Linux, line: &str) -> Result<(), Box<dyn Error>> {
    let address = libc::sockaddr_in {
        sin_family: libc::AF_INET as _,
        sin_port: 7u16.to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from(std::net::Ipv4Addr::LOCALHOST).to_be() },
        sin_zero: [0; 8],
    };
    let (at, size) = (&raw const address as usize, size_of_val(&address));
    let stream = [libc::AF_INET as usize, libc::SOCK_STREAM as usize, 0];

    let listener = linux.call(libc::SYS_socket, stream)?;
    linux.call(libc::SYS_bind, [listener, at, size])?;
    linux.call(libc::SYS_listen, [listener, 1])?;
    let client = linux.call(libc::SYS_socket, stream)?;
    linux.call(libc::SYS_connect, [client, at, size])?;
    let server = linux.call(libc::SYS_accept4, [listener, 0, 0, 0])?;

    linux.send(client, line.as_bytes())?;
    let mut buffer = [0; 128];
    let asked = linux.receive(server, &mut buffer)?;
    linux.send(server, &buffer[..asked])?;
    let answered = linux.receive(client, &mut buffer)?;
    let answer = std::str::from_utf8(&buffer[..answered])?;
    println!("echo: {answer}");
    for fd in [client, server, listener] {
        linux.call(libc::SYS_close, [fd])?;
    }
    if answer == line { Ok(()) } else { Err("the echo is not what was sent".into()) }
}

fn show(linux: &Linux, path: &std::ffi::CStr) -> io::Result<()> {
    let mut text = [0; 1024];
    let here = libc::AT_FDCWD as usize;
    let fd =
        linux.call(libc::SYS_openat, [here, path.as_ptr() as usize, libc::O_RDONLY as usize, 0])?;
    loop {
        match linux.call(libc::SYS_read, [fd, text.as_mut_ptr() as usize, text.len()])? {
            0 => break,
            len => print!("{}", String::from_utf8_lossy(&text[..len])),
        }
    }
    linux.call(libc::SYS_close, [fd]).map(drop)
}

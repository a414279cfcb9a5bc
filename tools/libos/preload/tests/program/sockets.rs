// SPDX-License-Identifier: GPL-2.0

//! Sending and receiving, by every function that does.

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;

use crate::sys::{ADDRESS, close, connection, loopback, read, result, say, write};

pub fn run() {
    streams();
    messages();
    datagrams();
    options();
    mistakes();
    say("end of", "sockets");
}

fn streams() {
    let (one, other) = connection();
    say("write", write(one, b"some"));
    say("read", read(other));
    // SAFETY: literals and locals.
    unsafe {
        say("send", result(libc::send(one, c"data".as_ptr().cast(), 4, 0) as i64));
        let mut buffer = [0u8; 4];
        say(
            "peek",
            result(libc::recv(other, buffer.as_mut_ptr().cast(), 4, libc::MSG_PEEK) as i64),
        );
        say("recv", result(libc::recv(other, buffer.as_mut_ptr().cast(), 4, 0) as i64));
        let nothing = libc::recv(other, buffer.as_mut_ptr().cast(), 4, libc::MSG_DONTWAIT);
        say("recv of nothing", result(nothing as i64));
        say("shutdown", result(libc::shutdown(one, libc::SHUT_WR)));
    }
    say("end of file", read(other));
    say("close", close(one) + &close(other));
    say("close again", close(one));
}

fn messages() {
    let (one, other) = connection();
    let mut pieces = [piece(b"two "), piece(b"pieces")];
    // SAFETY: the pieces are literals, the message is of locals.
    unsafe {
        say("writev", result(libc::writev(one, pieces.as_ptr(), 2) as i64));
        say("readv'd", read(other));
        let mut message: libc::msghdr = std::mem::zeroed();
        message.msg_iov = pieces.as_mut_ptr();
        message.msg_iovlen = 2;
        say("sendmsg", result(libc::sendmsg(one, &raw const message, 0) as i64));
        say("received", read(other));
        let mut many = [libc::mmsghdr { msg_hdr: message, msg_len: 0 }; 2];
        say("sendmmsg", result(libc::sendmmsg(one, many.as_mut_ptr(), 2, 0)));
        say("lengths", format!("{} {}", many[0].msg_len, many[1].msg_len));
    }
    close(one);
    close(other);
}

fn piece(data: &'static [u8]) -> libc::iovec {
    libc::iovec { iov_base: data.as_ptr().cast_mut().cast(), iov_len: data.len() }
}

fn datagrams() {
    let mut address = loopback(0);
    let mut len = ADDRESS;
    // SAFETY: locals.
    unsafe {
        let fd = libc::socket(libc::AF_INET, libc::SOCK_DGRAM | libc::SOCK_CLOEXEC, 0);
        say("bind", result(libc::bind(fd, (&raw const address).cast(), len)));
        libc::getsockname(fd, (&raw mut address).cast(), &raw mut len);
        let sent =
            libc::sendto(fd, c"gram".as_ptr().cast(), 4, 0, (&raw const address).cast(), len);
        say("sendto", result(sent as i64));
        let mut from = loopback(0);
        let mut buffer = [0u8; 8];
        let data = buffer.as_mut_ptr().cast::<c_void>();
        let got = libc::recvfrom(fd, data, 8, 0, (&raw mut from).cast(), &raw mut len);
        say("recvfrom", result(got as i64));
        say("from itself", from.sin_port == address.sin_port);
        say("close on exec", libc::fcntl(fd, libc::F_GETFD));
        close(fd);
    }
}

fn options() {
    let (one, other) = connection();
    // SAFETY: locals.
    unsafe {
        let (mut value, mut len) = (1 as c_int, 4);
        let set = libc::setsockopt(
            one,
            libc::IPPROTO_TCP,
            libc::TCP_NODELAY,
            (&raw const value).cast(),
            4,
        );
        say("setsockopt", result(set));
        let kind = libc::getsockopt(
            one,
            libc::SOL_SOCKET,
            libc::SO_TYPE,
            (&raw mut value).cast(),
            &raw mut len,
        );
        say("getsockopt", format!("{} {value}", result(kind)));
        say("FIONREAD", {
            write(other, b"12345");
            std::thread::sleep(std::time::Duration::from_millis(20));
            result(libc::ioctl(one, libc::FIONREAD, &raw mut value)) + &value.to_string()
        });
        let mut stat: libc::stat = std::mem::zeroed();
        libc::fstat(one, &raw mut stat);
        say("fstat says socket", stat.st_mode & libc::S_IFMT == libc::S_IFSOCK);
        say("lseek", result(libc::lseek(one, 0, libc::SEEK_SET)));
        say("flags", libc::fcntl(one, libc::F_GETFL));
        say("nonblocking", result(libc::fcntl(other, libc::F_SETFL, libc::O_NONBLOCK)));
        say("read of nothing", read(other));
    }
    close(one);
    close(other);
}

fn mistakes() {
    // SAFETY: the addresses are bad on purpose, for the kernel to find out.
    unsafe {
        let bad = 16 as *mut c_void;
        let (one, other) = connection();
        say("bad address to send", result(libc::send(one, bad, 4, 0) as i64));
        write(other, b"x");
        say("bad address to recv", result(libc::recv(one, bad, 4, 0) as i64));
        say("bad name", result(libc::getsockname(one, bad.cast(), bad.cast())));
        say("bad connect", result(libc::connect(one, bad.cast(), 16)));
        say("bad poll", result(libc::poll(bad.cast(), 1, 0)));
        say("bad option", result(libc::setsockopt(one, 999, 1, null_mut(), 0)));
        say("bad family", result(libc::socket(libc::AF_INET, 77, 0)));
        say("bad descriptor", result(libc::send(9999, bad, 1, 0) as i64));
        say("not a socket", result(libc::listen(0, 1)));
        close(one);
        close(other);
    }
}

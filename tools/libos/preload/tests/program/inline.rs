// SPDX-License-Identifier: GPL-2.0

//! System calls without libc's functions: inline ones, and those inside libc.

use std::arch::asm;
use std::ffi::CStr;

use crate::sys::{ADDRESS, close, listener, loopback, read, say, write};

pub fn run() {
    by_instruction();
    by_syscall();
    interfaces();
    names();
    say("end of", "inline");
}

/// # Safety
///
/// That of the call.
unsafe fn call(nr: i64, args: [usize; 6]) -> isize {
    let result: isize;
    // SAFETY: as the caller promises.
    unsafe {
        asm!("syscall", inlateout("rax") nr as isize => result,
            in("rdi") args[0], in("rsi") args[1], in("rdx") args[2],
            in("r10") args[3], in("r8") args[4], in("r9") args[5],
            lateout("rcx") _, lateout("r11") _);
    }
    result
}

fn by_instruction() {
    let (listener, port) = listener();
    let address = loopback(port);
    // SAFETY: locals and literals.
    unsafe {
        let socket = call(libc::SYS_socket, [2, 1, 0, 0, 0, 0]) as usize;
        let at = &raw const address as usize;
        say("connect", call(libc::SYS_connect, [socket, at, ADDRESS as usize, 0, 0, 0]));
        let peer = libc::accept(listener, std::ptr::null_mut(), std::ptr::null_mut());
        let text = c"inline".as_ptr() as usize;
        say("sendto", call(libc::SYS_sendto, [socket, text, 6, 0, 0, 0]));
        say("heard", read(peer));
        say("write", call(libc::SYS_write, [socket, text, 6, 0, 0, 0]));
        say("heard", read(peer));
        write(peer, b"answer");
        let mut file = libc::pollfd { fd: socket as i32, events: libc::POLLIN, revents: 0 };
        say("poll", call(libc::SYS_poll, [&raw mut file as usize, 1, usize::MAX, 0, 0, 0]));
        let mut buffer = [0u8; 16];
        let buffer = buffer.as_mut_ptr() as usize;
        say("read", call(libc::SYS_read, [socket, buffer, 16, 0, 0, 0]));
        say("bad address", call(libc::SYS_sendto, [socket, 16, 6, 0, 0, 0]));
        say("close", call(libc::SYS_close, [socket, 0, 0, 0, 0, 0]));
        say("end", read(peer));
        say("no family", call(libc::SYS_socket, [99, 1, 0, 0, 0, 0]));
        close(peer);
    }
    close(listener);
}

fn by_syscall() {
    // SAFETY: numbers.
    unsafe {
        let socket = libc::syscall(libc::SYS_socket, libc::AF_INET, libc::SOCK_STREAM, 0);
        say("syscall(2)", libc::syscall(libc::SYS_listen, socket, 1));
        say("close", libc::syscall(libc::SYS_close, socket));
        say("io_uring is there", libc::syscall(libc::SYS_getppid) > 0);
    }
}

fn interfaces() {
    // SAFETY: literals; the list is libc's.
    unsafe {
        say("index of lo", libc::if_nametoindex(c"lo".as_ptr()));
        let mut list = std::ptr::null_mut();
        say("getifaddrs", libc::getifaddrs(&raw mut list));
        let mut lo = false;
        let mut each = list;
        while !each.is_null() {
            lo |= CStr::from_ptr((*each).ifa_name) == c"lo";
            each = (*each).ifa_next;
        }
        say("has lo", lo);
        libc::freeifaddrs(list);
    }
}

fn names() {
    // SAFETY: literals; the list is libc's.
    unsafe {
        let mut list = std::ptr::null_mut();
        let found = libc::getaddrinfo(
            c"127.0.0.1".as_ptr(),
            c"80".as_ptr(),
            std::ptr::null(),
            &raw mut list,
        );
        say("getaddrinfo", found);
        libc::freeaddrinfo(list);
    }
}

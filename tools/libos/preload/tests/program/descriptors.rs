// SPDX-License-Identifier: GPL-2.0

//! Copying and closing descriptors, and moving data between them.

use std::ffi::CStr;

use crate::sys::{close, connection, pipe, read, result, say, write};

pub fn run() {
    copies();
    replaced();
    ranges();
    files();
    streams();
    numbers();
    say("end of", "descriptors");
}

fn copies() {
    let (one, other) = connection();
    // SAFETY: numbers.
    unsafe {
        let copy = libc::dup(one);
        say("dup works", write(copy, b"by dup") + &read(other));
        say("original closed", close(one));
        say("dup still works", write(copy, b"still") + &read(other));
        let high = libc::fcntl(copy, libc::F_DUPFD_CLOEXEC, 200);
        say("F_DUPFD", high);
        say("closed on exec", libc::fcntl(high, libc::F_GETFD));
        say("marking", result(libc::fcntl(high, libc::F_SETFD, 0)));
        say("marked", libc::fcntl(high, libc::F_GETFD));
        say("last one closed", close(copy) + &close(high));
    }
    say("peer sees the end", read(other));
    close(other);
}

fn replaced() {
    let (one, other) = connection();
    let (from, to) = pipe();
    // SAFETY: numbers.
    unsafe {
        say("dup2 of a socket", result(libc::dup2(one, 300)));
        say("write to it", write(300, b"copy") + &read(other));
        say("dup2 over it", result(libc::dup2(from, 300)));
        write(to, b"pipe");
        say("it is a pipe", read(300));
        say("socket over it", result(libc::dup3(one, 300, libc::O_CLOEXEC)));
        say("closed on exec", libc::fcntl(300, libc::F_GETFD));
        say("it is a socket", write(300, b"again") + &read(other));
        say("dup2 to itself", result(libc::dup2(300, 300)));
        say("dup3 to itself", result(libc::dup3(300, 300, 0)));
        say("dup2 of nothing", result(libc::dup2(299, 300)));
        say("it is there still", write(300, b"there") + &read(other));
    }
    [one, other, from, to, 300].into_iter().for_each(|fd| drop(close(fd)));
}

fn ranges() {
    let (one, other) = connection();
    // SAFETY: numbers.
    unsafe {
        libc::dup2(one, 400);
        libc::dup2(one, 402);
        close(one);
        say("close_range", result(libc::close_range(400, 450, 0)));
        say("both closed", close(400) + &close(402));
    }
    say("peer sees the end", read(other));
    close(other);
}

fn files() {
    let (one, other) = connection();
    // SAFETY: literals and locals.
    unsafe {
        let file = libc::memfd_create(c"file".as_ptr(), 0);
        write(file, b"0123456789");
        let mut offset = 2;
        say("sendfile", result(libc::sendfile(one, file, &raw mut offset, 5) as i64));
        say("offset", offset);
        say("sent", read(other));
        libc::lseek(file, 7, libc::SEEK_SET);
        let all = libc::sendfile(one, file, std::ptr::null_mut(), 100);
        say("sendfile to the end", result(all as i64));
        say("position", libc::lseek(file, 0, libc::SEEK_CUR));
        say("sent", read(other));
        say("pread of a socket", {
            let mut byte = 0u8;
            result(libc::pread(one, (&raw mut byte).cast(), 1, 0) as i64)
        });
        close(file);
    }
    close(one);
    close(other);
}

fn streams() {
    let (one, other) = connection();
    // SAFETY: a stream of our own.
    unsafe {
        let stream = libc::fdopen(one, c"r+".as_ptr());
        say("fileno", libc::fileno(stream) == one);
        libc::fputs(c"line\n".as_ptr(), stream);
        say("flush", result(libc::fflush(stream)));
        say("written by stdio", read(other));
        write(other, b"answer\nmore");
        let mut line = [0; 32];
        libc::fgets(line.as_mut_ptr(), 32, stream);
        say("read by stdio", format!("{:?}", CStr::from_ptr(line.as_ptr())));
        say("fclose", result(libc::fclose(stream)));
    }
    say("closed", close(one));
    close(other);
}

/// The lowest free number is given, whichever kind.
fn numbers() {
    let (from, to) = pipe();
    let (one, other) = connection();
    let mut all = vec![from, to, one, other];
    all.sort_unstable();
    let first = all[0];
    close(first);
    // SAFETY: numbers.
    let socket = unsafe { libc::socket(libc::AF_INET, libc::SOCK_DGRAM, 0) };
    say("socket takes the lowest", socket == first);
    close(first);
    let (low, high) = pipe();
    say("pipe takes the lowest", low == first);
    all.push(high);
    all.into_iter().for_each(|fd| drop(close(fd)));
}

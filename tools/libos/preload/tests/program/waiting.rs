// SPDX-License-Identifier: GPL-2.0

//! poll, select and epoll over sockets, pipes and files at once.

use std::ffi::c_int;
use std::ptr::null_mut;

use crate::sys::{close, connection, pipe, read, result, say, soon, write};

pub fn run() {
    let (one, other) = connection();
    let (from, to) = pipe();
    polling(one, other, from, to);
    selecting(one, other, from, to);
    epoll(one, other, from, to);
    edges(one, other);
    closed();
    [one, other, from, to].into_iter().for_each(|fd| drop(close(fd)));
    say("end of", "waiting");
}

fn poll(fds: [c_int; 3], timeout: c_int) -> String {
    let mut files = fds.map(|fd| libc::pollfd { fd, events: libc::POLLIN, revents: 0 });
    // SAFETY: a local.
    let count = result(unsafe { libc::poll(files.as_mut_ptr(), 3, timeout) });
    format!("{count} {:?}", files.map(|file| file.revents))
}

fn polling(one: c_int, other: c_int, from: c_int, to: c_int) {
    say("poll of nothing", poll([one, from, -1], 20));
    write(to, b"p");
    say("poll of a pipe", poll([one, from, -1], -1) + &read(from));
    write(other, b"s");
    say("poll of a socket", poll([one, from, -1], -1) + &read(one));
    let thread = soon(move || drop(write(to, b"p")));
    say("poll waits for a pipe", poll([one, from, -1], -1) + &read(from));
    let _ = thread.join();
    let thread = soon(move || drop(write(other, b"s")));
    say("poll waits for a socket", poll([one, from, -1], -1) + &read(one));
    let _ = thread.join();
    // SAFETY: a literal.
    let file = unsafe { libc::open(c"/etc/passwd".as_ptr(), libc::O_RDONLY) };
    say("poll of a file", poll([one, file, from], -1));
    close(file);
    say("poll of what is not open", poll([one, file, from], -1));
}

fn selecting(one: c_int, other: c_int, from: c_int, to: c_int) {
    write(to, b"p");
    // SAFETY: locals.
    unsafe {
        let (mut input, mut output) = (set(&[one, from]), set(&[one]));
        let mut time = libc::timeval { tv_sec: 5, tv_usec: 0 };
        let none = null_mut();
        let ready = libc::select(1024, &raw mut input, &raw mut output, none, &raw mut time);
        say("select", result(ready));
        let is_in = |fd, set: &libc::fd_set| libc::FD_ISSET(fd, set);
        say(
            "members",
            [is_in(one, &input), is_in(from, &input), is_in(one, &output)].map(u8::from)[..]
                .iter()
                .sum::<u8>(),
        );
        read(from);
        write(other, b"s");
        let mut input = set(&[one, from]);
        let time = libc::timespec { tv_sec: 5, tv_nsec: 0 };
        let mask = std::mem::zeroed();
        let ready =
            libc::pselect(1024, &raw mut input, none, none, &raw const time, &raw const mask);
        say("pselect", result(ready));
        say("member", is_in(one, &input));
        read(one);
        let mut input = set(&[63]);
        say(
            "select of what is not open",
            result(libc::select(64, &raw mut input, none, none, null_mut())),
        );
    }
}

fn set(fds: &[c_int]) -> libc::fd_set {
    // SAFETY: zero is an empty set.
    unsafe {
        let mut set = std::mem::zeroed();
        fds.iter().for_each(|&fd| libc::FD_SET(fd, &raw mut set));
        set
    }
}

fn add(epoll: c_int, operation: c_int, fd: c_int, events: c_int, name: u64) -> String {
    let mut event = libc::epoll_event { events: events as u32, u64: name };
    // SAFETY: a local.
    result(unsafe { libc::epoll_ctl(epoll, operation, fd, &raw mut event) })
}

fn wait(epoll: c_int, timeout: c_int) -> String {
    let mut events = [libc::epoll_event { events: 0, u64: 0 }; 4];
    // SAFETY: a local of that length.
    let count = unsafe { libc::epoll_wait(epoll, events.as_mut_ptr(), 4, timeout) };
    let mut names: Vec<_> =
        events[..count.max(0) as usize].iter().map(|event| (event.u64, { event.events })).collect();
    names.sort_unstable();
    format!("{} {names:?}", result(count))
}

fn epoll(one: c_int, other: c_int, from: c_int, to: c_int) {
    const IN: c_int = libc::EPOLLIN;
    // SAFETY: numbers and literals.
    unsafe {
        let epoll = libc::epoll_create1(libc::EPOLL_CLOEXEC);
        say(
            "add",
            add(epoll, libc::EPOLL_CTL_ADD, one, IN, 1)
                + &add(epoll, libc::EPOLL_CTL_ADD, from, IN, 2),
        );
        say("add again", add(epoll, libc::EPOLL_CTL_ADD, from, IN, 2));
        say("epoll of nothing", wait(epoll, 20));
        write(to, b"p");
        write(other, b"s");
        say("epoll of both", {
            read(one);
            write(other, b"s");
            std::thread::sleep(std::time::Duration::from_millis(50));
            wait(epoll, -1)
        });
        say("level triggered", wait(epoll, 0));
        read(one);
        read(from);
        let thread = soon(move || drop(write(to, b"p")));
        say("epoll waits for a pipe", wait(epoll, -1) + &read(from));
        let _ = thread.join();
        say("modify", add(epoll, libc::EPOLL_CTL_MOD, from, 0, 2));
        write(to, b"p");
        say("asks for nothing", wait(epoll, 20) + &read(from));
        say("delete", add(epoll, libc::EPOLL_CTL_DEL, from, 0, 0));
        say("delete again", add(epoll, libc::EPOLL_CTL_DEL, from, 0, 0));
        let file = libc::open(c"/etc/passwd".as_ptr(), libc::O_RDONLY);
        say("a file", add(epoll, libc::EPOLL_CTL_ADD, file, IN, 3));
        close(file);
        say("what is not open", add(epoll, libc::EPOLL_CTL_ADD, file, IN, 3));
        let event = libc::eventfd(1, 0);
        say("an eventfd", add(epoll, libc::EPOLL_CTL_ADD, event, IN, 4) + &wait(epoll, -1));
        close(event);
        close(epoll);
    }
}

fn edges(one: c_int, other: c_int) {
    let (from, to) = pipe();
    // SAFETY: a number.
    let epoll = unsafe { libc::epoll_create1(0) };
    let edge = libc::EPOLLIN | libc::EPOLLET;
    add(epoll, libc::EPOLL_CTL_ADD, one, edge, 1);
    add(epoll, libc::EPOLL_CTL_ADD, from, edge, 2);
    write(other, b"s");
    say("edge of a socket", wait(epoll, -1) + &wait(epoll, 20));
    write(to, b"p");
    say("edge of a pipe", wait(epoll, -1) + &wait(epoll, 20));
    write(to, b"p");
    say("next edge of a pipe", wait(epoll, -1) + &wait(epoll, 20));
    read(one);
    [from, to, epoll].into_iter().for_each(|fd| drop(close(fd)));
}

/// A descriptor that was polled, closed, and is another file's now.
fn closed() {
    let (one, other) = connection();
    let (from, to) = pipe();
    poll([one, from, -1], 0);
    close(from);
    close(to);
    let (again, to_again) = pipe();
    say("same number", again == from);
    say("old state forgotten", poll([one, again, -1], 20));
    write(to_again, b"p");
    say("new state seen", poll([one, again, -1], -1));
    [one, other, again, to_again].into_iter().for_each(|fd| drop(close(fd)));
}

// SPDX-License-Identifier: GPL-2.0

//! Threads: many at once, and cancelled ones.

use std::ffi::{c_int, c_void};
use std::ptr::null_mut;
use std::thread;
use std::time::Duration;

use crate::sys::{close, connection, pipe, read, say, write};

unsafe extern "C" {
    fn pthread_cancel(thread: libc::pthread_t) -> c_int;
}

/// `PTHREAD_CANCELED` of `<pthread.h>`.
const CANCELED: *mut c_void = usize::MAX as *mut c_void;

pub fn run() {
    many();
    let (one, other) = connection();
    let (from, to) = pipe();
    say("cancelled in read of a socket", cancelled(reader, one));
    say("cancelled in read of a pipe", cancelled(reader, from));
    say("cancelled in poll of a socket", cancelled(poller, one));
    say("cancelled in poll of a pipe", cancelled(poller, from));
    say("the socket still works", write(one, b"yes") + &read(other));
    [one, other, from, to].into_iter().for_each(|fd| drop(close(fd)));
    say("end of", "threads");
}

fn many() {
    let threads: Vec<_> = (0..16).map(|_| thread::spawn(ping)).collect();
    let done = threads.into_iter().filter_map(|thread| thread.join().ok()).sum::<usize>();
    say("round trips", done);
}

fn ping() -> usize {
    let (one, other) = connection();
    let echo = thread::spawn(move || {
        for _ in 0..50 {
            read(other);
            write(other, b"pong");
        }
    });
    let right = (0..50).filter(|_| {
        write(one, b"ping");
        read(one) == "\"pong\""
    });
    let right = right.count();
    let _ = echo.join();
    [one, other].into_iter().for_each(|fd| drop(close(fd)));
    right
}

type Body = extern "C" fn(*mut c_void) -> *mut c_void;

fn cancelled(body: Body, fd: c_int) -> bool {
    let mut thread = 0;
    let mut result = null_mut();
    // SAFETY: a thread of ours, that is joined.
    unsafe {
        assert_eq!(
            libc::pthread_create(
                &raw mut thread,
                std::ptr::null(),
                body,
                fd as usize as *mut c_void
            ),
            0
        );
        std::thread::sleep(Duration::from_millis(50));
        assert_eq!(pthread_cancel(thread), 0);
        libc::pthread_join(thread, &raw mut result);
    }
    result == CANCELED
}

/// Nothing in these needs cleaning up.
extern "C" fn reader(fd: *mut c_void) -> *mut c_void {
    let mut byte = 0u8;
    // SAFETY: a local.
    unsafe { libc::read(fd as usize as c_int, (&raw mut byte).cast(), 1) };
    null_mut()
}

extern "C" fn poller(fd: *mut c_void) -> *mut c_void {
    let mut file = libc::pollfd { fd: fd as usize as c_int, events: libc::POLLIN, revents: 0 };
    // SAFETY: a local.
    unsafe { libc::poll(&raw mut file, 1, -1) };
    null_mut()
}

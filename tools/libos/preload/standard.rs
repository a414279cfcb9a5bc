// SPDX-License-Identifier: GPL-2.0

//! The standard streams. A shell's `echo 1 > /proc/sys/net/ipv4/ip_forward` writes to `stdout`,
//! whose descriptor has become one of the library; so has that of a program which is executed with
//! a socket for its standard input. Libc's own stream would call the host for it.
//!
//! From then on the stream is one of our functions, which ask whose the descriptor is each time.

use core::ffi::{c_int, c_void};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, Ordering};

use libc::FILE;

use crate::stdio;

unsafe extern "C" {
    static mut stdin: *mut FILE;
    static mut stdout: *mut FILE;
    static mut stderr: *mut FILE;
    fn __fpending(stream: *mut FILE) -> usize;
    fn __fpurge(stream: *mut FILE);
    fn __fbufsize(stream: *mut FILE) -> usize;
    fn __flbf(stream: *mut FILE) -> c_int;
}

/// What `<bits/types/struct_FILE.h>` begins with.
#[repr(C)]
struct Head {
    flags: c_int,
    reading: [usize; 3],
    written: *const c_void,
}

static FOLLOWS: AtomicBool = AtomicBool::new(true);

/// This process is about to become another program, and must not take memory for streams.
pub fn stop_following() {
    FOLLOWS.store(false, Ordering::Relaxed);
}

/// The library now has `fd`: its stream, if it is a standard one, is to be ours.
#[inline]
pub fn follow(fd: c_int) {
    if (0..=2).contains(&fd) && FOLLOWS.load(Ordering::Relaxed) {
        replace(fd);
    }
}

#[cold]
fn replace(fd: c_int) {
    let (place, mode) = match fd {
        0 => (&raw mut stdin, c"r"),
        1 => (&raw mut stdout, c"w"),
        _ => (&raw mut stderr, c"w"),
    };
    // SAFETY: libc's variables, and streams of which the program knows that they change.
    unsafe {
        let old = *place;
        if old.is_null() || stdio::is_ours(fd, old) {
            return;
        }
        let new = stdio::open_descriptor(fd, mode.as_ptr());
        if new.is_null() {
            return;
        }
        if fd != 0 {
            continue_with(old, new);
        }
        *place = new;
    }
}

/// `new` is buffered as `old` is, and begins with what that has not written yet.
///
/// # Safety
///
/// Both are streams to write to; nothing has been written to `new`.
unsafe fn continue_with(old: *mut FILE, new: *mut FILE) {
    const UNBUFFERED: usize = 1;
    // SAFETY: as the caller promises; so many bytes are in the buffer.
    unsafe {
        if __fbufsize(old) == UNBUFFERED {
            libc::setvbuf(new, null_mut(), libc::_IONBF, 0);
        } else if __flbf(old) != 0 {
            libc::setvbuf(new, null_mut(), libc::_IOLBF, 0);
        }
        let pending = __fpending(old);
        if pending > 0 {
            libc::fwrite((*old.cast::<Head>()).written, 1, pending, new);
            __fpurge(old);
        }
    }
}

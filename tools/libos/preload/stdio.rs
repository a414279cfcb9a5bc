// SPDX-License-Identifier: GPL-2.0

//! Streams: stdio reads and writes by libc's inner calls, which do not come here. A stream over a
//! descriptor of the library is therefore made with functions of our own (fopencookie(3)).

use core::ffi::{CStr, c_char, c_int, c_void};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicUsize, Ordering};

use libc::FILE;

use crate::call::{Call, Origin};
use crate::errno::{self, Errno, Outcome};
use crate::table::{LIMIT, Owner, TABLE};
use crate::{descriptors, files, instance, opened, real, route};

/// `cookie_io_functions_t` of `<stdio.h>`.
#[repr(C)]
struct Functions {
    read: Option<unsafe extern "C-unwind" fn(*mut c_void, *mut c_char, usize) -> isize>,
    write: Option<unsafe extern "C-unwind" fn(*mut c_void, *const c_char, usize) -> isize>,
    seek: Option<unsafe extern "C-unwind" fn(*mut c_void, *mut i64, c_int) -> c_int>,
    close: Option<unsafe extern "C-unwind" fn(*mut c_void) -> c_int>,
}

unsafe extern "C" {
    fn fopencookie(cookie: *mut c_void, mode: *const c_char, functions: Functions) -> *mut FILE;
}

/// The stream that was last made over each descriptor of the library.
static STREAMS: [AtomicUsize; LIMIT as usize] = [const { AtomicUsize::new(0) }; LIMIT as usize];

/// fopen(3). Files of the network are opened by us.
///
/// # Safety
///
/// As for fopen(3).
pub unsafe fn open(path: *const c_char, mode: *const c_char) -> *mut FILE {
    let call = Call::new(Origin::Point, libc::SYS_open, [path as usize]);
    if instance::is_attached() && files::place(&call, 0).is_some() {
        // SAFETY: the program's mode.
        return unsafe { open_ours(call, mode) };
    }
    let stream = real::FOPEN.get().map_or(null_mut(), |open| {
        // SAFETY: the program's own call.
        unsafe { open(path, mode) }
    });
    if !instance::is_attached() || stream.is_null() {
        return stream;
    }
    // SAFETY: a new stream.
    let fd = unsafe { descriptor(stream) };
    let Some(path) = opened::network_file(fd) else {
        // The host has just given it this number.
        descriptors::forget_stale(fd);
        return stream;
    };
    // SAFETY: nobody has seen the stream; the program's mode.
    unsafe {
        libc::fclose(stream);
        open_ours(call.with(libc::SYS_open, [path.as_ptr() as usize]), mode)
    }
}

/// Opens what `call` names for a stream of ours.
///
/// # Safety
///
/// As for fopen(3).
unsafe fn open_ours(call: Call, mode: *const c_char) -> *mut FILE {
    // SAFETY: the program's mode.
    let flags = flags_of(unsafe { CStr::from_ptr(mode) }.to_bytes());
    match route::route(call.with(libc::SYS_open, [call.args[0], flags as usize, 0o666])) {
        // SAFETY: the program's mode.
        Ok(fd) => unsafe { open_descriptor(fd as c_int, mode) },
        Err(error) => failed(error),
    }
}

fn failed(error: Errno) -> *mut FILE {
    errno::set(error);
    null_mut()
}

/// The flags of open(2) for a mode of fopen(3).
fn flags_of(mode: &[u8]) -> c_int {
    let both = mode.contains(&b'+');
    let access = |one| if both { libc::O_RDWR } else { one };
    let flags = match mode.first() {
        Some(b'w') => access(libc::O_WRONLY) | libc::O_CREAT | libc::O_TRUNC,
        Some(b'a') => access(libc::O_WRONLY) | libc::O_CREAT | libc::O_APPEND,
        _ => access(libc::O_RDONLY),
    };
    if mode.contains(&b'e') { flags | libc::O_CLOEXEC } else { flags }
}

/// fdopen(3).
///
/// # Safety
///
/// As for fdopen(3).
pub unsafe fn open_descriptor(fd: c_int, mode: *const c_char) -> *mut FILE {
    if !TABLE.is_library(fd) {
        // SAFETY: the program's own call.
        return real::FDOPEN.get().map_or(null_mut(), |open| unsafe { open(fd, mode) });
    }
    let functions =
        Functions { read: Some(read), write: Some(write), seek: None, close: Some(close) };
    // SAFETY: functions that take a descriptor for the cookie.
    let stream = unsafe { fopencookie(fd as usize as *mut c_void, mode, functions) };
    if let Some(entry) = STREAMS.get(fd as usize) {
        entry.store(stream as usize, Ordering::Release);
    }
    stream
}

/// fileno(3).
///
/// # Safety
///
/// As for fileno(3).
pub unsafe fn descriptor(stream: *mut FILE) -> c_int {
    // SAFETY: the program's own call.
    let fd = real::FILENO.get().map_or(-1, |fileno| unsafe { fileno(stream) });
    if fd >= 0 {
        return fd;
    }
    // Standard streams stay ours when their descriptors are the host's again.
    let standard = (0..3).filter(|fd| !TABLE.is_library(*fd));
    let mut all = standard.chain(TABLE.foreign(0, LIMIT));
    all.find(|fd| is_ours(*fd, stream)).unwrap_or(-1)
}

/// Whether `stream` is the one that we have made over `fd`.
pub fn is_ours(fd: c_int, stream: *mut FILE) -> bool {
    let entry = usize::try_from(fd).ok().and_then(|fd| STREAMS.get(fd));
    entry.is_some_and(|entry| entry.load(Ordering::Acquire) == stream as usize)
}

/// fclose(3). The number may have a stand-in in the library, of which libc does not know.
///
/// # Safety
///
/// As for fclose(3).
pub unsafe fn close_stream(stream: *mut FILE) -> c_int {
    // SAFETY: the program's stream.
    let fd = unsafe { descriptor(stream) };
    let mirrored = TABLE.owner(fd) == Owner::Mirrored;
    // SAFETY: the program's own call.
    let result = real::FCLOSE.get().map_or(-1, |close| unsafe { close(stream) });
    if mirrored {
        crate::descriptors::forget_stale(fd);
    }
    result
}

fn transfer(nr: i64, cookie: *mut c_void, buffer: usize, len: usize) -> Outcome {
    route::route(Call::new(Origin::Point, nr, [cookie as usize, buffer, len]))
}

/// # Safety
///
/// Called by stdio.
unsafe extern "C-unwind" fn read(cookie: *mut c_void, buffer: *mut c_char, len: usize) -> isize {
    errno::returned(transfer(libc::SYS_read, cookie, buffer as usize, len))
}

/// # Safety
///
/// Called by stdio, which takes 0 for an error.
unsafe extern "C-unwind" fn write(cookie: *mut c_void, buffer: *const c_char, len: usize) -> isize {
    let mut written = 0;
    while written < len {
        match transfer(libc::SYS_write, cookie, buffer as usize + written, len - written) {
            Ok(more) => written += more as usize,
            Err(error) => {
                errno::set(error);
                break;
            }
        }
    }
    written as isize
}

/// # Safety
///
/// Called by stdio.
unsafe extern "C-unwind" fn close(cookie: *mut c_void) -> c_int {
    if let Some(entry) = STREAMS.get(cookie as usize) {
        entry.store(0, Ordering::Release);
    }
    errno::returned(transfer(libc::SYS_close, cookie, 0, 0)) as c_int
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes() {
        assert_eq!(flags_of(b"r"), libc::O_RDONLY);
        assert_eq!(flags_of(b"re"), libc::O_RDONLY | libc::O_CLOEXEC);
        assert_eq!(flags_of(b"r+"), libc::O_RDWR);
        assert_eq!(flags_of(b"wb"), libc::O_WRONLY | libc::O_CREAT | libc::O_TRUNC);
        assert_eq!(flags_of(b"a+"), libc::O_RDWR | libc::O_CREAT | libc::O_APPEND);
        assert_eq!(flags_of(b""), libc::O_RDONLY);
    }
}

// SPDX-License-Identifier: GPL-2.0

//! Streams of directories, opendir(3): libc reads a directory by inner calls, which do not come here.
//! One of the library's is therefore read by functions of our own.

use core::ffi::c_int;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, MutexGuard, PoisonError};

use libc::dirent64;

use crate::call::{Call, Origin};
use crate::errno::{Errno, Outcome};
use crate::route;

const ROOM: usize = 4096;

/// What the program's `DIR *` is.
pub struct Directory {
    pub fd: c_int,
    entries: Entries,
    /// How much of them has been read, and how much of that has been given.
    filled: usize,
    given: usize,
    /// Where the next entry is: telldir(3).
    position: i64,
}

#[repr(align(8))]
struct Entries([u8; ROOM]);

/// The addresses of all, and their number.
static ALL: Mutex<Vec<usize>> = Mutex::new(Vec::new());
static COUNT: AtomicUsize = AtomicUsize::new(0);

fn all() -> MutexGuard<'static, Vec<usize>> {
    ALL.lock().unwrap_or_else(PoisonError::into_inner)
}

fn call<const N: usize>(nr: i64, args: [usize; N]) -> Outcome {
    route::route(Call::new(Origin::Function, nr, args))
}

/// A stream over the library's directory `fd`.
pub fn open(fd: c_int) -> *mut Directory {
    let entries = Entries([0; ROOM]);
    let directory = Box::new(Directory { fd, entries, filled: 0, given: 0, position: 0 });
    let address = Box::into_raw(directory);
    all().push(address as usize);
    COUNT.fetch_add(1, Ordering::Release);
    address
}

/// Whether a stream is one of ours.
pub fn is_ours<T>(stream: *mut T) -> bool {
    COUNT.load(Ordering::Acquire) != 0 && all().contains(&(stream as usize))
}

/// closedir(3).
///
/// # Safety
///
/// One of ours, which nobody uses any more.
pub unsafe fn close(directory: *mut Directory) -> Outcome {
    all().retain(|address| *address != directory as usize);
    COUNT.fetch_sub(1, Ordering::Release);
    // SAFETY: made by `open`, and now nobody's.
    let fd = unsafe { Box::from_raw(directory) }.fd;
    call(libc::SYS_close, [fd as usize])
}

impl Directory {
    /// readdir(3): the next entry, null after the last.
    pub fn next(&mut self) -> Result<*mut dirent64, Errno> {
        if self.given >= self.filled {
            let buffer = self.entries.0.as_mut_ptr() as usize;
            let read = call(libc::SYS_getdents64, [self.fd as usize, buffer, ROOM])?;
            (self.filled, self.given) = (read as usize, 0);
            if read == 0 {
                return Ok(null_mut());
            }
        }
        // SAFETY: the kernel has put an entry there, aligned.
        unsafe {
            let entry = self.entries.0.as_mut_ptr().add(self.given).cast::<dirent64>();
            self.given += usize::from((*entry).d_reclen);
            self.position = (*entry).d_off;
            Ok(entry)
        }
    }

    pub fn position(&self) -> i64 {
        self.position
    }

    /// seekdir(3).
    pub fn seek(&mut self, position: i64) {
        let args = [self.fd as usize, position as usize, libc::SEEK_SET as usize];
        if call(libc::SYS_lseek, args).is_ok() {
            (self.filled, self.given, self.position) = (0, 0, position);
        }
    }
}

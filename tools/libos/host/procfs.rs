// SPDX-License-Identifier: GPL-2.0

//! The calling thread's folder in procfs. Those of the process are not to be seen when its first thread has
//! ended; and after chroot(2) there may be no /proc, so the way begins at a folder there that is open, the
//! launcher's own ([`Process::nowhere`]). Nothing here allocates: it may be called by a signal handler.

use core::ffi::CStr;
use core::fmt::{Arguments, Write};

use crate::gate;
use crate::process::Process;

/// A path to something of the calling thread's, below an open folder.
struct Path {
    bytes: [u8; 64],
    len: usize,
}

impl Path {
    fn new(top: &str, what: Arguments<'_>) -> Self {
        let mut path = Path { bytes: [0; 64], len: 0 };
        let _ = write!(path, "{top}/thread-self/{what}");
        path
    }

    fn as_c_str(&self) -> &CStr {
        CStr::from_bytes_until_nul(&self.bytes).unwrap_or_default()
    }
}

impl Write for Path {
    fn write_str(&mut self, text: &str) -> core::fmt::Result {
        let end = self.len + text.len();
        // The last byte stays 0.
        let room = self.bytes[..63].get_mut(self.len..end).ok_or(core::fmt::Error)?;
        room.copy_from_slice(text.as_bytes());
        self.len = end;
        Ok(())
    }
}

/// A system call that takes a folder and a path first, about `what` of the calling thread. What the host
/// returns.
///
/// # Safety
///
/// As for the system call `nr` with these arguments.
unsafe fn call(process: &Process, nr: i64, what: Arguments<'_>, [c, d]: [usize; 2]) -> isize {
    let at = |folder: i32, top: &str| {
        let path = Path::new(top, what);
        let args = [folder as usize, path.as_c_str().as_ptr() as usize, c, d, 0, 0];
        // SAFETY: as the caller promises.
        unsafe { gate::syscall(nr, args) }
    };
    match at(process.nowhere, "..") {
        // The launcher had none, or hides it (`hidepid`).
        result if [libc::ENOENT, libc::EACCES, libc::EPERM].contains(&(-result as i32)) => {
            at(libc::AT_FDCWD, "/proc")
        }
        result => result,
    }
}

/// Opens `what` of the calling thread: a descriptor, or a negative errno.
pub fn open(process: &Process, what: Arguments<'_>, flags: i32) -> isize {
    // SAFETY: a path and flags.
    unsafe { call(process, libc::SYS_openat, what, [flags as usize, 0]) }
}

/// Reads the link `what` of the calling thread.
pub fn read_link<'a>(
    process: &Process,
    what: Arguments<'_>,
    room: &'a mut [u8],
) -> Option<&'a [u8]> {
    let args = [room.as_mut_ptr() as usize, room.len()];
    // SAFETY: a buffer of that size.
    let len = unsafe { call(process, libc::SYS_readlinkat, what, args) };
    room.get(..usize::try_from(len).ok()?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_of_the_thread() {
        let path = Path::new("..", format_args!("fd/{}", 973));
        assert_eq!(path.as_c_str(), c"../thread-self/fd/973");
        let long = Path::new("..", format_args!("{:100}", 1));
        assert!(long.as_c_str().count_bytes() < 64);
    }
}

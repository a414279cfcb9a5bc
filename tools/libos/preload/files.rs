// SPDX-License-Identifier: GPL-2.0

//! Files of the network in /proc, /sys and /dev, which are the library's.
//!
//! One that is opened for reading is read at once, into a memory file of the host, which then
//! works like any other, with stdio too. One that is opened for writing is a descriptor of the
//! library.

use core::ffi::c_int;
use std::ffi::CStr;

use crate::call::Call;
use crate::errno::{Errno, Outcome};
use crate::table::TABLE;
use crate::{descriptors, host, library, policy};

const AT_FDCWD: usize = libc::AT_FDCWD as usize;

pub fn open(call: Call) -> Outcome {
    open_path(call, 0, call.args[1], call.args[2])
}

pub fn open_at(call: Call) -> Outcome {
    open_path(call, 1, call.args[2], call.args[3])
}

pub fn create(call: Call) -> Outcome {
    let flags = libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC;
    open_path(call, 0, flags as usize, call.args[1])
}

fn open_path(call: Call, index: usize, flags: usize, mode: usize) -> Outcome {
    let Some(path) = call.path(index).and_then(policy::network_path) else {
        return descriptors::made(call.to_host());
    };
    if is_read_only(flags as c_int) {
        return read_now(call, &path, flags);
    }
    let open = call.with(libc::SYS_openat, [AT_FDCWD, path.as_ptr() as usize, flags, mode]);
    descriptors::create(open, flags as c_int & libc::O_CLOEXEC != 0)
}

fn is_read_only(flags: c_int) -> bool {
    const OTHERS: c_int = libc::O_ACCMODE | libc::O_PATH | libc::O_DIRECTORY;
    flags & OTHERS == libc::O_RDONLY
}

/// A memory file with what the library's file at `path` holds now.
fn read_now(call: Call, path: &CStr, flags: usize) -> Outcome {
    let copy = memory_file(flags as c_int & libc::O_CLOEXEC != 0)?;
    match fill(call, path, flags, copy as usize) {
        Ok(_) => Ok(copy),
        Err(error) => {
            let _ = host::close(copy as c_int);
            Err(error)
        }
    }
}

fn memory_file(close_on_exec: bool) -> Outcome {
    let flag = if close_on_exec { libc::MFD_CLOEXEC } else { 0 };
    let name = c"network".as_ptr() as usize;
    descriptors::made(host::syscall(libc::SYS_memfd_create, [name, flag as usize]))
}

/// The file is open in the library for the moment, at the number of its copy.
fn fill(call: Call, path: &CStr, flags: usize, fd: usize) -> Outcome {
    let open = call.with(libc::SYS_openat, [AT_FDCWD, path.as_ptr() as usize, flags]);
    open.to_library_making(fd as c_int)?;
    let copied = copy(fd);
    let _ = library::close(fd as c_int);
    copied?;
    host::syscall(libc::SYS_lseek, [fd, 0, libc::SEEK_SET as usize])
}

/// From the library's descriptor to the host's of the same number. Its buffer must not become part
/// of a caller's frame: the calls of a thread with a small stack come that way too.
#[inline(never)]
fn copy(fd: usize) -> Outcome {
    let mut buffer = [0u8; 4096];
    let address = buffer.as_mut_ptr() as usize;
    loop {
        let read = library::syscall(libc::SYS_read, [fd, address, buffer.len()])?;
        if read == 0 {
            return Ok(0);
        }
        if host::syscall(libc::SYS_write, [fd, address, read as usize])? < read {
            return Err(Errno(libc::ENOMEM));
        }
    }
}

/// A call about a file, whose path is the argument of this index.
pub fn path(call: Call, index: usize) -> Outcome {
    match call.path(index).and_then(policy::network_path) {
        None => call.to_host(),
        Some(path) => {
            let mut renamed = call;
            renamed.args[index] = path.as_ptr() as usize;
            renamed.to_library()
        }
    }
}

/// fstatat(2), statx(2): about the descriptor if the path is empty.
pub fn descriptor_or_path(call: Call) -> Outcome {
    if TABLE.is_library(call.int(0)) && call.path(1).is_none_or(CStr::is_empty) {
        return call.to_library();
    }
    path(call, 1)
}

// SPDX-License-Identifier: GPL-2.0

//! Files of the network in /proc, /sys and /dev, which are the library's.
//!
//! One that is opened for reading is read at once, into a memory file of the host, which then
//! works like any other, with stdio too. One that is opened for writing is a descriptor of the
//! library.

use core::ffi::{CStr, c_int};
use std::borrow::Cow;

use crate::call::Call;
use crate::errno::{Errno, Outcome};
use crate::table::TABLE;
use crate::{copies, descriptors, folder, host, links, memory, opened, policy};

const AT_FDCWD: usize = libc::AT_FDCWD as usize;

pub fn open(call: Call) -> Outcome {
    open_path(call, 0, call.args[1], call.args[2])
}

pub fn open_at(call: Call) -> Outcome {
    open_path(call, 1, call.args[2], call.args[3])
}

/// openat2(2), whose flags and mode are at the head of a `struct open_how`.
pub fn open_at2(call: Call) -> Outcome {
    const OPEN_HOW_SIZE_VER0: usize = 24;
    match memory::read::<[usize; 2]>(call.args[2]) {
        Some([flags, mode]) if call.args[3] >= OPEN_HOW_SIZE_VER0 => {
            open_path(call, 1, flags, mode)
        }
        _ => call.to_host(),
    }
}

pub fn create(call: Call) -> Outcome {
    let flags = libc::O_CREAT | libc::O_WRONLY | libc::O_TRUNC;
    open_path(call, 0, flags as usize, call.args[1])
}

fn open_path(call: Call, index: usize, flags: usize, mode: usize) -> Outcome {
    if let Some(place) = place(&call, index) {
        return open_place(&call, &place, flags, mode);
    }
    let fd = call.to_host()?;
    let Some(path) = opened::network_file(fd as c_int) else {
        return descriptors::made(Ok(fd));
    };
    // Its path led there in a way that is not to be seen in its text.
    let _ = host::close(fd as c_int);
    open_place(&call, &Place { folder: AT_FDCWD, path: Cow::Owned(path) }, flags, mode)
}

fn open_place(call: &Call, place: &Place, flags: usize, mode: usize) -> Outcome {
    let path = place.path.as_ptr() as usize;
    let open = call.with(libc::SYS_openat, [place.folder, path, flags, mode]);
    if is_read_only(flags as c_int) { read_now(open) } else { open_in_library(open) }
}

fn open_in_library(open: Call) -> Outcome {
    descriptors::create(open, open.int(2) & libc::O_CLOEXEC != 0)
}

/// A file of the library's, as openat(2) has it.
pub struct Place<'a> {
    folder: usize,
    pub path: Cow<'a, CStr>,
}

/// What the path, the call's argument of this index, is to the library; `None` if it is the host's. In
/// calls that have a directory it is the argument before.
pub fn place<'a>(call: &'a Call, index: usize) -> Option<Place<'a>> {
    let path = call.path(index)?;
    let at = |path| Place { folder: AT_FDCWD, path };
    if let Some(path) = policy::network_path(path) {
        return Some(at(path));
    }
    let folder = index.checked_sub(1).map_or(AT_FDCWD, |before| call.args[before]);
    if folder as c_int == libc::AT_FDCWD {
        let path = folder::resolve(path)?;
        let path = policy::network_path(&path)?.into_owned();
        return Some(at(Cow::Owned(path)));
    }
    let relative = !path.is_empty() && path.to_bytes()[0] != b'/';
    let below = relative && TABLE.is_library(folder as c_int);
    below.then_some(Place { folder, path: Cow::Borrowed(path) })
}

fn is_read_only(flags: c_int) -> bool {
    const OTHERS: c_int = libc::O_ACCMODE | libc::O_PATH | libc::O_DIRECTORY;
    flags & OTHERS == libc::O_RDONLY
}

/// A memory file with what the library's file holds now. A directory has to be one of the library's.
fn read_now(open: Call) -> Outcome {
    let copy = copies::make(&open)?;
    match copies::fill(open, copy as usize) {
        Ok(_) => Ok(copy),
        Err(Errno(libc::EISDIR)) => {
            let _ = host::close(copy as c_int);
            open_in_library(open)
        }
        Err(error) => {
            let _ = host::close(copy as c_int);
            Err(error)
        }
    }
}

/// A call about a file, whose path is the argument of this index.
pub fn path(call: Call, index: usize) -> Outcome {
    if let Some(place) = place(&call, index) {
        return renamed(&call, index, &place.path).to_library();
    }
    let Some(descriptor) = call.path(index).and_then(links::of_descriptor) else {
        return call.to_host();
    };
    match renamed(&call, index, &descriptor).to_library() {
        // It is no placeholder, but what all of them are copies of.
        Err(Errno(libc::ENOENT)) => call.to_host(),
        outcome => outcome,
    }
}

fn renamed(call: &Call, index: usize, path: &CStr) -> Call {
    let mut renamed = *call;
    renamed.args[index] = path.as_ptr() as usize;
    renamed
}

/// fstatat(2), statx(2): about the descriptor if the path is empty.
pub fn descriptor_or_path(call: Call) -> Outcome {
    match call.path(1).is_none_or(CStr::is_empty) {
        true => descriptor(call),
        false => path(call, 1),
    }
}

/// fstat(2), and those.
pub fn descriptor(call: Call) -> Outcome {
    if TABLE.is_library(call.int(0)) {
        return call.to_library();
    }
    let outcome = call.to_host()?;
    copies::identify(&call);
    Ok(outcome)
}

// SPDX-License-Identifier: GPL-2.0

//! sendfile(2) from the host to the library, or back: the data passes through this process.

use crate::call::Call;
use crate::errno::{Errno, Outcome};
use crate::memory;
use crate::table::TABLE;

/// As much as fits a small thread's stack.
const PIECE: usize = 16 << 10;

pub fn send_file(call: Call) -> Outcome {
    match (TABLE.is_library(call.int(0)), TABLE.is_library(call.int(1))) {
        (false, false) => call.to_host(),
        (true, true) => call.to_library(),
        // What Linux says of a socket as the source.
        (false, true) => Err(Errno(libc::EINVAL)),
        (true, false) => copy(call),
    }
}

/// From a file of the host to a descriptor of the library.
fn copy(call: Call) -> Outcome {
    let [to, from, offset, count, ..] = call.args;
    let start = position(call, from, offset)?;
    let mut sent = 0;
    let result = loop {
        match piece(call, to, from, start + sent, count - sent) {
            Ok(0) => break Ok(()),
            Ok(more) => sent += more,
            Err(error) => break Err(error),
        }
        if sent == count {
            break Ok(());
        }
    };
    set_position(call, from, offset, start + sent)?;
    match result {
        Err(error) if sent == 0 => Err(error),
        _ => Ok(sent as isize),
    }
}

/// Where to read: what `offset` points to, or where the file is.
fn position(call: Call, from: usize, offset: usize) -> Result<usize, Errno> {
    if offset != 0 {
        return memory::read::<i64>(offset).map(|at| at as usize).ok_or(Errno(libc::EFAULT));
    }
    let args = [from, 0, libc::SEEK_CUR as usize];
    call.with(libc::SYS_lseek, args).to_host().map(|at| at as usize)
}

fn set_position(call: Call, from: usize, offset: usize, at: usize) -> Result<(), Errno> {
    if offset != 0 {
        return if memory::write(offset, at as i64) { Ok(()) } else { Err(Errno(libc::EFAULT)) };
    }
    let args = [from, at, libc::SEEK_SET as usize];
    call.with(libc::SYS_lseek, args).to_host().map(drop)
}

/// Sends up to `most` bytes from `at` on. How many; 0 at the end of the file. Never inlined: see
/// `files::copy`.
#[inline(never)]
fn piece(call: Call, to: usize, from: usize, at: usize, most: usize) -> Result<usize, Errno> {
    let mut buffer = [0u8; PIECE];
    let buffer = buffer.as_mut_ptr() as usize;
    let read = call.with(libc::SYS_pread64, [from, buffer, most.min(PIECE), at]).to_host()?;
    if read == 0 {
        return Ok(0);
    }
    let sent = call.with(libc::SYS_write, [to, buffer, read as usize]).to_library()?;
    Ok(sent as usize)
}

// SPDX-License-Identifier: GPL-2.0

//! splice(2), tee(2), copy_file_range(2). A pipe is always the host's: there is nothing that both
//! kernels could splice. What a program has in a pipe already passes through this process, though: it
//! cannot take it back when it is told that splice(2) is not possible.

use core::ffi::c_int;

use crate::call::Call;
use crate::errno::{Errno, Outcome};
use crate::host;
use crate::table::TABLE;

/// As much as fits a small thread's stack.
const PIECE: usize = 16 << 10;

pub fn splice(call: Call) -> Outcome {
    let other = if call.nr == libc::SYS_tee { 1 } else { 2 };
    match (TABLE.is_library(call.int(0)), TABLE.is_library(call.int(other))) {
        (false, false) => call.to_host(),
        (false, true) if call.nr == libc::SYS_splice => empty(call),
        _ => Err(Errno(libc::EINVAL)),
    }
}

/// From a pipe to a descriptor of the library. What that does not take stays in the pipe, so it is a
/// copy that is offered, and then as much is taken.
fn empty(call: Call) -> Outcome {
    let [pipe, _, to, _, len, flags] = call.args;
    let copy = Pipe::new()?;
    let args = [pipe, copy.to as usize, len.min(PIECE), flags];
    if Call::new(call.origin, libc::SYS_tee, args).to_host()? == 0 {
        return Ok(0);
    }
    offer(call, pipe, to, &copy)
}

/// Never inlined: see `files::copy`.
#[inline(never)]
fn offer(call: Call, pipe: usize, to: usize, copy: &Pipe) -> Outcome {
    let mut buffer = [0u8; PIECE];
    let at = buffer.as_mut_ptr() as usize;
    let read = host::syscall(libc::SYS_read, [copy.from as usize, at, PIECE])? as usize;
    let sent = call.with(libc::SYS_write, [to, at, read]).to_library()?;
    host::syscall(libc::SYS_read, [pipe, at, sent as usize])
}

/// A pipe for the moment.
struct Pipe {
    from: c_int,
    to: c_int,
}

impl Pipe {
    fn new() -> Result<Self, Errno> {
        let mut pair = [0 as c_int; 2];
        let args = [pair.as_mut_ptr() as usize, libc::O_CLOEXEC as usize];
        host::syscall(libc::SYS_pipe2, args)?;
        Ok(Pipe { from: pair[0], to: pair[1] })
    }
}

impl Drop for Pipe {
    fn drop(&mut self) {
        let _ = host::close(self.from);
        let _ = host::close(self.to);
    }
}

// SPDX-License-Identifier: GPL-2.0

//! mmap(2) and munmap(2): memory is the host's, but for what files of the library share, the rings of
//! packet sockets. The library's descriptors of such mappings have the highest numbers that there are.

use liblinux_abi::SimIovec;
use libos_control::layout::{NODE_FD, PROGRAM_FDS};
use libos_loader::mapping::{self, MAPPINGS, Request};

use crate::descriptors::{is_host, is_open};
use crate::dispatch::Call;
use crate::host;
use crate::library::quietly;
use crate::thread::{Current, current};

/// mmap(2).
pub fn map(call: &mut Call<'_>) -> isize {
    let [address, len, access, flags, _, offset] = call.args;
    let (flags, fd) = (flags as i32, call.int(4));
    if flags & libc::MAP_ANONYMOUS != 0 || is_host(fd) {
        return host::call(call.nr, call.args);
    }
    if !is_open(fd) {
        return host::error(libc::EBADF);
    }
    if offset != 0 {
        return host::error(libc::EINVAL);
    }
    let request = Request { address, len, access: access as i32, flags };
    match mapping::map(&current(), fd, request) {
        Ok(address) => address as isize,
        Err(errno) => host::error(errno),
    }
}

/// munmap(2).
pub fn unmap(call: &mut Call<'_>) -> isize {
    let result = host::call(call.nr, call.args);
    if result == 0 {
        mapping::unmapped(&current(), call.args[0], call.args[1]);
    }
    result
}

impl mapping::Process for Current {
    fn memory(&self) -> (i32, usize) {
        (NODE_FD, self.base())
    }

    fn pieces(&self, fd: i32, room: &mut [SimIovec]) -> isize {
        let Some(pieces) = self.exported().file_pieces else { return host::error(libc::ENODEV) };
        // SAFETY: this thread's own task, and the caller's room.
        unsafe { pieces(self.task(), fd, room.as_mut_ptr(), room.len()) as isize }
    }

    fn keep(&self, number: usize, fd: i32) -> Result<(), i32> {
        let to = descriptor(number);
        if is_open(to) {
            return Err(libc::EMFILE);
        }
        let [soft, hard] = limit([0; 2]);
        limit([hard, hard]);
        let made = quietly(libc::SYS_dup3, [fd as usize, to as usize, libc::O_CLOEXEC as usize]);
        limit([soft, hard]);
        // The program has given up descriptors for good.
        if made < 0 { Err(libc::EMFILE) } else { Ok(()) }
    }

    fn close(&self, number: usize) {
        quietly(libc::SYS_close, [descriptor(number) as usize]);
    }
}

/// The library's descriptor of a mapping.
fn descriptor(number: usize) -> i32 {
    PROGRAM_FDS - MAPPINGS as i32 + number as i32
}

/// Sets the soft and the hard limit of the library's descriptors, unless they are 0. Those before.
fn limit(new: [u64; 2]) -> [u64; 2] {
    let mut before = [0u64; 2];
    let new = if new == [0; 2] { 0 } else { &raw const new as usize };
    let which = libc::RLIMIT_NOFILE as usize;
    quietly(libc::SYS_prlimit64, [0, which, new, before.as_mut_ptr() as usize]);
    before
}

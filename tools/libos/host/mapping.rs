// SPDX-License-Identifier: GPL-2.0

//! [`libos_loader::mapping`] for programs of an instance. The library's descriptors of mappings have the
//! numbers where the host has the instance's own, which no program can use.

use liblinux_abi::SimIovec;
pub use libos_loader::mapping::Request;
use libos_loader::mapping::{self, MAPPINGS};

use crate::layout::DESCRIPTORS;
use crate::process::{Process, process};
use crate::thread;

const _: () = assert!(MAPPINGS <= DESCRIPTORS);

impl mapping::Process for Process {
    fn memory(&self) -> (i32, usize) {
        (self.memfd, self.base)
    }

    fn pieces(&self, fd: i32, room: &mut [SimIovec]) -> isize {
        thread::file_pieces(fd, room)
    }

    fn keep(&self, number: usize, fd: i32) -> Result<(), i32> {
        let to = self.memfd as usize + number;
        let args = [fd as usize, to, libc::O_CLOEXEC as usize, 0, 0, 0];
        match thread::syscall(libc::SYS_dup3, args) {
            0.. => Ok(()),
            errno => Err(-errno as i32),
        }
    }

    fn close(&self, number: usize) {
        // It cannot fail, or it has been closed with everything else.
        thread::syscall(libc::SYS_close, [self.memfd as usize + number, 0, 0, 0, 0, 0]);
    }
}

/// mmap(2) of the library's descriptor `fd` from its beginning: the address, or an errno.
pub fn map(fd: i32, request: Request) -> Result<usize, i32> {
    mapping::map(process(), fd, request)
}

/// munmap(2) has unmapped these addresses.
pub fn unmapped(address: usize, len: usize) {
    mapping::unmapped(process(), address, len);
}

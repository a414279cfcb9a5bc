// SPDX-License-Identifier: GPL-2.0

//! mmap(2) and munmap(2) where they are about files of the library.

use libos_host::mapping::{self, Request};

use crate::call::Call;
use crate::errno::{Errno, Outcome};
use crate::instance;
use crate::table::TABLE;

pub fn map(call: Call) -> Outcome {
    let [address, len, access, flags, _, offset] = call.args;
    let (flags, fd) = (flags as i32, call.int(4));
    if flags & libc::MAP_ANONYMOUS != 0 || !TABLE.is_library(fd) {
        return call.to_host();
    }
    if offset != 0 {
        return Err(Errno(libc::EINVAL));
    }
    let request = Request { address, len, access: access as i32, flags };
    mapping::map(fd, request).map(|address| address as isize).map_err(Errno)
}

pub fn unmap(call: Call) -> Outcome {
    let [address, len, ..] = call.args;
    let outcome = call.to_host();
    if outcome.is_ok() && instance::is_attached() {
        mapping::unmapped(address, len);
    }
    outcome
}

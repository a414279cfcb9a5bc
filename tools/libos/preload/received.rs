// SPDX-License-Identifier: GPL-2.0

//! Messages from a socket of the host, which may bring descriptors (unix(7), SCM_RIGHTS).

use core::ffi::c_int;

use libc::{cmsghdr, mmsghdr, msghdr};

use crate::call::Call;
use crate::descriptors;
use crate::errno::Outcome;
use crate::table::TABLE;

/// recvmsg(2).
pub fn message(call: Call) -> Outcome {
    if TABLE.is_library(call.int(0)) {
        return call.to_library();
    }
    let outcome = call.to_host()?;
    // SAFETY: the host has just written it.
    unsafe { note(call.args[1] as *const msghdr, closes_on_exec(call, 2)) };
    Ok(outcome)
}

/// recvmmsg(2).
pub fn messages(call: Call) -> Outcome {
    if TABLE.is_library(call.int(0)) {
        return call.to_library();
    }
    let count = call.to_host()?;
    let first = call.args[1] as *const mmsghdr;
    for i in 0..count as usize {
        // SAFETY: the host has just written them.
        unsafe { note(&raw const (*first.add(i)).msg_hdr, closes_on_exec(call, 3)) };
    }
    Ok(count)
}

/// Whether the flags, the argument of this index, say that what comes is closed by execve(2).
fn closes_on_exec(call: Call, index: usize) -> bool {
    call.int(index) & libc::MSG_CMSG_CLOEXEC != 0
}

/// # Safety
///
/// The message is one that the host has received.
unsafe fn note(message: *const msghdr, close_on_exec: bool) {
    // SAFETY: as the caller promises.
    unsafe {
        let mut header = libc::CMSG_FIRSTHDR(message);
        while !header.is_null() {
            if (*header).cmsg_level == libc::SOL_SOCKET && (*header).cmsg_type == libc::SCM_RIGHTS {
                note_descriptors(header, close_on_exec);
            }
            header = libc::CMSG_NXTHDR(message, header);
        }
    }
}

/// # Safety
///
/// A header of SCM_RIGHTS that the host has written.
unsafe fn note_descriptors(header: *const cmsghdr, close_on_exec: bool) {
    // SAFETY: as the caller promises.
    unsafe {
        let data = libc::CMSG_DATA(header).cast::<c_int>();
        let bytes = (*header).cmsg_len - (data as usize - header as usize);
        for i in 0..bytes / size_of::<c_int>() {
            descriptors::received(data.add(i).read_unaligned(), close_on_exec);
        }
    }
}

// SPDX-License-Identifier: GPL-2.0

//! Messages to a socket of the host, which may take descriptors along (unix(7), SCM_RIGHTS). Those of
//! the library go as letters ([`libos_host::letter`]).

use core::ffi::{c_int, c_uint};

use libc::{cmsghdr, mmsghdr, msghdr};
use libos_host::letter::{self, Letter};

use crate::call::Call;
use crate::errno::{Errno, Outcome};
use crate::instance;
use crate::table::TABLE;

/// sendmsg(2).
pub fn message(call: Call) -> Outcome {
    if TABLE.is_library(call.int(0)) {
        return call.to_library();
    }
    // SAFETY: the program's message.
    match unsafe { messages_at::<msghdr>(call.args[1], 1) } {
        [message] if has_ours(message) => enclosed(call, message),
        _ => call.to_host(),
    }
}

/// sendmmsg(2): one after the other if that matters.
pub fn messages(call: Call) -> Outcome {
    const MOST: usize = 1024;
    if TABLE.is_library(call.int(0)) {
        return call.to_library();
    }
    let count = (call.args[2] as u32 as usize).min(MOST);
    // SAFETY: the program's messages.
    let all = unsafe { messages_at::<mmsghdr>(call.args[1], count) };
    if !all.iter().any(|message| has_ours(&message.msg_hdr)) {
        return call.to_host();
    }
    let mut sent = 0;
    for entry in all {
        let header = core::ptr::from_ref(&entry.msg_hdr);
        match message(call.with(libc::SYS_sendmsg, [call.args[0], header as usize, call.args[3]])) {
            Err(error) if sent == 0 => return Err(error),
            Err(_) => break,
            Ok(len) => {
                // SAFETY: the program's, who wants to know.
                unsafe { (&raw const entry.msg_len).cast_mut().write(len as c_uint) };
                sent += 1;
            }
        }
    }
    Ok(sent)
}

/// What cannot be there is empty here; the kernel that gets the call says what is wrong with it.
///
/// # Safety
///
/// `count` messages are there, if any.
unsafe fn messages_at<'a, T>(address: usize, count: usize) -> &'a [T] {
    const FIRST_PAGE: usize = 4096;
    if address < FIRST_PAGE || !address.is_multiple_of(align_of::<T>()) {
        return &[];
    }
    // SAFETY: as the caller promises.
    unsafe { core::slice::from_raw_parts(address as *const T, count) }
}

/// Whether a descriptor is in it that is not simply the host's.
fn has_ours(message: &msghdr) -> bool {
    if message.msg_control.is_null() {
        return false;
    }
    let mut found = false;
    // SAFETY: the program's message.
    unsafe { for_each_descriptor(message, |fd| found |= !is_hosts(*fd)) };
    found
}

fn is_hosts(fd: c_int) -> bool {
    !TABLE.is_library(fd) && !instance::owns(fd)
}

/// A letter about `fd`, which is the library's; the instance's own are not there for the program.
fn letter_about(fd: c_int) -> Result<Letter, Errno> {
    if instance::owns(fd) {
        return Err(Errno(libc::EBADF));
    }
    letter::write(fd).map_err(Errno)
}

/// # Safety
///
/// The message's control data is there; it may be written to if `visit` does.
unsafe fn for_each_descriptor(message: *const msghdr, mut visit: impl FnMut(&mut c_int)) {
    // SAFETY: as the caller promises.
    unsafe {
        let mut header = libc::CMSG_FIRSTHDR(message);
        while !header.is_null() && (*header).cmsg_len >= size_of::<cmsghdr>() {
            if (*header).cmsg_level == libc::SOL_SOCKET && (*header).cmsg_type == libc::SCM_RIGHTS {
                let data = libc::CMSG_DATA(header).cast::<c_int>();
                let end = (*message).msg_control as usize + (*message).msg_controllen;
                let end = end.min(header as usize + (*header).cmsg_len);
                let count = end.saturating_sub(data as usize) / size_of::<c_int>();
                (0..count).for_each(|i| visit(&mut *data.add(i)));
            }
            header = libc::CMSG_NXTHDR(message, header);
        }
    }
}

/// As much control data as there can be with descriptors in it: the most that the host takes, and
/// credentials.
const CONTROL: usize = 2048;

/// Sends a message with letters in the place of the library's descriptors. Never inlined: see
/// `files::copy`.
#[inline(never)]
fn enclosed(call: Call, message: &msghdr) -> Outcome {
    let mut control = [0u64; CONTROL / size_of::<u64>()];
    if message.msg_controllen > CONTROL {
        return Err(Errno(libc::ENOBUFS));
    }
    let mut message = *message;
    // SAFETY: the program's data, into a buffer with room for it.
    unsafe {
        let from = message.msg_control.cast::<u8>();
        from.copy_to_nonoverlapping(control.as_mut_ptr().cast(), message.msg_controllen);
    }
    message.msg_control = control.as_mut_ptr().cast();
    let letters = write_letters(&message)?;
    let header = &raw const message as usize;
    let outcome = call.with(call.nr, [call.args[0], header, call.args[2]]).to_host();
    // If they have been sent, these were but copies.
    letters.into_iter().for_each(Letter::destroy);
    outcome
}

/// Puts letters into a message of our own.
fn write_letters(message: &msghdr) -> Result<Vec<Letter>, Errno> {
    let mut letters = Vec::new();
    let mut failed = None;
    // SAFETY: the control data is ours.
    unsafe {
        for_each_descriptor(message, |fd| {
            if failed.is_none() && !is_hosts(*fd) {
                match letter_about(*fd) {
                    Err(error) => failed = Some(error),
                    Ok(letter) => {
                        *fd = letter.fd;
                        letters.push(letter);
                    }
                }
            }
        });
    }
    match failed {
        None => Ok(letters),
        Some(error) => {
            letters.into_iter().for_each(Letter::destroy);
            Err(error)
        }
    }
}

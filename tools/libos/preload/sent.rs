// SPDX-License-Identifier: GPL-2.0

//! Messages to a socket of the host, which may take descriptors along (unix(7), SCM_RIGHTS). Those of
//! the library go as letters ([`libos_host::letter`]).

use core::ffi::{c_int, c_uint};
use core::mem::offset_of;

use libc::{cmsghdr, mmsghdr, msghdr};
use libos_host::letter::{self, Letter};

use crate::call::Call;
use crate::errno::{Errno, Outcome};
use crate::table::TABLE;
use crate::{instance, memory};

/// sendmsg(2).
pub fn message(call: Call) -> Outcome {
    if TABLE.is_library(call.int(0)) {
        return call.to_library();
    }
    match memory::read::<msghdr>(call.args[1]) {
        Some(message) if has_ours(&message) => enclosed(call, message),
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
    let at = |number| call.args[1].wrapping_add(number * size_of::<mmsghdr>());
    // Of what is not there the kernel that gets the call says so.
    let all = || (0..count).map_while(|number| memory::read::<mmsghdr>(at(number)));
    if !all().any(|message| has_ours(&message.msg_hdr)) {
        return call.to_host();
    }
    for sent in 0..count {
        let header = at(sent) + offset_of!(mmsghdr, msg_hdr);
        match message(call.with(libc::SYS_sendmsg, [call.args[0], header, call.args[3]])) {
            Err(error) if sent == 0 => return Err(error),
            Err(_) => return Ok(sent as isize),
            Ok(len) => {
                memory::write(at(sent) + offset_of!(mmsghdr, msg_len), len as c_uint);
            }
        }
    }
    Ok(count as isize)
}

/// Whether a descriptor is in it that is not simply the host's.
fn has_ours(message: &msghdr) -> bool {
    let begin = message.msg_control as usize;
    let end = begin.saturating_add(message.msg_controllen);
    let mut at = begin;
    while begin != 0 && at.saturating_add(size_of::<cmsghdr>()) <= end {
        let Some(header) = memory::read::<cmsghdr>(at) else { return false };
        if header.cmsg_len < size_of::<cmsghdr>() {
            return false;
        }
        let len = header.cmsg_len.min(end - at);
        if is_of_descriptors(&header) {
            let data = at + size_of::<cmsghdr>();
            let fds = 0..(len - size_of::<cmsghdr>()) / size_of::<c_int>();
            let mut fds = fds.map_while(|i| memory::read::<c_int>(data + i * size_of::<c_int>()));
            if fds.any(|fd| !is_hosts(fd)) {
                return true;
            }
        }
        at += len.next_multiple_of(align_of::<cmsghdr>());
    }
    false
}

fn is_of_descriptors(header: &cmsghdr) -> bool {
    header.cmsg_level == libc::SOL_SOCKET && header.cmsg_type == libc::SCM_RIGHTS
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
            if is_of_descriptors(&*header) {
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

#[repr(align(8))]
struct Control([u8; CONTROL]);

/// Sends a message with letters in the place of the library's descriptors. Never inlined: see
/// `files::copy`.
#[inline(never)]
fn enclosed(call: Call, mut message: msghdr) -> Outcome {
    let mut control = Control([0; CONTROL]);
    let Some(room) = control.0.get_mut(..message.msg_controllen) else {
        return Err(Errno(libc::ENOBUFS));
    };
    if !memory::read_into(message.msg_control as usize, room) {
        return Err(Errno(libc::EFAULT));
    }
    message.msg_control = control.0.as_mut_ptr().cast();
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

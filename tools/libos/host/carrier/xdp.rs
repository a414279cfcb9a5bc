// SPDX-License-Identifier: GPL-2.0

//! An AF_XDP socket ([`libos_vif::xdp`]), and the packet socket beside it for what is not the stack's
//! alone.

use core::ptr::null_mut;
use std::io;
use std::os::fd::BorrowedFd;

use liblinux_abi::SimIovec;
use libos_vif::xdp::queues::{self, FRAME, Queues};

use super::header::{self, HEADER};
use crate::gate;
use crate::layout::DEVICE_ROOM;
use crate::process::Process;

/// The packet socket, among the descriptors of a device.
const OTHERS: usize = 1;
const PIECES: usize = 32;

const _: () = assert!(queues::SIZE <= DEVICE_ROOM);

pub fn map(process: &Process, device: u32) -> io::Result<()> {
    let fd = process.device(device).ok_or(io::ErrorKind::NotFound)?;
    // SAFETY: the descriptor is open as long as the instance is, and the place is the device's.
    unsafe { libos_vif::xdp::map(BorrowedFd::borrow_raw(fd), process.device_memory(device)) }
}

fn queues(process: &Process, device: u32) -> Queues {
    // SAFETY: the memory is this device's, mapped as it was made.
    unsafe { Queues::new(process.device_memory(device)) }
}

/// # Safety
///
/// As for [`super::send`].
pub unsafe fn send(process: &Process, device: u32, pieces: &[SimIovec]) -> isize {
    let queues = queues(process, device);
    let Some(fd) = process.device(device) else { return -(libc::ENODEV as isize) };
    let mut frame_pieces = [SimIovec { base: null_mut(), len: 0 }; PIECES];
    let count = header::skip(pieces, &mut frame_pieces).unwrap_or(0);
    let len: usize = frame_pieces[..count].iter().map(|piece| piece.len).sum();
    if count == 0 || len > FRAME {
        return -(libc::EMSGSIZE as isize);
    }
    let Some(frame) = queues.room() else {
        tell(fd);
        return -(libc::EAGAIN as isize);
    };
    let mut to = frame.at;
    for piece in &frame_pieces[..count] {
        // SAFETY: the pieces are readable, and the frame has room.
        unsafe {
            core::ptr::copy_nonoverlapping(piece.base.cast(), to, piece.len);
            to = to.add(piece.len);
        }
    }
    if queues.send(frame, len) {
        tell(fd);
    }
    (HEADER + len) as isize
}

/// There are frames to send. The kernel sends some of them now.
fn tell(fd: i32) {
    let args = [fd as usize, 0, 0, libc::MSG_DONTWAIT as usize, 0, 0];
    // SAFETY: no memory is named.
    unsafe { gate::syscall(libc::SYS_sendto, args) };
}

/// # Safety
///
/// As for [`super::receive`].
pub unsafe fn receive(process: &Process, device: u32, pieces: &[SimIovec]) -> isize {
    let queues = queues(process, device);
    let Some(frame) = queues.take() else {
        let Some(others) = process.device_fd(device, OTHERS) else {
            return -(libc::ENODEV as isize);
        };
        let args = [others as usize, pieces.as_ptr() as usize, pieces.len(), 0, 0, 0];
        // SAFETY: the pieces are writable.
        return unsafe { gate::syscall(libc::SYS_readv, args) };
    };
    let flags = if queues.checked() { header::CHECKED } else { header::NOTHING };
    // SAFETY: the frame is ours until it is given back; the pieces are writable.
    let len = unsafe { header::scatter(flags, frame.at, frame.len, pieces) };
    if queues.give_back(frame)
        && let Some(fd) = process.device(device)
    {
        let args = [fd as usize, 0, 0, libc::MSG_DONTWAIT as usize, 0, 0];
        // SAFETY: no memory is named.
        unsafe { gate::syscall(libc::SYS_recvfrom, args) };
    }
    len
}

// SPDX-License-Identifier: GPL-2.0

//! What carries the frames of a device: a descriptor, or memory shared with whoever is at the other
//! end. A device has some descriptors, the first of which is polled, and some memory at a place of its
//! own in the layout, the same in each process.
//!
//! Frames are received with the virtual processor held, and sent by one thread at a time
//! (`transmit`).

mod frames;
mod header;
mod pipe;
mod stream;
mod xdp;

use std::io;
use std::os::fd::{IntoRawFd, RawFd};
use std::sync::atomic::Ordering;

use liblinux_abi::SimIovec;
use libos_vif::Wire;

use crate::error::Error;
use crate::process::Process;

/// `DeviceInfo::carrier`.
const FRAMES: u32 = 0;
const PIPE: u32 = 1;
const STREAM: u32 = 2;
const XDP: u32 = 3;

/// The kind of a carrier, its side, and its descriptors.
pub fn take_apart(wire: Wire) -> (u32, u32, Vec<RawFd>) {
    match wire {
        Wire::Frames(fd) => (FRAMES, 0, vec![fd.into_raw_fd()]),
        Wire::Stream(fd) => (STREAM, 0, vec![fd.into_raw_fd()]),
        Wire::Xdp(xdp) => {
            let fds = [xdp.socket, xdp.others];
            (XDP, 0, fds.map(IntoRawFd::into_raw_fd).into())
        }
        Wire::Pipe(end) => {
            let fds = [end.bell, end.other_bell, end.memory];
            (PIPE, end.side as u32, fds.map(IntoRawFd::into_raw_fd).into())
        }
    }
}

/// Whether to write a frame takes so long that another thread may do it.
pub fn is_worth_a_thread(process: &Process, device: u32) -> bool {
    kind(process, device) != PIPE
}

/// Maps the memory of a device in this process, which has its descriptors.
pub fn map(process: &Process, device: u32) -> io::Result<()> {
    match kind(process, device) {
        PIPE => pipe::map(process, device),
        XDP => xdp::map(process, device),
        _ => Ok(()),
    }
}

pub fn refused(reason: io::Error) -> Error {
    libos_loader::Error::Host { what: "the memory of an interface", reason }.into()
}

fn kind(process: &Process, device: u32) -> u32 {
    process.shared().device[device as usize].carrier.load(Ordering::Relaxed)
}

/// Sends one frame. Bytes sent, or a negative errno.
///
/// # Safety
///
/// The pieces are readable, and no other thread sends.
pub unsafe fn send(process: &Process, device: u32, pieces: &[SimIovec]) -> isize {
    // SAFETY: as the caller promises.
    unsafe {
        match kind(process, device) {
            PIPE => pipe::send(process, device, pieces),
            STREAM => stream::send(process, device, pieces),
            XDP => xdp::send(process, device, pieces),
            _ => frames::send(process, device, pieces),
        }
    }
}

/// Receives one frame. Its length, or a negative errno.
///
/// # Safety
///
/// The pieces are writable, and no other thread receives.
pub unsafe fn receive(process: &Process, device: u32, pieces: &[SimIovec]) -> isize {
    // SAFETY: as the caller promises.
    unsafe {
        match kind(process, device) {
            PIPE => pipe::receive(process, device, pieces),
            STREAM => stream::receive(process, device, pieces),
            XDP => xdp::receive(process, device, pieces),
            _ => frames::receive(process, device, pieces),
        }
    }
}

/// Before the devices are polled: asks to be told of frames. Whether there are some already, of which
/// no descriptor tells.
pub fn arm(process: &Process) -> bool {
    let devices = 0..process.shared().devices.load(Ordering::Acquire);
    devices.fold(false, |any, device| {
        let there = match kind(process, device) {
            PIPE => pipe::arm(process, device),
            STREAM => stream::has_frame(process, device),
            _ => false,
        };
        there || any
    })
}

/// Whether there are frames of which no descriptor tells.
pub fn has_frame(process: &Process) -> bool {
    (0..process.shared().devices.load(Ordering::Acquire)).any(|device| {
        match kind(process, device) {
            PIPE => pipe::has_frame(process, device),
            STREAM => stream::has_frame(process, device),
            _ => false,
        }
    })
}

/// A second descriptor that is to be polled, if the device has one.
pub fn second(process: &Process, device: u32) -> i32 {
    match kind(process, device) {
        XDP => process.device_fd(device, 1).unwrap_or(-1),
        _ => -1,
    }
}

/// The descriptor of a device was found readable.
pub fn told(process: &Process, device: u32) {
    if kind(process, device) == PIPE {
        pipe::silence(process, device);
    }
}

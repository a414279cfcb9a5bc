// SPDX-License-Identifier: GPL-2.0

//! A descriptor that takes and gives a frame at a time: a TAP, a packet socket.

use liblinux_abi::SimIovec;

use crate::gate;
use crate::process::Process;

/// # Safety
///
/// As for [`super::send`].
pub unsafe fn send(process: &Process, device: u32, pieces: &[SimIovec]) -> isize {
    // SAFETY: the pieces are readable.
    unsafe { vectored(libc::SYS_writev, process, device, pieces) }
}

/// # Safety
///
/// As for [`super::receive`].
pub unsafe fn receive(process: &Process, device: u32, pieces: &[SimIovec]) -> isize {
    // SAFETY: the pieces are writable.
    unsafe { vectored(libc::SYS_readv, process, device, pieces) }
}

/// # Safety
///
/// The pieces are good for what call `nr` does with them.
pub unsafe fn vectored(nr: i64, process: &Process, device: u32, pieces: &[SimIovec]) -> isize {
    let Some(fd) = process.device(device) else { return -(libc::ENODEV as isize) };
    // SAFETY: as the caller promises.
    unsafe { gate::syscall(nr, [fd as usize, pieces.as_ptr() as usize, pieces.len(), 0, 0, 0]) }
}

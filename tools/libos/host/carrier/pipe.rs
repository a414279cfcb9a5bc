// SPDX-License-Identifier: GPL-2.0

//! A link to another instance: rings in memory of both, and a bell for each ([`libos_vif::pipe`]).

use core::sync::atomic::Ordering;
use std::io;

use liblinux_abi::SimIovec;
use libos_vif::ring::{Outcome, Piece, Ring, Shared};

use crate::gate;
use crate::layout::DEVICE_ROOM;
use crate::process::Process;

/// The other side's bell, and the memory, among the descriptors of a device.
const OTHER_BELL: usize = 1;
const MEMORY: usize = 2;

const _: () = assert!(size_of::<Shared>() <= DEVICE_ROOM);
const _: () = assert!(size_of::<Piece>() == size_of::<SimIovec>());

pub fn map(process: &Process, device: u32) -> io::Result<()> {
    let fd = process.device_fd(device, MEMORY).ok_or(io::ErrorKind::NotFound)?;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_SHARED | libc::MAP_FIXED | libc::MAP_POPULATE;
    let at = process.device_memory(device).cast();
    // SAFETY: the place is this device's.
    match unsafe { libc::mmap(at, size_of::<Shared>(), access, flags, fd, 0) } {
        libc::MAP_FAILED => Err(io::Error::last_os_error()),
        _ => Ok(()),
    }
}

fn side(process: &Process, device: u32) -> usize {
    process.shared().device[device as usize].side.load(Ordering::Relaxed) as usize & 1
}

/// What this side sends into, or what it receives from.
fn ring(process: &Process, device: u32, of: usize) -> &Ring {
    // SAFETY: mapped as the device was made; a `Shared` is good for whatever bytes.
    let shared = unsafe { &*process.device_memory(device).cast::<Shared>() };
    &shared.rings[of]
}

fn pieces_of(pieces: &[SimIovec]) -> &[Piece] {
    // SAFETY: both are `struct iovec`.
    unsafe { core::slice::from_raw_parts(pieces.as_ptr().cast(), pieces.len()) }
}

/// # Safety
///
/// As for [`super::send`].
pub unsafe fn send(process: &Process, device: u32, pieces: &[SimIovec]) -> isize {
    let side = side(process, device);
    // SAFETY: as the caller promises.
    let outcome = unsafe { ring(process, device, side).append(pieces_of(pieces)) };
    match outcome {
        Outcome::Blocked if !is_there(process, device, 1 - side) => -(libc::ENETDOWN as isize),
        outcome => result(process, device, outcome),
    }
}

/// # Safety
///
/// As for [`super::receive`].
pub unsafe fn receive(process: &Process, device: u32, pieces: &[SimIovec]) -> isize {
    let side = side(process, device);
    // SAFETY: as the caller promises.
    let outcome = unsafe { ring(process, device, 1 - side).take(pieces_of(pieces)) };
    result(process, device, outcome)
}

fn result(process: &Process, device: u32, outcome: Outcome) -> isize {
    match outcome {
        Outcome::Passed { len, ring } => {
            if ring {
                ring_other(process, device);
            }
            len as isize
        }
        Outcome::Blocked => -(libc::EAGAIN as isize),
        Outcome::Broken => -(libc::EIO as isize),
    }
}

fn ring_other(process: &Process, device: u32) {
    let Some(bell) = process.device_fd(device, OTHER_BELL) else { return };
    // SAFETY: one readable byte.
    unsafe {
        gate::syscall(libc::SYS_write, [bell as usize, c"".as_ptr() as usize, 1, 0, 0, 0]);
    }
}

/// Whether an instance has the other side: it holds a lock.
fn is_there(process: &Process, device: u32, side: usize) -> bool {
    let Some(memory) = process.device_fd(device, MEMORY) else { return false };
    // SAFETY: valid when zeroed; the call changes the lock, a local.
    unsafe {
        let mut lock: libc::flock = core::mem::zeroed();
        lock.l_type = libc::F_WRLCK as libc::c_short;
        (lock.l_start, lock.l_len) = (side as libc::off_t, 1);
        let at = &raw mut lock as usize;
        gate::syscall(libc::SYS_fcntl, [memory as usize, libc::F_OFD_GETLK as usize, at, 0, 0, 0]);
        lock.l_type != libc::F_UNLCK as libc::c_short
    }
}

/// See [`super::arm`].
pub fn arm(process: &Process, device: u32) -> bool {
    ring(process, device, 1 - side(process, device)).arm()
}

/// See [`super::has_frame`].
pub fn has_frame(process: &Process, device: u32) -> bool {
    ring(process, device, 1 - side(process, device)).has_frame()
}

/// The bell has rung.
pub fn silence(process: &Process, device: u32) {
    let Some(bell) = process.device(device) else { return };
    let mut bytes = [0u8; 64];
    // SAFETY: so many writable bytes.
    unsafe {
        let args = [bell as usize, bytes.as_mut_ptr() as usize, bytes.len(), 0, 0, 0];
        gate::syscall(libc::SYS_read, args);
    }
}

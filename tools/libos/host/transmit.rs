// SPDX-License-Identifier: GPL-2.0

//! Sending frames. A write to a device may put the writing thread aside for the one it has woken,
//! and a thread that has the virtual processor must not be: all others would wait for it. So where
//! several threads use an instance, small frames go to a ring, which is emptied when the processor is
//! free again, in order, by one thread at a time.
//!
//! Large frames are written at once, if nothing is before them.

use core::sync::atomic::Ordering;
use core::time::Duration;

use liblinux_abi::{SIM_IRQ_NET, SimIovec};

use crate::pcapng::Direction;
use crate::process::Process;
use crate::ring::ROOM;
use crate::{capture, carrier, interrupts, look, sys};

/// Sends a frame, with the virtual processor held. 0 or a negative errno; -EAGAIN if it must be kept
/// until an interrupt.
///
/// # Safety
///
/// `pieces` are readable.
pub unsafe fn send(process: &Process, device: u32, pieces: &[SimIovec]) -> isize {
    let ring = &process.shared().ring;
    let len = pieces.iter().map(|piece| piece.len).sum();
    look::sent(process, len);
    let small = len <= ROOM && process.shared().is_shared();
    // What is before it goes first; a small frame only needs room.
    let in_the_way = if small { ring.is_full() } else { !ring.is_empty() };
    if in_the_way && !write_all(process) && (!small || ring.is_full()) {
        ring.refuse();
        return -(libc::EAGAIN as isize);
    }
    // SAFETY: as the caller promises; a small frame has room.
    unsafe {
        if small {
            ring.append(device, pieces, len);
            return 0;
        }
        write(process, device, pieces)
    }
}

/// Writes what waits, unless somebody else does. Called with the virtual processor free.
#[inline]
pub fn flush(process: &Process) {
    if !process.shared().ring.is_empty() {
        write_all(process);
    }
}

/// Writes what waits. False if somebody else does so.
fn write_all(process: &Process) -> bool {
    let ring = &process.shared().ring;
    let all = ring.take_all(process.index.load(Ordering::Relaxed), |device, frame| {
        write_patiently(process, device, frame);
    });
    if all && ring.has_refused() {
        interrupts::raise(process, SIM_IRQ_NET);
    }
    all
}

fn write_patiently(process: &Process, device: u32, frame: &[SimIovec]) {
    // SAFETY: a frame of the ring, which nobody changes meanwhile.
    unsafe {
        if write(process, device, frame) == -(libc::EAGAIN as isize) {
            wait_for_room(process, device);
            write(process, device, frame);
        }
    }
}

/// Of the device, not long: what finds none then is dropped, as on a wire.
fn wait_for_room(process: &Process, device: u32) {
    const LONGEST: Duration = Duration::from_millis(10);
    let fd = process.device(device).unwrap_or(-1);
    sys::ppoll(&mut [libc::pollfd { fd, events: libc::POLLOUT, revents: 0 }], Some(LONGEST));
}

/// # Safety
///
/// As for [`send`].
unsafe fn write(process: &Process, device: u32, pieces: &[SimIovec]) -> isize {
    // SAFETY: as the caller promises; one thread sends at a time.
    let sent = unsafe { carrier::send(process, device, pieces) };
    if capture::is_on(process) {
        capture::record(process, device, Direction::Out, pieces, sent);
    }
    match sent {
        // A full socket buffer shows as either.
        e if e == -(libc::ENOBUFS as isize) || e == -(libc::EAGAIN as isize) => {
            interrupts::want_room(process, device);
            -(libc::EAGAIN as isize)
        }
        e if e < 0 => e,
        _ => 0,
    }
}

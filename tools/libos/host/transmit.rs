// SPDX-License-Identifier: GPL-2.0

//! Sending frames. A write to a device may put the writing thread aside for the one it has woken,
//! and a thread that has the virtual processor must not be: all others would wait for it. So where
//! several threads use an instance, small frames go to a ring, which is emptied when the processor is
//! free again, in order, by one thread at a time.
//!
//! Large frames are written at once, if nothing is before them: but where a program sends many frames, all
//! go to the ring, and to the [`sender`].

use core::sync::atomic::Ordering;
use core::time::Duration;

use liblinux_abi::{SIM_DEV_KEPT, SIM_IRQ_NET, SimDevice, SimIovec};

use crate::pcapng::Direction;
use crate::process::Process;
use crate::ring::{ROOM, Ring};
use crate::{capture, carrier, interrupts, look, sender, sys};

/// Sends a frame, with the virtual processor held. The result of `dev_xmit`.
///
/// # Safety
///
/// `pieces` are readable, as long as the interface says.
pub unsafe fn send(process: &Process, device: u32, pieces: &[SimIovec]) -> isize {
    let ring = &process.shared().ring;
    let len = pieces.iter().map(|piece| piece.len).sum();
    look::sent(process, len);
    let for_sender = sender::takes(process, device, len);
    let way = match len <= ROOM {
        true if for_sender || process.shared().is_shared() => Way::Copied,
        false if for_sender => Way::Kept,
        _ => Way::AtOnce,
    };
    // What is before it goes first, unless that is the sender's; what goes to the ring only needs room.
    if !way.is_free(ring) && (for_sender || !write_all(process)) {
        ring.refuse();
        if !way.is_free(ring) {
            return -(libc::EAGAIN as isize);
        }
    }
    // SAFETY: as the caller promises; the ring has room.
    unsafe {
        match way {
            Way::AtOnce => return write(process, device, pieces),
            Way::Copied => ring.append(device, pieces, len),
            Way::Kept => {
                ring.keep(device, pieces);
                return SIM_DEV_KEPT as isize;
            }
        }
    }
    0
}

/// Which way a frame goes.
enum Way {
    /// To its device.
    AtOnce,
    /// To the ring, as a copy,
    Copied,
    /// or as it is.
    Kept,
}

impl Way {
    fn is_free(&self, ring: &Ring) -> bool {
        match self {
            Way::AtOnce => ring.is_empty(),
            Way::Copied => !ring.is_full(),
            Way::Kept => ring.can_keep(),
        }
    }
}

/// Writes what waits, unless somebody else does. Called with the virtual processor free.
#[inline]
pub fn flush(process: &Process) {
    if !process.shared().ring.is_empty() && !sender::hand_over(process) {
        write_all(process);
    }
}

/// Writes what waits. False if somebody else does so.
pub fn write_all(process: &Process) -> bool {
    process.shared().ring.take_all(
        process.index.load(Ordering::Relaxed),
        |device, frame| write_patiently(process, device, frame),
        |device, kept| taken(process, device, kept),
    )
}

/// A frame is written, and its place in the ring free.
fn taken(process: &Process, device: u32, kept: bool) {
    let ring = &process.shared().ring;
    let refused = ring.has_refused();
    if kept {
        give_back(process, device);
    }
    if refused {
        interrupts::raise(process, SIM_IRQ_NET);
    }
    // Who sleeps until there is room, or until its last packet is sent, sees only what it polls.
    if refused || (kept && ring.is_empty()) {
        interrupts::tell_leader(process);
    }
}

/// Gives a packet back to the library.
fn give_back(process: &Process, device: u32) {
    let handle = process.shared().device[device as usize].handle.load(Ordering::Relaxed);
    if let Some(sent) = process.exported().dev_sent {
        // SAFETY: callable at any time, with a device of this host's.
        unsafe { sent(handle as *mut SimDevice, 1) };
    }
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

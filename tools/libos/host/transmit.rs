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
use crate::ring::ROOM;
use crate::{capture, carrier, interrupts, look, sender, sys};

/// Frames of a device of which the ring has no copy. Those of more would have left the processors' caches
/// before they are sent.
const MOST_KEPT: u32 = 16;

/// How long a thread of a program waits for a device to have room, with frames that others sent; the sender, who
/// keeps nobody from anything else, does longer. What finds none then is dropped, as on a wire.
const PATIENCE: Duration = Duration::from_millis(10);
pub const LONG_PATIENCE: Duration = Duration::from_millis(200);

/// Sends a frame, with the virtual processor held. The result of `dev_xmit`.
///
/// # Safety
///
/// `pieces` are readable, as long as the interface says.
pub unsafe fn send(process: &Process, device: u32, pieces: &[SimIovec]) -> isize {
    let len = pieces.iter().map(|piece| piece.len).sum();
    let for_sender = sender::takes(process, device);
    // SAFETY: as the caller promises.
    let result = unsafe { send_somehow(process, device, pieces, len, for_sender) };
    if result >= 0 {
        look::sent(process, len);
        sender::count(process, device, len);
    }
    result
}

/// # Safety
///
/// As for [`send`].
unsafe fn send_somehow(
    process: &Process,
    device: u32,
    pieces: &[SimIovec],
    len: usize,
    for_sender: bool,
) -> isize {
    let ring = &process.shared().ring;
    let way = match len <= ROOM {
        true if for_sender || process.shared().is_shared() => Way::Copied,
        false if for_sender => Way::Kept,
        _ => Way::AtOnce,
    };
    // What is before it goes first, unless that is the sender's; what goes to the ring only needs room.
    if !way.is_free(process, device) && (for_sender || !write_all(process)) {
        ring.refuse();
        if !way.is_free(process, device) {
            return -(libc::EAGAIN as isize);
        }
    }
    // SAFETY: as the caller promises; the ring has room.
    unsafe {
        match way {
            Way::AtOnce => write(process, device, pieces),
            Way::Copied => {
                ring.append(device, pieces, len);
                0
            }
            Way::Kept => {
                let kept = &process.shared().device[device as usize].kept;
                let number = kept.load(Ordering::Relaxed).wrapping_add(1);
                kept.store(number, Ordering::Relaxed);
                ring.keep(device, number, pieces);
                SIM_DEV_KEPT as isize
            }
        }
    }
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
    fn is_free(&self, process: &Process, device: u32) -> bool {
        let shared = process.shared();
        let ring = &shared.ring;
        match self {
            Way::AtOnce => ring.is_empty(),
            Way::Copied => !ring.is_full(),
            Way::Kept => !ring.is_full() && shared.device[device as usize].waiting() < MOST_KEPT,
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
fn write_all(process: &Process) -> bool {
    write_while(process, PATIENCE, || true)
}

/// Writes what waits, as long as `goes_on`. False if somebody else does so.
pub fn write_while(process: &Process, patience: Duration, goes_on: impl Fn() -> bool) -> bool {
    process.shared().ring.take_all(
        process.index.load(Ordering::Relaxed),
        goes_on,
        |device, frame| write_patiently(process, device, frame, patience),
        |device, number| taken(process, device, number),
    )
}

/// A frame is written, and its place in the ring free. `number`: if it was kept.
fn taken(process: &Process, device: u32, number: Option<u32>) {
    let shared = process.shared();
    let (ring, info) = (&shared.ring, &shared.device[device as usize]);
    if let Some(number) = number {
        info.sent.store(number, Ordering::Release);
        give_back(process, info.handle.load(Ordering::Relaxed), number);
        ring.gave_back();
    }
    // Whoever was refused tries again when it is worthwhile, not at each frame.
    let room = ring.is_half_empty() && info.waiting() <= MOST_KEPT / 2;
    let refused = room && ring.has_refused();
    if refused {
        interrupts::raise(process, SIM_IRQ_NET);
    }
    // Who sleeps until there is room, or until its last packet is sent, sees only what it polls.
    if refused || (ring.is_empty() && ring.has_given_back()) {
        interrupts::tell_leader(process);
    }
}

/// Gives packets of a device back to the library, up to the one of this number.
fn give_back(process: &Process, device: u64, number: u32) {
    if let Some(sent) = process.exported().dev_sent {
        // SAFETY: callable at any time, with a device of this host's.
        unsafe { sent(device as *mut SimDevice, number) };
    }
}

fn write_patiently(process: &Process, device: u32, frame: &[SimIovec], patience: Duration) {
    // SAFETY: a frame of the ring, which nobody changes meanwhile.
    unsafe {
        if write(process, device, frame) == -(libc::EAGAIN as isize) {
            wait_for_room(process, device, patience);
            write(process, device, frame);
        }
    }
}

/// Of the device.
fn wait_for_room(process: &Process, device: u32, patience: Duration) {
    let fd = process.device(device).unwrap_or(-1);
    sys::ppoll(&mut [libc::pollfd { fd, events: libc::POLLOUT, revents: 0 }], Some(patience));
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

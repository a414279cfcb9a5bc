// SPDX-License-Identifier: GPL-2.0

//! Sending frames. A write to a device may put the writing thread aside for the one it has woken,
//! and a thread that has the virtual processor must not be: all others would wait for it. So where
//! several threads use an instance, small frames go to a ring, which is emptied when the processor is
//! free again, in order, by one thread at a time.
//!
//! Large frames are written at once, if nothing is before them.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, Ordering, fence};
use core::time::Duration;

use liblinux_abi::{SIM_IRQ_NET, SimIovec};

use crate::pcapng::Direction;
use crate::process::Process;
use crate::{capture, carrier, interrupts, look, sys};

const FRAMES: u32 = 256;
const ROOM: usize = 2048 - 8;

/// Frames that wait to be written; in the shared part of an instance, zeroed at first.
#[repr(C)]
pub struct Ring {
    /// Counts frames written. Changed by the one that writes.
    head: AtomicU32,
    /// Counts frames appended. Changed with the virtual processor held.
    tail: AtomicU32,
    /// The place of the process, plus one, whose thread writes; 0: none.
    writer: AtomicU32,
    /// The library was refused a frame, and waits for an interrupt.
    refused: AtomicU32,
    frames: [Frame; FRAMES as usize],
}

#[repr(C)]
struct Frame {
    device: AtomicU32,
    len: AtomicU32,
    data: UnsafeCell<[u8; ROOM]>,
}

// SAFETY: a frame's bytes are only touched by the one that appends, then by the one that writes.
unsafe impl Sync for Frame {}

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
    if len <= ROOM && process.shared().is_shared() {
        // SAFETY: as the caller promises.
        return unsafe { ring.append(process, device, pieces, len) };
    }
    if !ring.is_empty() && !ring.write_all(process) {
        return ring.refuse();
    }
    // SAFETY: as the caller promises.
    unsafe { write(process, device, pieces) }
}

/// Writes what waits, unless somebody else does. Called with the virtual processor free.
#[inline]
pub fn flush(process: &Process) {
    let ring = &process.shared().ring;
    if !ring.is_empty() {
        ring.write_all(process);
    }
}

impl Ring {
    #[inline]
    fn is_empty(&self) -> bool {
        self.head.load(Ordering::Acquire) == self.tail.load(Ordering::Acquire)
    }

    /// # Safety
    ///
    /// As for [`send`].
    unsafe fn append(
        &self,
        process: &Process,
        device: u32,
        pieces: &[SimIovec],
        len: usize,
    ) -> isize {
        let tail = self.tail.load(Ordering::Relaxed);
        let full = || tail.wrapping_sub(self.head.load(Ordering::Acquire)) == FRAMES;
        if full() {
            self.write_all(process);
            if full() {
                return self.refuse();
            }
        }
        let frame = &self.frames[(tail % FRAMES) as usize];
        frame.device.store(device, Ordering::Relaxed);
        frame.len.store(len as u32, Ordering::Relaxed);
        let mut at = frame.data.get().cast::<u8>();
        for piece in pieces {
            // SAFETY: the frame is ours, and has room; the pieces are readable.
            unsafe {
                core::ptr::copy_nonoverlapping(piece.base.cast(), at, piece.len);
                at = at.add(piece.len);
            }
        }
        self.tail.store(tail.wrapping_add(1), Ordering::Release);
        0
    }

    fn refuse(&self) -> isize {
        self.refused.store(1, Ordering::Release);
        -(libc::EAGAIN as isize)
    }

    /// Writes what waits. False if somebody else does so.
    fn write_all(&self, process: &Process) -> bool {
        let own = process.index.load(Ordering::Relaxed) + 1;
        while !self.is_empty() {
            let free = self.writer.compare_exchange(0, own, Ordering::AcqRel, Ordering::Relaxed);
            if free.is_err() {
                return false;
            }
            while !self.is_empty() {
                self.write_first(process);
            }
            self.writer.store(0, Ordering::Release);
            // Who appended meanwhile found a writer, and left it to us.
            fence(Ordering::SeqCst);
        }
        if self.refused.load(Ordering::Relaxed) != 0 && self.refused.swap(0, Ordering::AcqRel) != 0
        {
            interrupts::raise(process, SIM_IRQ_NET);
        }
        true
    }

    fn write_first(&self, process: &Process) {
        let head = self.head.load(Ordering::Relaxed);
        let frame = &self.frames[(head % FRAMES) as usize];
        let device = frame.device.load(Ordering::Relaxed);
        let len = frame.len.load(Ordering::Relaxed) as usize;
        let piece = [SimIovec { base: frame.data.get().cast(), len }];
        // SAFETY: the frame's own bytes, which nobody changes before `head` moves.
        unsafe {
            if write(process, device, &piece) == -(libc::EAGAIN as isize) {
                wait_for_room(process, device);
                write(process, device, &piece);
            }
        }
        self.head.store(head.wrapping_add(1), Ordering::Release);
    }

    /// The process in this place has died.
    pub fn forget(&self, place: u32) {
        let _ = self.writer.compare_exchange(place + 1, 0, Ordering::AcqRel, Ordering::Relaxed);
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

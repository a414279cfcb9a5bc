// SPDX-License-Identifier: GPL-2.0

//! A ring of small frames, in the shared part of an instance. Whoever has the virtual processor appends;
//! one thread at a time takes frames out, of whatever process.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, Ordering, fence};

use liblinux_abi::SimIovec;

const FRAMES: u32 = 256;
/// The largest frame that has room.
pub const ROOM: usize = 2048 - 8;

/// Frames that wait to be written; zeroed at first.
#[repr(C)]
pub struct Ring {
    /// Counts frames taken out. Changed by the one that takes.
    head: AtomicU32,
    /// Counts frames appended. Changed with the virtual processor held.
    tail: AtomicU32,
    /// The place of the process, plus one, whose thread takes frames; 0: none.
    taker: AtomicU32,
    /// Somebody was refused, and waits to be told of room.
    refused: AtomicU32,
    frames: [Frame; FRAMES as usize],
}

#[repr(C)]
struct Frame {
    device: AtomicU32,
    len: AtomicU32,
    data: UnsafeCell<[u8; ROOM]>,
}

// SAFETY: a frame's bytes are only touched by the one that appends, then by the one that takes.
unsafe impl Sync for Frame {}

impl Ring {
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.head.load(Ordering::Acquire) == self.tail.load(Ordering::Acquire)
    }

    pub fn is_full(&self) -> bool {
        let tail = self.tail.load(Ordering::Relaxed);
        tail.wrapping_sub(self.head.load(Ordering::Acquire)) == FRAMES
    }

    /// Appends a copy of a frame for a device.
    ///
    /// # Safety
    ///
    /// The ring is not full, and the virtual processor held. The pieces are readable, `len` bytes and not
    /// more than [`ROOM`].
    pub unsafe fn append(&self, device: u32, pieces: &[SimIovec], len: usize) {
        let tail = self.tail.load(Ordering::Relaxed);
        let frame = &self.frames[(tail % FRAMES) as usize];
        frame.device.store(device, Ordering::Relaxed);
        frame.len.store(len as u32, Ordering::Relaxed);
        let mut at = frame.data.get().cast::<u8>();
        for piece in pieces {
            // SAFETY: the frame is the caller's, and has room; the pieces are readable.
            unsafe {
                core::ptr::copy_nonoverlapping(piece.base.cast(), at, piece.len);
                at = at.add(piece.len);
            }
        }
        self.tail.store(tail.wrapping_add(1), Ordering::Release);
    }

    /// Somebody could not append.
    pub fn refuse(&self) {
        self.refused.store(1, Ordering::Release);
    }

    /// Whether somebody is to be told that there is room.
    pub fn has_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed) != 0 && self.refused.swap(0, Ordering::AcqRel) != 0
    }

    /// Has `send` take the frames, until there is none, with their devices: a thread of the process in
    /// this place. False if somebody else does so.
    pub fn take_all(&self, place: u32, send: impl Fn(u32, &[SimIovec])) -> bool {
        while !self.is_empty() {
            let free =
                self.taker.compare_exchange(0, place + 1, Ordering::AcqRel, Ordering::Relaxed);
            if free.is_err() {
                return false;
            }
            while !self.is_empty() {
                self.take_first(&send);
            }
            self.taker.store(0, Ordering::Release);
            // Who appended meanwhile found a taker, and left it to us.
            fence(Ordering::SeqCst);
        }
        true
    }

    fn take_first(&self, send: impl Fn(u32, &[SimIovec])) {
        let head = self.head.load(Ordering::Relaxed);
        let frame = &self.frames[(head % FRAMES) as usize];
        let len = frame.len.load(Ordering::Relaxed) as usize;
        let piece = SimIovec { base: frame.data.get().cast(), len };
        send(frame.device.load(Ordering::Relaxed), &[piece]);
        self.head.store(head.wrapping_add(1), Ordering::Release);
    }

    /// The process in this place has died.
    pub fn forget(&self, place: u32) {
        let _ = self.taker.compare_exchange(place + 1, 0, Ordering::AcqRel, Ordering::Relaxed);
    }
}

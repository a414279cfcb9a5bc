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

#[cfg(test)]
mod tests {
    use std::cell::RefCell;

    use super::*;

    fn ring() -> Box<Ring> {
        // SAFETY: a ring is valid when zeroed.
        unsafe { Box::<Ring>::new_zeroed().assume_init() }
    }

    fn append(ring: &Ring, device: u32, bytes: &[u8]) {
        let (first, rest) = bytes.split_at(bytes.len() / 2);
        let piece = |b: &[u8]| SimIovec { base: b.as_ptr().cast_mut().cast(), len: b.len() };
        assert!(!ring.is_full());
        // SAFETY: not full; two readable pieces.
        unsafe { ring.append(device, &[piece(first), piece(rest)], bytes.len()) };
    }

    fn bytes_of(pieces: &[SimIovec]) -> Vec<u8> {
        // SAFETY: the ring's own frame.
        let of = |p: &SimIovec| unsafe { core::slice::from_raw_parts(p.base.cast(), p.len) };
        pieces.iter().flat_map(|piece| of(piece).to_vec()).collect()
    }

    fn take(ring: &Ring) -> Vec<(u32, Vec<u8>)> {
        let taken = RefCell::new(Vec::new());
        let all = ring.take_all(0, |device, frame| {
            taken.borrow_mut().push((device, bytes_of(frame)));
        });
        assert!(all && ring.is_empty());
        taken.into_inner()
    }

    #[test]
    fn frames_come_out_as_they_went_in() {
        let ring = ring();
        for round in 0..3u8 {
            let frames: Vec<_> =
                (0..200u8).map(|n| (u32::from(n) % 3, vec![n ^ round; 60])).collect();
            frames.iter().for_each(|(device, bytes)| append(&ring, *device, bytes));
            assert_eq!(take(&ring), frames);
        }
    }

    #[test]
    fn the_largest_frame_has_room_in_each_place() {
        let ring = ring();
        while !ring.is_full() {
            append(&ring, 1, &[0xa5; ROOM]);
        }
        let taken = take(&ring);
        assert_eq!(taken.len(), FRAMES as usize);
        assert!(taken.iter().all(|(device, bytes)| *device == 1 && *bytes == [0xa5; ROOM]));
    }

    #[test]
    fn who_takes_takes_what_is_appended_meanwhile() {
        let ring = ring();
        append(&ring, 0, b"first");
        let seen = RefCell::new(0);
        ring.take_all(7, |_, _| {
            if seen.replace_with(|n| *n + 1) == 0 {
                append(&ring, 0, b"second");
                assert!(
                    !ring.take_all(8, |_, _| unreachable!("two take")),
                    "somebody takes already"
                );
            }
        });
        assert_eq!(seen.into_inner(), 2);
    }

    #[test]
    fn a_taker_that_died_leaves_it_to_others() {
        let ring = ring();
        append(&ring, 0, b"frame");
        ring.taker.store(7 + 1, Ordering::Relaxed);
        ring.forget(6);
        assert!(!ring.take_all(8, |_, _| unreachable!("the other one lives")));
        ring.forget(7);
        assert_eq!(take(&ring).len(), 1);
    }

    #[test]
    fn who_was_refused_is_told_once() {
        let ring = ring();
        assert!(!ring.has_refused());
        ring.refuse();
        assert!(ring.has_refused() && !ring.has_refused());
    }
}

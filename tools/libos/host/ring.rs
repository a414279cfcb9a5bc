// SPDX-License-Identifier: GPL-2.0

//! A ring of frames, in the shared part of an instance: copies of small ones, and where the pieces of
//! others are. Whoever has the virtual processor appends; one thread at a time takes frames out, of
//! whatever process.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, Ordering, fence};

use liblinux_abi::SimIovec;

const FRAMES: u32 = 256;
/// The largest frame that can be copied.
pub const ROOM: usize = 2048 - 16;
/// The most pieces that a frame can have.
const PIECES: usize = ROOM / size_of::<SimIovec>();
/// Frames of which the ring has no copy. Those of more would have left the processors' caches before
/// they are sent.
const MOST_KEPT: u32 = 16;

/// Frames that wait to be written; zeroed at first.
#[repr(C)]
pub struct Ring {
    /// Counts frames taken out. Changed by the one that takes.
    head: AtomicU32,
    /// Counts frames appended. Changed with the virtual processor held.
    tail: AtomicU32,
    /// The place of the process, plus one, whose thread takes frames; 0: none.
    taker: AtomicU32,
    /// Frames in it of which there is no copy.
    kept: AtomicU32,
    /// Somebody was refused, and waits to be told of room.
    refused: AtomicU32,
    frames: [Frame; FRAMES as usize],
}

#[repr(C)]
struct Frame {
    device: AtomicU32,
    /// Bytes of the copy,
    len: AtomicU32,
    /// or how many pieces there are, if that is not 0.
    pieces: AtomicU32,
    data: Data,
}

/// Bytes, or the [`SimIovec`]s of pieces.
#[repr(C, align(16))]
struct Data(UnsafeCell<[u8; ROOM]>);

const _: () = assert!(size_of::<Frame>() == 2048);

// SAFETY: a frame's bytes are only touched by the one that appends, then by the one that takes.
unsafe impl Sync for Frame {}

impl Ring {
    #[inline]
    pub fn is_empty(&self) -> bool {
        self.head.load(Ordering::Acquire) == self.tail.load(Ordering::Acquire)
    }

    fn len(&self) -> u32 {
        let tail = self.tail.load(Ordering::Relaxed);
        tail.wrapping_sub(self.head.load(Ordering::Acquire))
    }

    pub fn is_full(&self) -> bool {
        self.len() == FRAMES
    }

    /// Whether there is room for a frame of which it has no copy.
    pub fn can_keep(&self) -> bool {
        !self.is_full() && self.kept.load(Ordering::Acquire) < MOST_KEPT
    }

    /// Whether somebody who was refused should try again: at each single frame that would be too often.
    fn has_plenty_of_room(&self) -> bool {
        self.len() <= FRAMES / 2 && self.kept.load(Ordering::Relaxed) <= MOST_KEPT / 2
    }

    /// Appends a frame for a device, of which it keeps where the pieces are.
    ///
    /// # Safety
    ///
    /// The ring can keep it, and the virtual processor is held. The pieces stay readable, in all processes of
    /// the instance, until the frame has been taken.
    pub unsafe fn keep(&self, device: u32, pieces: &[SimIovec]) {
        debug_assert!(pieces.len() <= PIECES);
        let tail = self.tail.load(Ordering::Relaxed);
        let frame = &self.frames[(tail % FRAMES) as usize];
        frame.device.store(device, Ordering::Relaxed);
        frame.pieces.store(pieces.len() as u32, Ordering::Relaxed);
        // SAFETY: the frame is the caller's, and has room.
        unsafe {
            let room = frame.data.0.get().cast::<SimIovec>();
            core::ptr::copy_nonoverlapping(pieces.as_ptr(), room, pieces.len());
        }
        self.kept.fetch_add(1, Ordering::Relaxed);
        self.tail.store(tail.wrapping_add(1), Ordering::Release);
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
        frame.pieces.store(0, Ordering::Relaxed);
        let mut at = frame.data.0.get().cast::<u8>();
        for piece in pieces {
            // SAFETY: the frame is the caller's, and has room; the pieces are readable.
            unsafe {
                core::ptr::copy_nonoverlapping(piece.base.cast(), at, piece.len);
                at = at.add(piece.len);
            }
        }
        self.tail.store(tail.wrapping_add(1), Ordering::Release);
    }

    /// Somebody cannot append, and will be told of room that there is not yet when this returns.
    pub fn refuse(&self) {
        self.refused.store(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
    }

    /// Whether somebody is to be told that there is room.
    pub fn has_refused(&self) -> bool {
        self.refused.load(Ordering::Relaxed) != 0
            && self.has_plenty_of_room()
            && self.refused.swap(0, Ordering::AcqRel) != 0
    }

    /// Has `send` take the frames, until there is none, with their devices: a thread of the process in
    /// this place. Then `taken`, with the device and whether the frame was kept. False if somebody else
    /// does so.
    pub fn take_all(
        &self,
        place: u32,
        send: impl Fn(u32, &[SimIovec]),
        taken: impl Fn(u32, bool),
    ) -> bool {
        while !self.is_empty() {
            let free =
                self.taker.compare_exchange(0, place + 1, Ordering::AcqRel, Ordering::Relaxed);
            if free.is_err() {
                return false;
            }
            while !self.is_empty() {
                self.take_first(&send, &taken);
            }
            self.taker.store(0, Ordering::Release);
            // Who appended meanwhile found a taker, and left it to us.
            fence(Ordering::SeqCst);
        }
        true
    }

    fn take_first(&self, send: impl Fn(u32, &[SimIovec]), taken: impl Fn(u32, bool)) {
        let head = self.head.load(Ordering::Relaxed);
        let frame = &self.frames[(head % FRAMES) as usize];
        let device = frame.device.load(Ordering::Relaxed);
        let pieces = (frame.pieces.load(Ordering::Relaxed) as usize).min(PIECES);
        if pieces == 0 {
            let len = frame.len.load(Ordering::Relaxed) as usize;
            send(device, &[SimIovec { base: frame.data.0.get().cast(), len }]);
        } else {
            // SAFETY: written by `keep`, and nobody changes it before it is taken.
            send(device, unsafe { core::slice::from_raw_parts(frame.data.0.get().cast(), pieces) });
        }
        // Whoever is killed here leaves the packet to nobody: better than that it is given back twice.
        self.head.store(head.wrapping_add(1), Ordering::Release);
        if pieces != 0 {
            self.kept.fetch_sub(1, Ordering::Release);
        }
        // Who is refused from here on sees this room.
        fence(Ordering::SeqCst);
        taken(device, pieces != 0);
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

    /// Appends a frame of two pieces that is not copied.
    fn keep(ring: &Ring, device: u32, first: &'static [u8], second: &'static [u8]) {
        let piece = |b: &[u8]| SimIovec { base: b.as_ptr().cast_mut().cast(), len: b.len() };
        assert!(ring.can_keep());
        // SAFETY: there is room, and the pieces are static.
        unsafe { ring.keep(device, &[piece(first), piece(second)]) };
    }

    fn take(ring: &Ring) -> Vec<(u32, Vec<u8>)> {
        let taken = RefCell::new(Vec::new());
        let send = |device, frame: &[SimIovec]| taken.borrow_mut().push((device, bytes_of(frame)));
        assert!(ring.take_all(0, send, |_, _| ()) && ring.is_empty());
        taken.into_inner()
    }

    fn take_nothing(ring: &Ring, place: u32) -> bool {
        !ring.take_all(place, |_, _| unreachable!("somebody else takes"), |_, _| ())
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
    fn copies_and_kept_frames_keep_their_order() {
        let ring = ring();
        append(&ring, 0, b"copy");
        keep(&ring, 1, b"large ", b"frame");
        append(&ring, 2, b"another");
        let (order, given_back) = (RefCell::new(Vec::new()), RefCell::new(Vec::new()));
        let send = |_, frame: &[SimIovec]| order.borrow_mut().push(bytes_of(frame));
        assert!(
            ring.take_all(0, send, |device, kept| given_back.borrow_mut().push((device, kept)))
        );
        assert_eq!(order.into_inner(), [&b"copy"[..], b"large frame", b"another"]);
        assert_eq!(given_back.into_inner(), [(0, false), (1, true), (2, false)]);
    }

    #[test]
    fn only_some_are_kept_at_a_time() {
        let ring = ring();
        for _ in 0..3 {
            for _ in 0..MOST_KEPT {
                keep(&ring, 0, b"la", b"rge");
            }
            assert!(!ring.can_keep() && !ring.is_full());
            assert_eq!(take(&ring).len(), MOST_KEPT as usize);
        }
    }

    #[test]
    fn who_takes_takes_what_is_appended_meanwhile() {
        let ring = ring();
        append(&ring, 0, b"first");
        let seen = RefCell::new(0);
        let send = |_, _: &[SimIovec]| {
            if seen.replace_with(|n| *n + 1) == 0 {
                append(&ring, 0, b"second");
                assert!(take_nothing(&ring, 8));
            }
        };
        ring.take_all(7, send, |_, _| ());
        assert_eq!(seen.into_inner(), 2);
    }

    #[test]
    fn a_taker_that_died_leaves_it_to_others() {
        let ring = ring();
        append(&ring, 0, b"frame");
        ring.taker.store(7 + 1, Ordering::Relaxed);
        ring.forget(6);
        assert!(take_nothing(&ring, 8));
        ring.forget(7);
        assert_eq!(take(&ring).len(), 1);
    }

    #[test]
    fn who_was_refused_is_told_once_and_when_half_is_free() {
        let ring = ring();
        assert!(!ring.has_refused());
        while !ring.is_full() {
            append(&ring, 0, b"frame");
        }
        ring.refuse();
        let told = RefCell::new(Vec::new());
        let taken = |_, _| {
            if ring.has_refused() {
                told.borrow_mut().push(ring.len());
            }
        };
        ring.take_all(0, |_, _| (), taken);
        assert_eq!(told.into_inner(), [FRAMES / 2]);
    }
}

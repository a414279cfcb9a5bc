// SPDX-License-Identifier: GPL-2.0

//! A ring of frames, in the shared part of an instance: copies of small ones, and where the pieces of
//! others are. Whoever has the virtual processor appends; one thread at a time takes frames out, of
//! whatever process.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, Ordering, fence};

use liblinux_abi::SimIovec;

pub const FRAMES: u32 = 256;
/// The largest frame that can be copied.
pub const ROOM: usize = 2048 - 16;
/// The most pieces that a frame can have.
const PIECES: usize = ROOM / size_of::<SimIovec>();

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
    /// Packets were given back of which nobody has been told.
    given_back: AtomicU32,
    frames: [Frame; FRAMES as usize],
}

#[repr(C)]
struct Frame {
    device: AtomicU32,
    /// Bytes of the copy,
    len: AtomicU32,
    /// or how many pieces there are, if that is not 0,
    pieces: AtomicU32,
    /// and the number of this one among those kept of its device.
    number: AtomicU32,
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

    pub fn is_half_empty(&self) -> bool {
        self.len() <= FRAMES / 2
    }

    /// Appends a frame for a device, of which it keeps where the pieces are, and its number.
    ///
    /// # Safety
    ///
    /// The ring is not full, and the virtual processor is held. The pieces stay readable, in all processes of
    /// the instance, until the frame has been taken.
    pub unsafe fn keep(&self, device: u32, number: u32, pieces: &[SimIovec]) {
        debug_assert!(pieces.len() <= PIECES);
        let tail = self.tail.load(Ordering::Relaxed);
        let frame = &self.frames[(tail % FRAMES) as usize];
        frame.device.store(device, Ordering::Relaxed);
        frame.pieces.store(pieces.len() as u32, Ordering::Relaxed);
        frame.number.store(number, Ordering::Relaxed);
        // SAFETY: the frame is the caller's, and has room.
        unsafe {
            let room = frame.data.0.get().cast::<SimIovec>();
            core::ptr::copy_nonoverlapping(pieces.as_ptr(), room, pieces.len());
        }
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

    /// Whether somebody is to be told of the room that there is.
    pub fn has_refused(&self) -> bool {
        fence(Ordering::SeqCst);
        self.refused.load(Ordering::Relaxed) != 0 && self.refused.swap(0, Ordering::AcqRel) != 0
    }

    /// A packet is given back. To be called by the one that takes frames.
    pub fn gave_back(&self) {
        self.given_back.store(1, Ordering::Relaxed);
    }

    /// Whether somebody is to be told that packets were given back. By the one that takes frames.
    pub fn has_given_back(&self) -> bool {
        let given_back = self.given_back.load(Ordering::Relaxed) != 0;
        self.given_back.store(0, Ordering::Relaxed);
        given_back
    }

    /// Has `send` take the frames with their devices, until there is none, as long as it `goes_on`: a thread of
    /// the process in this place. Then `taken`, with the device and the number of a frame that was kept.
    /// False if somebody else does so.
    pub fn take_all(
        &self,
        place: u32,
        goes_on: impl Fn() -> bool,
        send: impl Fn(u32, &[SimIovec]),
        taken: impl Fn(u32, Option<u32>),
    ) -> bool {
        while !self.is_empty() && goes_on() {
            let free =
                self.taker.compare_exchange(0, place + 1, Ordering::AcqRel, Ordering::Relaxed);
            if free.is_err() {
                return false;
            }
            while !self.is_empty() && goes_on() {
                self.take_first(&send, &taken);
            }
            self.taker.store(0, Ordering::Release);
            // Who appended meanwhile found a taker, and left it to us.
            fence(Ordering::SeqCst);
        }
        true
    }

    fn take_first(&self, send: impl Fn(u32, &[SimIovec]), taken: impl Fn(u32, Option<u32>)) {
        let head = self.head.load(Ordering::Relaxed);
        let frame = &self.frames[(head % FRAMES) as usize];
        let device = frame.device.load(Ordering::Relaxed);
        let pieces = (frame.pieces.load(Ordering::Relaxed) as usize).min(PIECES);
        let number = (pieces != 0).then(|| frame.number.load(Ordering::Relaxed));
        if pieces == 0 {
            let len = frame.len.load(Ordering::Relaxed) as usize;
            send(device, &[SimIovec { base: frame.data.0.get().cast(), len }]);
        } else {
            // SAFETY: written by `keep`, and nobody changes it before it is taken.
            send(device, unsafe { core::slice::from_raw_parts(frame.data.0.get().cast(), pieces) });
        }
        // Whoever is killed before it tells of the packet leaves that to the next one that was kept.
        self.head.store(head.wrapping_add(1), Ordering::Release);
        taken(device, number);
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
        assert!(!ring.is_full());
        // SAFETY: there is room, and the pieces are static.
        unsafe { ring.keep(device, 7, &[piece(first), piece(second)]) };
    }

    fn take(ring: &Ring) -> Vec<(u32, Vec<u8>)> {
        let taken = RefCell::new(Vec::new());
        let send = |device, frame: &[SimIovec]| taken.borrow_mut().push((device, bytes_of(frame)));
        assert!(ring.take_all(0, || true, send, |_, _| ()) && ring.is_empty());
        taken.into_inner()
    }

    fn take_nothing(ring: &Ring, place: u32) -> bool {
        !ring.take_all(place, || true, |_, _| unreachable!("somebody else takes"), |_, _| ())
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
        let taken = |device, number| given_back.borrow_mut().push((device, number));
        assert!(ring.take_all(0, || true, send, taken));
        assert_eq!(order.into_inner(), [&b"copy"[..], b"large frame", b"another"]);
        assert_eq!(given_back.into_inner(), [(0, None), (1, Some(7)), (2, None)]);
    }

    #[test]
    fn who_takes_stops_when_told() {
        let ring = ring();
        (0..5).for_each(|_| append(&ring, 0, b"frame"));
        let left = RefCell::new(3);
        let goes_on = || left.replace_with(|n| *n - 1) > 1;
        assert!(ring.take_all(0, goes_on, |_, _| (), |_, _| ()));
        assert!(!ring.is_empty());
        take(&ring);
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
        ring.take_all(7, || true, send, |_, _| ());
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
    fn who_was_refused_is_told_once() {
        let ring = ring();
        assert!(!ring.has_refused());
        ring.refuse();
        assert!(ring.has_refused() && !ring.has_refused());
    }

    #[test]
    fn half_of_it_is_room_enough() {
        let ring = ring();
        while !ring.is_full() {
            append(&ring, 0, b"frame");
        }
        let first = RefCell::new(None);
        let taken = |_, _| {
            if ring.is_half_empty() {
                first.borrow_mut().get_or_insert(ring.len());
            }
        };
        ring.take_all(0, || true, |_, _| (), taken);
        assert_eq!(first.into_inner(), Some(FRAMES / 2));
    }
}

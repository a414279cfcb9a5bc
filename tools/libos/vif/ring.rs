// SPDX-License-Identifier: GPL-2.0

//! A ring of frames in memory that two instances share, one of which appends and the other takes.
//!
//! Neither trusts the other: whatever it reads there is checked, and a ring that makes no sense is
//! emptied. Both count bytes for ever, as `u64`; a count modulo [`ROOM`] is a place in `data`. A
//! record is its length and a frame, in one piece, so that before the end of `data` there may be a
//! [`GAP`].
//!
//! Whoever is about to sleep says so first, and then looks once more; the other looks whether
//! somebody sleeps after it has changed the ring: one of the two sees the other.

use std::{
    cell::UnsafeCell,
    sync::atomic::{AtomicU32, AtomicU64, Ordering, fence},
};

/// Bytes of records that a ring has room for: some frames of any size, and little enough to stay in
/// the processor's cache.
pub const ROOM: usize = 512 << 10;

/// Instead of a length: the next record is at the beginning of `data`.
const GAP: u32 = u32::MAX;
/// Of the length, and what every record is a multiple of.
const ALIGN: usize = 8;

/// Frames on their way in one direction.
#[repr(C, align(4096))]
pub struct Ring {
    /// Bytes taken. Changed by the reader.
    head: Line<AtomicU64>,
    /// Bytes appended. Changed by the writer.
    tail: Line<AtomicU64>,
    /// The reader wants to be rung when there is a frame.
    reader_sleeps: Line<AtomicU32>,
    /// The writer wants to be rung when there is room.
    writer_waits: Line<AtomicU32>,
    data: UnsafeCell<[u8; ROOM]>,
}

/// A cache line of its own.
#[repr(C, align(64))]
struct Line<T>(T);

// SAFETY: the bytes of a record are the writer's until `tail` has passed them, then the reader's. A
// writer that breaks this changes bytes that nobody relies on.
unsafe impl Sync for Ring {}

/// A piece of memory, laid out as `struct iovec`.
pub type Piece = libc::iovec;

/// What an append or a take has found.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// A frame of so many bytes has passed; if `ring`, the other side sleeps.
    Passed {
        /// Bytes of the frame.
        len: usize,
        /// The other side is to be rung.
        ring: bool,
    },
    /// There is no room, or no frame.
    Blocked,
    /// The ring made no sense, or the frame has no room in any.
    Broken,
}

impl Ring {
    fn base(&self) -> *mut u8 {
        self.data.get().cast()
    }

    /// Appends one frame, its pieces laid end to end.
    ///
    /// # Safety
    ///
    /// The pieces are readable, and nobody else appends.
    pub unsafe fn append(&self, pieces: &[Piece]) -> Outcome {
        let len: usize = pieces.iter().map(|piece| piece.iov_len).sum();
        let record = (ALIGN + len).next_multiple_of(ALIGN);
        let tail = self.tail.0.load(Ordering::Relaxed) & !(ALIGN as u64 - 1);
        let at = tail as usize % ROOM;
        let gap = if record > ROOM - at { ROOM - at } else { 0 };
        if record > ROOM / 2 {
            return Outcome::Broken;
        }
        if !self.has_room(tail, gap + record) {
            self.writer_waits.0.store(1, Ordering::Relaxed);
            fence(Ordering::SeqCst);
            if !self.has_room(tail, gap + record) {
                return Outcome::Blocked;
            }
        }
        // SAFETY: the bytes from `at` on, or those from the beginning, are ours to write; each record
        // is aligned, so that a length fits where a record begins.
        unsafe {
            let mut to = self.base().add(at);
            if gap > 0 {
                to.cast::<u32>().write(GAP);
                to = self.base();
            }
            to.cast::<u32>().write(len as u32);
            to = to.add(ALIGN);
            for piece in pieces {
                core::ptr::copy_nonoverlapping(piece.iov_base.cast(), to, piece.iov_len);
                to = to.add(piece.iov_len);
            }
        }
        self.tail.0.store(tail + (gap + record) as u64, Ordering::Release);
        Outcome::Passed { len, ring: take(&self.reader_sleeps.0) }
    }

    /// A reader that took more than there was is one that makes no sense: it has taken all.
    fn has_room(&self, tail: u64, record: usize) -> bool {
        let used = tail.wrapping_sub(self.head.0.load(Ordering::Acquire));
        used > ROOM as u64 || ROOM - used as usize >= record
    }

    /// Takes one frame into `pieces`, cut to their size.
    ///
    /// # Safety
    ///
    /// The pieces are writable, and nobody else takes.
    pub unsafe fn take(&self, pieces: &[Piece]) -> Outcome {
        let head = self.head.0.load(Ordering::Relaxed);
        let tail = self.tail.0.load(Ordering::Acquire);
        if head == tail {
            return Outcome::Blocked;
        }
        let Some((at, len, next)) = self.record(head, tail) else {
            self.head.0.store(tail, Ordering::Release);
            return Outcome::Broken;
        };
        // SAFETY: `record` has checked that the frame is within `data`.
        let len = unsafe { scatter(self.base().add(at), len, pieces) };
        self.head.0.store(next, Ordering::Release);
        Outcome::Passed { len, ring: take(&self.writer_waits.0) }
    }

    /// Where the first frame is, its length, and the head behind it.
    fn record(&self, head: u64, tail: u64) -> Option<(usize, usize, u64)> {
        let used = usize::try_from(tail.wrapping_sub(head)).ok().filter(|used| *used <= ROOM)?;
        let at = head as usize % ROOM;
        let (at, gap) = match self.length(at)? {
            GAP => (0, ROOM - at),
            _ => (at, 0),
        };
        let len = self.length(at)? as usize;
        let record = len.checked_add(ALIGN)?.checked_next_multiple_of(ALIGN)?;
        let fits = record <= ROOM - at && gap + record <= used;
        fits.then_some((at + ALIGN, len, head + (gap + record) as u64))
    }

    fn length(&self, at: usize) -> Option<u32> {
        // SAFETY: within `data` and aligned; whatever is there is a number.
        at.is_multiple_of(ALIGN)
            .then(|| unsafe { self.base().add(at).cast::<u32>().read_volatile() })
    }

    /// The reader is about to sleep, and wants to be rung. Whether it must not, as there are frames.
    pub fn arm(&self) -> bool {
        self.reader_sleeps.0.store(1, Ordering::Relaxed);
        fence(Ordering::SeqCst);
        self.has_frame()
    }

    /// Whether there is a frame. For the reader.
    pub fn has_frame(&self) -> bool {
        self.tail.0.load(Ordering::Acquire) != self.head.0.load(Ordering::Relaxed)
    }

    /// Forgets all frames. For the reader.
    pub fn empty(&self) {
        self.head.0.store(self.tail.0.load(Ordering::Acquire), Ordering::Release);
    }
}

/// After a change of the ring: whether somebody wanted to know.
fn take(flag: &AtomicU32) -> bool {
    fence(Ordering::SeqCst);
    flag.load(Ordering::Relaxed) != 0 && flag.swap(0, Ordering::AcqRel) != 0
}

/// Copies up to `len` bytes into the pieces; how many.
///
/// # Safety
///
/// So many bytes are readable, and the pieces are writable.
pub unsafe fn scatter(mut from: *const u8, len: usize, pieces: &[Piece]) -> usize {
    let mut left = len;
    for piece in pieces {
        let count = left.min(piece.iov_len);
        // SAFETY: as the caller promises.
        unsafe {
            core::ptr::copy_nonoverlapping(from, piece.iov_base.cast(), count);
            from = from.add(count);
        }
        left -= count;
        if left == 0 {
            break;
        }
    }
    len - left
}

/// The file that two sides share.
#[repr(C)]
pub struct Shared {
    /// [`MAGIC`].
    pub magic: AtomicU64,
    /// What side 0 sends, and what side 1 sends.
    pub rings: [Ring; 2],
}

/// "PIPE" and the version of this layout.
pub const MAGIC: u64 = u64::from_be_bytes(*b"PIPE\0\0\0\x01");

#[cfg(test)]
mod tests {
    use super::*;

    fn new() -> Box<Ring> {
        // SAFETY: zero is a value of all its parts.
        unsafe { Box::new_zeroed().assume_init() }
    }

    fn piece(bytes: &[u8]) -> Piece {
        Piece { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() }
    }

    fn space(bytes: &mut [u8]) -> Piece {
        Piece { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() }
    }

    fn append(ring: &Ring, bytes: &[u8]) -> Outcome {
        let (a, b) = bytes.split_at(bytes.len() / 3);
        // SAFETY: two slices.
        unsafe { ring.append(&[piece(a), piece(b)]) }
    }

    fn taken(ring: &Ring) -> Option<Vec<u8>> {
        let mut room = vec![0; 70_000];
        let (a, b) = room.split_at_mut(100);
        // SAFETY: two slices of our own.
        match unsafe { ring.take(&[space(a), space(b)]) } {
            Outcome::Passed { len, .. } => {
                room.truncate(len);
                Some(room)
            }
            _ => None,
        }
    }

    #[test]
    fn frames_come_out_as_they_went_in() {
        let ring = new();
        let frame = |i: usize| vec![i as u8; 1 + i * 7919 % 65_563];
        let (mut sent, mut received) = (0, 0);
        while received < 2000 {
            while sent < 2000 && matches!(append(&ring, &frame(sent)), Outcome::Passed { .. }) {
                sent += 1;
            }
            for _ in 0..=received % 5 {
                if let Some(got) = taken(&ring) {
                    assert!(got == frame(received), "frame {received}");
                    received += 1;
                }
            }
        }
        assert_eq!(taken(&ring), None);
    }

    #[test]
    fn who_sleeps_is_rung_once() {
        let ring = new();
        let rings = |outcome| matches!(outcome, Outcome::Passed { ring: true, .. });
        assert!(!rings(append(&ring, b"a")));
        assert!(ring.arm(), "there is a frame");
        assert_eq!(taken(&ring).unwrap(), b"a");
        assert!(!ring.arm());
        assert!(rings(append(&ring, b"b")));
        assert!(!rings(append(&ring, b"c")));
        while append(&ring, &[0; 60_000]) != Outcome::Blocked {}
        let mut room = [0u8; 8];
        // SAFETY: a slice of our own.
        assert!(rings(unsafe { ring.take(&[space(&mut room)]) }));
    }

    #[test]
    fn a_frame_longer_than_its_room_is_cut() {
        let ring = new();
        append(&ring, b"0123456789");
        append(&ring, b"next");
        let mut room = [0u8; 4];
        // SAFETY: a slice of our own.
        let outcome = unsafe { ring.take(&[space(&mut room)]) };
        assert_eq!((outcome, &room), (Outcome::Passed { len: 4, ring: false }, b"0123"));
        assert_eq!(taken(&ring).unwrap(), b"next");
    }

    #[test]
    fn a_frame_too_large_for_any_ring_is_refused() {
        assert_eq!(append(&new(), &vec![0; ROOM / 2]), Outcome::Broken);
    }

    /// A peer that writes anything anywhere: nothing is read or written outside, and the ring is
    /// good again once it behaves.
    #[test]
    fn nonsense_is_refused() {
        let ring = new();
        let mut random = 0x9e37_79b9_7f4a_7c15u64;
        let mut next = || {
            random ^= random << 13;
            random ^= random >> 7;
            random ^= random << 17;
            random
        };
        let mut broken = 0;
        for _ in 0..100_000 {
            let (what, value) = (next() % 4, next());
            match what {
                0 => ring.tail.0.store(value, Ordering::Relaxed),
                1 => ring.head.0.store(value, Ordering::Relaxed),
                2 => {
                    let at = value as usize % ROOM / 4 * 4;
                    // SAFETY: within the data.
                    unsafe { ring.base().add(at).cast::<u32>().write(next() as u32) };
                }
                _ => drop(append(&ring, &[7; 100])),
            }
            let mut room = [0u8; 300];
            // SAFETY: a slice of our own.
            let outcome = unsafe { ring.take(&[space(&mut room)]) };
            broken += u32::from(outcome == Outcome::Broken);
        }
        assert!(broken > 1000, "{broken}");
        while taken(&ring).is_some() {}
        append(&ring, b"lost");
        while taken(&ring).is_some() {}
        append(&ring, b"good");
        assert_eq!(taken(&ring).unwrap(), b"good");
    }
}

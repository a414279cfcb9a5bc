// SPDX-License-Identifier: GPL-2.0

//! A stream socket with frames one after the other, each behind its length ([`libos_vif::passt`]). One
//! read takes as many as have come. Checksums of what comes need not be looked at: it never left
//! this host's memory.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicUsize, Ordering};
use core::time::Duration;

use liblinux_abi::SimIovec;

use super::frames::vectored;
use super::header::{self, HEADER};
use crate::layout::DEVICE_ROOM;
use crate::process::Process;
use crate::{gate, sys};

/// The length before each frame.
const LENGTH: usize = 4;
/// Of an Ethernet header; a shorter frame is none.
const LEAST: usize = 14;
const MOST: usize = libos_vif::FRAME_MAX;
/// More pieces than a frame has.
const PIECES: usize = 32;

/// In the memory of the device, zeroed at first.
#[repr(C)]
struct Stream {
    /// Bytes that have come and were not taken.
    input: Buffer<{ 512 << 10 }>,
    /// The rest of a frame that the socket had room for in part.
    output: Buffer<{ 128 << 10 }>,
}

#[repr(C)]
struct Buffer<const ROOM: usize> {
    from: AtomicUsize,
    to: AtomicUsize,
    bytes: UnsafeCell<[u8; ROOM]>,
}

const _: () = assert!(size_of::<Stream>() <= DEVICE_ROOM);

fn stream(process: &Process, device: u32) -> &Stream {
    // SAFETY: the device's memory, which is good for any bytes; one thread receives, and one sends.
    unsafe { &*process.device_memory(device).cast::<Stream>() }
}

impl<const ROOM: usize> Buffer<ROOM> {
    /// The bytes that are there.
    fn range(&self) -> (*mut u8, usize) {
        let from = self.from.load(Ordering::Relaxed);
        let len = self.to.load(Ordering::Relaxed).saturating_sub(from);
        (self.bytes.get().cast::<u8>().wrapping_add(from), len)
    }

    fn drop_front(&self, len: usize) {
        self.from.fetch_add(len, Ordering::Relaxed);
    }

    /// Moves what is there to the beginning. Where there is room then, and how much.
    fn room(&self) -> (*mut u8, usize) {
        let (from, len) = self.range();
        let start = self.bytes.get().cast::<u8>();
        // SAFETY: both within the buffer.
        unsafe { core::ptr::copy(from, start, len) };
        self.from.store(0, Ordering::Relaxed);
        self.to.store(len, Ordering::Relaxed);
        (start.wrapping_add(len), ROOM - len)
    }

    fn extend(&self, len: usize) {
        self.to.fetch_add(len, Ordering::Relaxed);
    }
}

/// # Safety
///
/// As for [`super::receive`].
pub unsafe fn receive(process: &Process, device: u32, pieces: &[SimIovec]) -> isize {
    let input = &stream(process, device).input;
    loop {
        let (at, len) = input.range();
        match first(at, len) {
            // SAFETY: so many bytes are there; the pieces are writable.
            Ok(Some(frame)) => unsafe {
                let received = header::scatter(header::CHECKED, at.add(LENGTH), frame, pieces);
                input.drop_front(LENGTH + frame);
                return received;
            },
            Ok(None) => {}
            Err(()) => {
                input.drop_front(len);
                return -(libc::EPROTO as isize);
            }
        }
        let (to, room) = input.room();
        let Some(fd) = process.device(device) else { return -(libc::ENODEV as isize) };
        // SAFETY: so many writable bytes.
        match unsafe { gate::syscall(libc::SYS_read, [fd as usize, to as usize, room, 0, 0, 0]) } {
            0 => return -(libc::ENETDOWN as isize),
            read if read < 0 => return read,
            read => input.extend(read as usize),
        }
    }
}

/// Whether a frame has come that was not taken: the socket no longer tells of it.
pub fn has_frame(process: &Process, device: u32) -> bool {
    let (at, len) = stream(process, device).input.range();
    first(at, len) != Ok(None)
}

/// The length of the first frame, if it is whole. An error if none is that long: then it is not
/// known where the next one begins.
fn first(at: *const u8, len: usize) -> Result<Option<usize>, ()> {
    if len < LENGTH {
        return Ok(None);
    }
    // SAFETY: so many bytes are there.
    let frame = u32::from_be_bytes(unsafe { at.cast::<[u8; LENGTH]>().read() }) as usize;
    match frame {
        LEAST..=MOST => Ok((len >= LENGTH + frame).then_some(frame)),
        _ => Err(()),
    }
}

/// # Safety
///
/// As for [`super::send`].
pub unsafe fn send(process: &Process, device: u32, pieces: &[SimIovec]) -> isize {
    if !flush(process, device) {
        return -(libc::EAGAIN as isize);
    }
    let sum: usize = pieces.iter().map(|piece| piece.len).sum();
    let length = ((sum - HEADER) as u32).to_be_bytes();
    let mut all = [SimIovec { base: core::ptr::null_mut(), len: 0 }; PIECES];
    all[0] = SimIovec { base: length.as_ptr().cast_mut().cast(), len: LENGTH };
    let Some(count) = header::skip(pieces, &mut all[1..]) else {
        return -(libc::EMSGSIZE as isize);
    };
    let all = &all[..=count];
    // SAFETY: the pieces are readable.
    let sent = unsafe { vectored(libc::SYS_writev, process, device, all) };
    if sent >= 0 && (sent as usize) < LENGTH + sum - HEADER {
        // SAFETY: the pieces are readable.
        unsafe { keep_rest(&stream(process, device).output, all, sent as usize) };
        flush(process, device);
    }
    if sent < 0 { sent } else { sum as isize }
}

/// # Safety
///
/// The pieces are readable.
unsafe fn keep_rest<const ROOM: usize>(to: &Buffer<ROOM>, pieces: &[SimIovec], mut sent: usize) {
    for piece in pieces {
        let skipped = sent.min(piece.len);
        sent -= skipped;
        let (at, room) = to.room();
        let len = (piece.len - skipped).min(room);
        // SAFETY: as the caller promises; there is room.
        unsafe { core::ptr::copy_nonoverlapping(piece.base.cast::<u8>().add(skipped), at, len) };
        to.extend(len);
    }
}

/// Sends the rest of a frame. passt reads all the time, so that this takes no longer than it is
/// given a processor. Whether nothing is left.
fn flush(process: &Process, device: u32) -> bool {
    const LONGEST: Duration = Duration::from_millis(10);
    let output = &stream(process, device).output;
    let Some(fd) = process.device(device) else { return false };
    loop {
        let (at, len) = output.range();
        if len == 0 {
            return true;
        }
        // SAFETY: so many readable bytes.
        let sent =
            unsafe { gate::syscall(libc::SYS_write, [fd as usize, at as usize, len, 0, 0, 0]) };
        if sent > 0 {
            output.drop_front(sent as usize);
        } else if sent != -(libc::EAGAIN as isize) {
            // There is nobody left to send it to.
            output.drop_front(len);
        } else {
            let mut file = [libc::pollfd { fd, events: libc::POLLOUT, revents: 0 }];
            if sys::ppoll(&mut file, Some(LONGEST)) <= 0 {
                return false;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_behind_its_length() {
        let first = |bytes: &[u8]| super::first(bytes.as_ptr(), bytes.len());
        let mut bytes = [0u8; 64];
        bytes[3] = 60;
        assert_eq!(first(&bytes), Ok(Some(60)));
        assert_eq!(first(&bytes[..63]), Ok(None));
        assert_eq!(first(&bytes[..3]), Ok(None));
        for wrong in [0u32, 13, MOST as u32 + 1, u32::MAX] {
            assert_eq!(first(&wrong.to_be_bytes()), Err(()), "{wrong}");
        }
    }

    #[test]
    fn a_rest_is_what_was_not_sent() {
        let buffer = Buffer::<64> {
            from: AtomicUsize::new(0),
            to: AtomicUsize::new(0),
            bytes: UnsafeCell::new([0; 64]),
        };
        let piece = |bytes: &'static [u8]| SimIovec {
            base: bytes.as_ptr().cast_mut().cast(),
            len: bytes.len(),
        };
        // SAFETY: static slices.
        unsafe { keep_rest(&buffer, &[piece(b"0123"), piece(b"4567"), piece(b"89")], 5) };
        let (at, len) = buffer.range();
        // SAFETY: so many bytes are there.
        assert_eq!(unsafe { core::slice::from_raw_parts(at, len) }, b"56789");
        buffer.drop_front(2);
        assert_eq!(buffer.room().1, 61);
    }
}

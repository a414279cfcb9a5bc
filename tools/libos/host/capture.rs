// SPDX-License-Identifier: GPL-2.0

//! A capture: a pcapng file with every frame that passes between the instance and its devices.
//!
//! Frames pass in whatever process executes the kernel, so each has the descriptor and appends a
//! whole block at once.

use std::sync::atomic::Ordering;

use liblinux_abi::SimIovec;

use crate::layout::{CAPTURE_BROKEN, CAPTURE_ON};
use crate::pcapng::{Direction, Packet};
use crate::process::Process;
use crate::{gate, sys};

/// A frame has a virtio-net header before it, which is not captured.
const VIRTIO_HEADER: usize = 10;
/// More pieces than a frame has.
const PIECES: usize = 32;
const NOTHING: SimIovec = SimIovec { base: core::ptr::null_mut(), len: 0 };

#[inline]
pub fn is_on(process: &Process) -> bool {
    process.capture.load(Ordering::Relaxed) >= 0
}

/// Records a frame of `len` bytes, header included, which is at the beginning of `pieces`; a
/// negative length is none.
#[cold]
pub fn record(
    process: &Process,
    device: u32,
    direction: Direction,
    pieces: &[SimIovec],
    len: isize,
) {
    let shared = process.shared();
    let length = usize::try_from(len).ok().and_then(|len| len.checked_sub(VIRTIO_HEADER));
    let Some(length) = length else { return };
    if shared.capture.load(Ordering::Relaxed) != CAPTURE_ON || pieces.len() > PIECES {
        return;
    }
    let packet = Packet::new(device as usize, direction, sys::clock(libc::CLOCK_REALTIME), length);
    let mut block = [NOTHING; PIECES + 2];
    block[0] = piece(packet.head());
    let count = cut(pieces, VIRTIO_HEADER, length, &mut block[1..]);
    block[1 + count] = piece(packet.tail());
    let total = packet.head().len() + length + packet.tail().len();
    let fd = process.capture.load(Ordering::Relaxed);
    if write(fd, &block[..count + 2]) != total as isize {
        shared.capture.store(CAPTURE_BROKEN, Ordering::Relaxed);
    }
}

/// Copies to `to` what says where `len` bytes are, from the byte `skip` on. How many pieces.
fn cut(pieces: &[SimIovec], mut skip: usize, mut len: usize, to: &mut [SimIovec]) -> usize {
    let mut count = 0;
    for piece in pieces {
        let skipped = skip.min(piece.len);
        let taken = len.min(piece.len - skipped);
        if taken > 0 {
            to[count] = SimIovec { base: piece.base.wrapping_byte_add(skipped), len: taken };
            count += 1;
        }
        (skip, len) = (skip - skipped, len - taken);
    }
    count
}

/// Appends a block that is no frame's. Its length, if all of it was written, or a negative errno.
pub fn append(process: &Process, block: &[u8]) -> isize {
    write(process.capture.load(Ordering::Relaxed), &[piece(block)])
}

fn piece(bytes: &[u8]) -> SimIovec {
    SimIovec { base: bytes.as_ptr().cast_mut().cast(), len: bytes.len() }
}

/// Writes all pieces in one call, so that nobody else's come between.
fn write(fd: i32, pieces: &[SimIovec]) -> isize {
    // SAFETY: the pieces are readable.
    unsafe {
        let args = [fd as usize, pieces.as_ptr() as usize, pieces.len(), 0, 0, 0];
        gate::syscall(libc::SYS_writev, args)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_cut_out_of_its_pieces() {
        let bytes: Vec<u8> = (0..30).collect();
        for sizes in [[10, 5, 15], [3, 20, 7], [12, 0, 18], [30, 0, 0]] {
            let mut rest = &bytes[..];
            let pieces = sizes.map(|size| {
                let (first, others) = rest.split_at(size);
                rest = others;
                piece(first)
            });
            let mut to = [NOTHING; 3];
            let count = cut(&pieces, 10, 8, &mut to);
            let cut: Vec<u8> = to[..count]
                .iter()
                // SAFETY: parts of `bytes`.
                .flat_map(|p| unsafe { core::slice::from_raw_parts(p.base.cast::<u8>(), p.len) })
                .copied()
                .collect();
            assert_eq!(cut, bytes[10..18], "{sizes:?}");
        }
    }
}

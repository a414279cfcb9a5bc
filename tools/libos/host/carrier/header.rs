// SPDX-License-Identifier: GPL-2.0

//! The virtio-net header where the carrier has none: the library is given one, and what it gives is
//! left out. It asks for nothing there, as such a device has no offloads.

use liblinux_abi::SimIovec;
use libos_vif::ring;

/// Length of the header.
pub const HEADER: usize = libos_vif::HEADER_LEN;

/// `flags`: nothing is known of the frame.
pub const NOTHING: u8 = 0;
/// `flags`: the checksum has been checked (VIRTIO_NET_HDR_F_DATA_VALID).
pub const CHECKED: u8 = 2;

/// Copies a header with these flags and the frame into the pieces, the first of which is for the
/// header; the length of both, or a negative errno.
///
/// # Safety
///
/// So many bytes are readable, and the pieces are writable.
pub unsafe fn scatter(flags: u8, from: *const u8, len: usize, pieces: &[SimIovec]) -> isize {
    let header = [flags, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let [first, rest @ ..] = pieces else { return -(libc::EINVAL as isize) };
    if first.len != HEADER {
        return -(libc::EINVAL as isize);
    }
    // SAFETY: as the caller promises; the pieces are `struct iovec`.
    unsafe {
        core::ptr::copy_nonoverlapping(header.as_ptr(), first.base.cast(), HEADER);
        let rest = core::slice::from_raw_parts(rest.as_ptr().cast(), rest.len());
        (HEADER + ring::scatter(from, len, rest)) as isize
    }
}

/// Copies to `to` where the frame is, without its header; how many pieces. `None` if there are too
/// many.
pub fn skip(pieces: &[SimIovec], to: &mut [SimIovec]) -> Option<usize> {
    let (mut skip, mut count) = (HEADER, 0);
    for piece in pieces {
        let skipped = skip.min(piece.len);
        skip -= skipped;
        if piece.len > skipped {
            let base = piece.base.wrapping_byte_add(skipped);
            *to.get_mut(count)? = SimIovec { base, len: piece.len - skipped };
            count += 1;
        }
    }
    Some(count)
}

#[cfg(test)]
mod tests {
    use super::*;

    const NONE: SimIovec = SimIovec { base: core::ptr::null_mut(), len: 0 };

    fn piece(bytes: &mut [u8]) -> SimIovec {
        SimIovec { base: bytes.as_mut_ptr().cast(), len: bytes.len() }
    }

    #[test]
    fn a_frame_comes_behind_an_empty_header() {
        let (mut header, mut a, mut b) = ([9u8; HEADER], [0u8; 3], [0u8; 4]);
        let pieces = [piece(&mut header), piece(&mut a), piece(&mut b)];
        // SAFETY: arrays of our own.
        let len = unsafe { scatter(CHECKED, b"01234".as_ptr(), 5, &pieces) };
        assert_eq!(len, 15);
        assert_eq!((header, &a, &b), ([2, 0, 0, 0, 0, 0, 0, 0, 0, 0], b"012", b"34\0\0"));
        // SAFETY: as above.
        assert!(unsafe { scatter(CHECKED, b"0".as_ptr(), 1, &pieces[1..]) } < 0);
    }

    #[test]
    fn a_header_is_left_out_wherever_it_ends() {
        let mut bytes: [u8; 14] = core::array::from_fn(|i| i as u8);
        for first in [10, 14, 4, 12] {
            let (a, b) = bytes.split_at_mut(first);
            let pieces = [piece(a), piece(b)];
            let mut to = [NONE; 2];
            let count = skip(&pieces, &mut to).unwrap();
            let frame = to[..count].iter().flat_map(|piece| {
                // SAFETY: parts of `bytes`.
                unsafe { core::slice::from_raw_parts(piece.base.cast::<u8>(), piece.len) }
            });
            assert_eq!(frame.copied().collect::<Vec<_>>(), [10, 11, 12, 13], "{first}");
        }
        let one = [piece(&mut bytes)];
        assert_eq!(skip(&one, &mut []), None);
    }
}

// SPDX-License-Identifier: GPL-2.0

//! The Internet checksum (RFC 1071): `csum_partial()` of `lib/checksum.c`.

use crate::isa;

/// The sum of the little-endian 32-bit words of `data`, the last one padded with zeroes. Fits for
/// any buffer below 16 GiB. Written so that the compiler makes vector code of it.
#[inline(always)]
pub fn sum_words(data: &[u8]) -> u64 {
    const LANES: usize = 16;
    let mut lanes = [0u64; LANES];

    let mut blocks = data.chunks_exact(4 * LANES);
    for block in &mut blocks {
        for (lane, word) in lanes.iter_mut().zip(block.chunks_exact(4)) {
            *lane += u64::from(u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
        }
    }
    let mut words = blocks.remainder().chunks_exact(4);
    let mut sum: u64 = lanes.iter().sum();
    for word in &mut words {
        sum += u64::from(u32::from_le_bytes([word[0], word[1], word[2], word[3]]));
    }
    let mut last = [0u8; 4];
    last[..words.remainder().len()].copy_from_slice(words.remainder());
    sum + u64::from(u32::from_le_bytes(last))
}

/// Folds a one's-complement sum into 16 bits.
fn fold(mut sum: u64) -> u16 {
    while sum >> 16 != 0 {
        sum = (sum & 0xffff) + (sum >> 16);
    }
    sum as u16
}

/// `do_csum()`: the folded sum over a buffer, from which `lib/checksum.c` makes the rest.
///
/// # Safety
///
/// `buffer` is `len` readable bytes.
#[cfg_attr(not(test), unsafe(no_mangle))]
pub unsafe extern "C" fn do_csum(buffer: *const u8, len: i32) -> u32 {
    if len <= 0 {
        return 0;
    }
    // SAFETY: as the caller promises.
    let data = unsafe { core::slice::from_raw_parts(buffer, len as usize) };
    u32::from(fold(isa::sum(data)))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// RFC 1071, word by word.
    fn reference(data: &[u8]) -> u16 {
        let words = data.chunks(2);
        fold(words.map(|w| u64::from(u16::from_le_bytes([w[0], *w.get(1).unwrap_or(&0)]))).sum())
    }

    fn sum(data: &[u8]) -> u16 {
        // SAFETY: `data` is a slice.
        unsafe { do_csum(data.as_ptr(), data.len() as i32) as u16 }
    }

    #[test]
    fn equals_the_definition_at_every_length_and_alignment() {
        let data: Vec<u8> =
            (0..2100u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
        for start in 0..9 {
            for len in (0..300).chain([511, 1023, 1460, 1500, 2048]) {
                let part = &data[start..start + len];
                assert_eq!(sum(part), reference(part), "{len} bytes from {start}");
            }
        }
    }

    #[test]
    fn carries_are_not_lost() {
        assert_eq!(sum(&[0xff; 65536]), 0xffff);
    }

    #[test]
    fn example_of_rfc_1071() {
        let data = [0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7];
        assert_eq!(sum(&data).to_be(), 0xddf2);
    }
}

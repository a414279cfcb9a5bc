// SPDX-License-Identifier: GPL-2.0

//! Bytes to send.

/// `len` bytes that look random, and are the same every time.
pub fn bytes(len: usize) -> Vec<u8> {
    let mut state = 0x9e37_79b9_7f4a_7c15_u64;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state.to_le_bytes()
    };
    let mut bytes: Vec<u8> = (0..len.div_ceil(8)).flat_map(|_| next()).collect();
    bytes.truncate(len);
    bytes
}

/// `lines` lines of text.
pub fn lines(lines: usize) -> String {
    (0..lines).map(|line| format!("line {line} of {lines}\n")).collect()
}

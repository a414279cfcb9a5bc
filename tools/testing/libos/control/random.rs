// SPDX-License-Identifier: GPL-2.0

//! Randomness of a node: reproducible, and another for each node and seed.

use core::sync::atomic::{AtomicU64, Ordering};

/// Fills `buffer` from a generator with this state (SplitMix64).
pub fn fill(state: &AtomicU64, buffer: &mut [u8]) {
    for piece in buffer.chunks_mut(8) {
        let bytes = next(state).to_ne_bytes();
        piece.copy_from_slice(&bytes[..piece.len()]);
    }
}

/// The state to begin with.
#[must_use]
pub fn seed(seed: u64, node: u32) -> u64 {
    mix(seed ^ mix(u64::from(node) + 1))
}

fn next(state: &AtomicU64) -> u64 {
    const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
    mix(state.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP))
}

fn mix(value: u64) -> u64 {
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn numbers(with: u64, node: u32) -> [u8; 20] {
        let mut buffer = [0; 20];
        fill(&AtomicU64::new(seed(with, node)), &mut buffer);
        buffer
    }

    #[test]
    fn seed_and_node_decide() {
        assert_eq!(numbers(1, 2), numbers(1, 2));
        assert_ne!(numbers(1, 2), numbers(1, 3));
        assert_ne!(numbers(1, 2), numbers(2, 2));
    }
}

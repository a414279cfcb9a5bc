// SPDX-License-Identifier: GPL-2.0

//! A queue of numbers.

use core::sync::atomic::{AtomicU32, Ordering};

/// Numbers, first come, first served. Each is in it once at most, and all are less than `N`, so there
/// is always room.
#[repr(C)]
pub struct Queue<const N: usize> {
    head: AtomicU32,
    tail: AtomicU32,
    number: [AtomicU32; N],
}

impl<const N: usize> Queue<N> {
    pub fn push(&self, number: u32) {
        let tail = self.tail.load(Ordering::Relaxed);
        self.number[tail as usize % N].store(number, Ordering::Relaxed);
        self.tail.store(tail.wrapping_add(1), Ordering::Relaxed);
    }

    pub fn pop(&self) -> Option<u32> {
        let head = self.head.load(Ordering::Relaxed);
        if head == self.tail.load(Ordering::Relaxed) {
            return None;
        }
        self.head.store(head.wrapping_add(1), Ordering::Relaxed);
        Some(self.number[head as usize % N].load(Ordering::Relaxed))
    }
}

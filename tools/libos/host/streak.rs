// SPDX-License-Identifier: GPL-2.0

//! Whether the programs of an instance send much, and read nothing between.
//!
//! Whoever asks and gets answers has no streak, nor who passes frames on, as a router does: what he sends
//! is no more than what he receives.

use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use crate::ticks;

/// So many frames are a streak: more than are passed on at a time (`NAPI_POLL_WEIGHT`),
const LONG: u32 = 100;
/// each of which followed the one before as soon as this.
const SOON: u64 = 1_000_000 * ticks::PER_NS;
/// What was sent long ago does not count, in bytes.
const MOST_SURPLUS: u64 = 1 << 20;

/// The frames that are sent; zeroed at first. Changed with the virtual processor held, except that anybody
/// may end it.
#[repr(C)]
pub struct Streak {
    frames: AtomicU32,
    /// When the last one was sent.
    last: AtomicU64,
    /// Bytes sent beyond twice those received.
    surplus: AtomicU64,
}

impl Streak {
    /// A frame of `len` bytes is sent at `now`. `waits`: some that were sent before still wait.
    pub fn sent(&self, len: usize, now: u64, waits: bool) {
        // Who had to wait for room goes on when there is some.
        let soon = waits || now.wrapping_sub(self.last.load(Ordering::Relaxed)) < SOON;
        let frames = if soon { self.frames.load(Ordering::Relaxed).saturating_add(1) } else { 0 };
        let surplus = self.surplus.load(Ordering::Relaxed) + len as u64;
        self.last.store(now, Ordering::Relaxed);
        self.frames.store(frames, Ordering::Relaxed);
        self.surplus.store(surplus.min(MOST_SURPLUS), Ordering::Relaxed);
    }

    /// A frame of `len` bytes is received.
    pub fn received(&self, len: usize) {
        let surplus = self.surplus.load(Ordering::Relaxed).saturating_sub(2 * len as u64);
        self.surplus.store(surplus, Ordering::Relaxed);
        if surplus == 0 {
            self.end();
        }
    }

    /// Somebody reads, or nothing comes any more.
    pub fn end(&self) {
        if self.frames.load(Ordering::Relaxed) != 0 {
            self.frames.store(0, Ordering::Relaxed);
        }
    }

    #[inline]
    pub fn is_long(&self) -> bool {
        self.frames.load(Ordering::Relaxed) >= LONG
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn streak() -> Streak {
        Streak { frames: 0.into(), last: 0.into(), surplus: 0.into() }
    }

    /// Sends `count` frames, a microsecond after each other.
    fn send(streak: &Streak, count: u32, len: usize) {
        for _ in 0..count {
            let now = streak.last.load(Ordering::Relaxed) + 1000 * ticks::PER_NS;
            streak.sent(len, now, false);
        }
    }

    #[test]
    fn who_only_sends_has_one() {
        let streak = streak();
        send(&streak, LONG - 1, 60);
        assert!(!streak.is_long());
        send(&streak, 1, 60);
        assert!(streak.is_long());
        streak.end();
        assert!(!streak.is_long());
    }

    #[test]
    fn acknowledgements_do_not_end_it() {
        let streak = streak();
        for _ in 0..LONG {
            send(&streak, 1, 65_160);
            (0..22).for_each(|_| streak.received(66));
        }
        assert!(streak.is_long());
    }

    #[test]
    fn who_passes_on_has_none() {
        let streak = streak();
        for _ in 0..10 {
            (0..64).for_each(|_| streak.received(60));
            send(&streak, 64, 60);
            assert!(!streak.is_long());
        }
    }

    #[test]
    fn who_stops_for_long_begins_anew_unless_he_had_to() {
        for had_to in [false, true] {
            let streak = streak();
            send(&streak, LONG, 1500);
            streak.sent(1500, streak.last.load(Ordering::Relaxed) + SOON, had_to);
            assert_eq!(streak.is_long(), had_to);
        }
    }

    #[test]
    fn what_was_sent_long_ago_does_not_count() {
        let streak = streak();
        send(&streak, 10 * LONG, 65_160);
        (0..8).for_each(|_| streak.received(65_160));
        assert!(streak.is_long());
        streak.received(65_160);
        assert!(!streak.is_long());
    }
}

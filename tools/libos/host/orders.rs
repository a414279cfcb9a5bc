// SPDX-License-Identifier: GPL-2.0

//! Orders to the threads that look after an instance, from the one that has booted it.

use core::sync::atomic::{AtomicU32, Ordering};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use crate::sys;

/// What the driver is to do. It changes that itself from `PAUSE` to `PAUSED`.
pub struct Orders {
    order: AtomicU32,
    /// Can be read once the order is to stop.
    stopped: OwnedFd,
}

const GO_ON: u32 = 0;
const PAUSE: u32 = 1;
const PAUSED: u32 = 2;
const STOP: u32 = 3;

impl Orders {
    /// To go on. `stopped` is an eventfd that nobody else uses.
    pub fn new(stopped: OwnedFd) -> Self {
        Orders { order: AtomicU32::new(GO_ON), stopped }
    }

    /// To do nothing any more.
    pub fn stop(&self) {
        self.give(STOP);
        sys::ring(self.stopped.as_raw_fd());
    }

    /// What a thread that polls is told with that it is to stop.
    pub fn stopped(&self) -> BorrowedFd<'_> {
        self.stopped.as_fd()
    }

    pub fn is_stopped(&self) -> bool {
        self.order.load(Ordering::Acquire) == STOP
    }

    /// To go on after a [`Orders::pause`].
    pub fn go_on(&self) {
        self.give(GO_ON);
    }

    /// To do nothing for a while. Returns when that is so; `ring` has the driver look.
    pub fn pause(&self, ring: impl FnOnce()) {
        self.give(PAUSE);
        ring();
        while self.order.load(Ordering::Acquire) == PAUSE {
            sys::futex_wait(&self.order, PAUSE, None);
        }
    }

    fn give(&self, order: u32) {
        self.order.store(order, Ordering::Release);
        sys::futex_wake(&self.order, u32::MAX >> 1);
    }

    pub fn is_to_go_on(&self) -> bool {
        self.order.load(Ordering::Acquire) == GO_ON
    }

    /// The driver's side: pauses if it is to. False if it is to stop.
    pub fn follow(&self) -> bool {
        let order = |from, to| {
            self.order.compare_exchange(from, to, Ordering::AcqRel, Ordering::Relaxed).is_ok()
        };
        while !self.is_to_go_on() && !self.is_stopped() {
            if order(PAUSE, PAUSED) {
                sys::futex_wake(&self.order, u32::MAX >> 1);
            }
            sys::futex_wait(&self.order, PAUSED, None);
        }
        !self.is_stopped()
    }
}

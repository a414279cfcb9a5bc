// SPDX-License-Identifier: GPL-2.0

//! Orders to the threads that look after an instance, from the one that has booted it.

use core::sync::atomic::{AtomicU32, Ordering};
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use crate::sys;

/// What the driver and the sender are to do.
pub struct Orders {
    order: AtomicU32,
    /// How many of them do nothing.
    paused: AtomicU32,
    /// Can be read once the order is to stop.
    stopped: OwnedFd,
}

const GO_ON: u32 = 0;
const PAUSE: u32 = 1;
const STOP: u32 = 2;

/// Threads that follow orders.
const FOLLOWERS: u32 = 2;

impl Orders {
    /// To go on. `stopped` is an eventfd that nobody else uses.
    pub fn new(stopped: OwnedFd) -> Self {
        Orders { order: AtomicU32::new(GO_ON), paused: AtomicU32::new(0), stopped }
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

    /// To do nothing for a while. Returns when that is so; `ring` has all followers look.
    pub fn pause(&self, ring: impl FnOnce()) {
        self.give(PAUSE);
        ring();
        loop {
            let paused = self.paused.load(Ordering::Acquire);
            if paused == FOLLOWERS {
                break;
            }
            sys::futex_wait(&self.paused, paused, None);
        }
    }

    fn give(&self, order: u32) {
        self.order.store(order, Ordering::Release);
        sys::futex_wake(&self.order, u32::MAX >> 1);
    }

    pub fn is_to_go_on(&self) -> bool {
        self.order.load(Ordering::Acquire) == GO_ON
    }

    /// A follower's side: nothing to do until there are other orders than to go on.
    pub fn wait_for_others(&self) {
        while self.is_to_go_on() {
            sys::futex_wait(&self.order, GO_ON, None);
        }
    }

    /// A follower's side: pauses if it is to. False if it is to stop.
    pub fn follow(&self) -> bool {
        while !self.is_to_go_on() && !self.is_stopped() {
            self.paused.fetch_add(1, Ordering::AcqRel);
            sys::futex_wake(&self.paused, u32::MAX >> 1);
            sys::futex_wait(&self.order, PAUSE, None);
            self.paused.fetch_sub(1, Ordering::AcqRel);
        }
        !self.is_stopped()
    }
}

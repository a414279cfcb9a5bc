// SPDX-License-Identifier: GPL-2.0

//! Mutual exclusion between threads of the host, whose word may be shared by processes. The word
//! says which process holds it, so that one that died with it can be told.

use core::sync::atomic::{AtomicU32, Ordering};

use crate::kernel::host;
use crate::kernel::host::host;

/// A lock that sleeps with the host's `lock_wait`, or spins where there is none.
pub struct Lock(AtomicU32);

const FREE: u32 = 0;
/// Held, by the process in the bits above [`OWNER_SHIFT`].
const HELD: u32 = 1;
/// Somebody may wait for it.
const CONTENDED: u32 = 2;
const OWNER_SHIFT: u32 = 2;

const fn held_by(process: u64) -> u32 {
    (process as u32) << OWNER_SHIFT | HELD
}

impl Lock {
    pub const fn new() -> Self {
        Self(AtomicU32::new(FREE))
    }

    /// Takes it for a thread of `process`.
    pub fn acquire(&self, process: u64) {
        let held = held_by(process);
        let taken = self.0.compare_exchange(FREE, held, Ordering::Acquire, Ordering::Relaxed);
        if taken.is_err() {
            self.acquire_contended(held | CONTENDED);
        }
    }

    #[cold]
    fn acquire_contended(&self, held: u32) {
        loop {
            let seen = self.0.load(Ordering::Relaxed);
            let (next, order) = if seen == FREE {
                (held, Ordering::Acquire)
            } else {
                (seen | CONTENDED, Ordering::Relaxed)
            };
            if self.0.compare_exchange(seen, next, order, Ordering::Relaxed).is_err() {
                continue;
            }
            if seen == FREE {
                return;
            }
            match host::table().lock_wait {
                Some(_) => host!(lock_wait, self.0.as_ptr(), next),
                None => core::hint::spin_loop(),
            }
        }
    }

    /// Gives it back. Also in the place of a holder that died.
    pub fn release(&self) {
        if self.0.swap(FREE, Ordering::Release) & CONTENDED != 0 {
            self.wake();
        }
    }

    /// Who was woken to have it may have died: another one is to be, now or by whoever has it meanwhile.
    pub fn pass_on_wake(&self) {
        let (order, failed) = (Ordering::Acquire, Ordering::Acquire);
        let contend = |seen| (seen != FREE).then_some(seen | CONTENDED);
        if self.0.fetch_update(order, failed, contend).is_err() {
            self.wake();
        }
    }

    /// Wakes one that waits.
    fn wake(&self) {
        if host::table().lock_wake.is_some() {
            host!(lock_wake, self.0.as_ptr());
        }
    }

    /// Whether a thread of `process` holds it.
    pub fn is_held_by(&self, process: u64) -> bool {
        self.0.load(Ordering::Acquire) & !CONTENDED == held_by(process)
    }
}

// SPDX-License-Identifier: GPL-2.0

//! Mutual exclusion between threads of the host, whose word may be shared by processes.

use core::sync::atomic::{AtomicU32, Ordering};

use crate::kernel::host;
use crate::kernel::host::host;

/// A lock that sleeps with the host's `lock_wait`, or spins where there is none.
pub struct Lock(AtomicU32);

const FREE: u32 = 0;
const HELD: u32 = 1;
const CONTENDED: u32 = 2;

impl Lock {
    pub const fn new() -> Self {
        Self(AtomicU32::new(FREE))
    }

    pub fn acquire(&self) {
        let taken = self.0.compare_exchange(FREE, HELD, Ordering::Acquire, Ordering::Relaxed);
        if taken.is_err() {
            self.acquire_contended();
        }
    }

    #[cold]
    fn acquire_contended(&self) {
        while self.0.swap(CONTENDED, Ordering::Acquire) != FREE {
            match host::table().lock_wait {
                Some(_) => host!(lock_wait, self.0.as_ptr(), CONTENDED),
                None => core::hint::spin_loop(),
            }
        }
    }

    pub fn release(&self) {
        let contended = self.0.swap(FREE, Ordering::Release) == CONTENDED;
        if contended && host::table().lock_wake.is_some() {
            host!(lock_wake, self.0.as_ptr());
        }
    }
}

// SPDX-License-Identifier: GPL-2.0

//! A clock that is cheap to read and need not be exact: the processor's counter.

/// About: a processor may count between 1 and 5 in a nanosecond.
#[cfg(target_arch = "x86_64")]
pub const PER_NS: u64 = 2;
#[cfg(not(target_arch = "x86_64"))]
pub const PER_NS: u64 = 1;

#[inline]
pub fn now() -> u64 {
    #[cfg(target_arch = "x86_64")]
    // SAFETY: reads a counter.
    unsafe {
        core::arch::x86_64::_rdtsc()
    }
    #[cfg(not(target_arch = "x86_64"))]
    crate::sys::now()
}

// SPDX-License-Identifier: GPL-2.0

//! The one's-complement sum over a buffer, with AVX2 where the processor has it.

use crate::lib::checksum::sum_words;

/// The sum of the 32-bit words of `data`, unfolded; as [`sum_words`].
#[cfg(not(feature = "checksum_simd"))]
pub fn sum(data: &[u8]) -> u64 {
    sum_words(data)
}

/// The sum of the 32-bit words of `data`, unfolded; as [`sum_words`].
#[cfg(feature = "checksum_simd")]
pub fn sum(data: &[u8]) -> u64 {
    /// Below this, asking costs more than it gives.
    const WORTH_IT: usize = 256;

    if data.len() >= WORTH_IT && avx2::available() {
        // SAFETY: the processor has AVX2.
        unsafe { avx2::sum(data) }
    } else {
        sum_words(data)
    }
}

#[cfg(feature = "checksum_simd")]
mod avx2 {
    use core::arch::x86_64::{__cpuid, __cpuid_count, _xgetbv};
    use core::sync::atomic::{AtomicU8, Ordering};

    const UNKNOWN: u8 = 0;
    const ABSENT: u8 = 1;
    const PRESENT: u8 = 2;
    static STATE: AtomicU8 = AtomicU8::new(UNKNOWN);

    /// Whether processor and host kernel have AVX2.
    pub fn available() -> bool {
        match STATE.load(Ordering::Relaxed) {
            UNKNOWN => {
                let found = detect();
                STATE.store(if found { PRESENT } else { ABSENT }, Ordering::Relaxed);
                found
            }
            state => state == PRESENT,
        }
    }

    fn detect() -> bool {
        const OSXSAVE: u32 = 1 << 27;
        const AVX2: u32 = 1 << 5;
        const YMM_STATE: u64 = 0b110;

        if __cpuid(0).eax < 7 || __cpuid(1).ecx & OSXSAVE == 0 {
            return false;
        }
        // SAFETY: OSXSAVE says that the instruction exists.
        let enabled = unsafe { xcr0() } & YMM_STATE == YMM_STATE;
        enabled && __cpuid_count(7, 0).ebx & AVX2 != 0
    }

    #[target_feature(enable = "xsave")]
    fn xcr0() -> u64 {
        // SAFETY: register 0 exists wherever the instruction does.
        unsafe { _xgetbv(0) }
    }

    /// [`super::sum_words`] compiled for 32 bytes a step.
    #[target_feature(enable = "avx2")]
    pub fn sum(data: &[u8]) -> u64 {
        super::sum_words(data)
    }
}

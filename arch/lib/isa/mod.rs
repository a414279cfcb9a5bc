// SPDX-License-Identifier: GPL-2.0

//! What depends on the processor: switching stacks, copies that may fault, vector checksums.
//!
//! Another processor is another folder here, with the same items.

#[cfg(target_arch = "x86_64")]
mod x86_64;
#[cfg(target_arch = "x86_64")]
pub use x86_64::*;

#[cfg(not(target_arch = "x86_64"))]
compile_error!("arch/lib/isa/ has no folder for this processor");

// SPDX-License-Identifier: GPL-2.0

//! Where things are, in every process that uses an instance.
//!
//! ```text
//!  BASE    PROCESS   private to each process: its table of operations
//!  +1 M    SHARED    memfd: what the host's processes share about the instance
//!  +4 M    IMAGE     the file of the library, and memfd: its data, relocated
//!  +256 M  ARENA     memfd: the instance's memory
//!
//!  GATE              private: see `gate`
//! ```
//!
//! [`BASE`] is an address that is free under ASan, Go and PIE alike. More instances are at
//! higher bases, multiples of [`STRIDE`] away.

pub const PAGE: usize = 4096;
pub const BASE: usize = 0x2000_0000_0000;
/// Above programs, wherever they are, and below libraries, so that a program's own code can be told from
/// everything else by one boundary.
pub const GATE: usize = 0x6fff_ffff_0000;

/// Distance between the bases of two instances in one process. All execute the same code, each where it has
/// it, and a processor knows a branch by some bits of its address: AMD's Zen 3 by bits 12 to 47 folded to
/// twelve. This distance folds to nothing, so what it has learned of one instance's branches is true
/// of the others'.
pub const STRIDE: usize = (1 << 36) + (1 << 24);

pub const PROCESS_OFFSET: usize = 0;
/// Another private page, which the host's kernel may wipe in children.
pub const MARK_OFFSET: usize = PAGE;
pub const PRIVATE: usize = MARK_OFFSET + PAGE;
pub const SHARED_OFFSET: usize = 1 << 20;
pub const IMAGE_OFFSET: usize = 4 << 20;
pub const ARENA_OFFSET: usize = 256 << 20;

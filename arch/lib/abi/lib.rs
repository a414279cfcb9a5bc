// SPDX-License-Identifier: GPL-2.0

//! The binary interface of `liblinux.so`: the table of operations that the host gives
//! ([`SimImported`]), the table that it gets ([`SimExported`]), and what they exchange.
//!
//! Names and groups are those of the original LibOS. Each table begins with its size and the
//! version of the interface, and only grows at its end: a library takes a shorter table of an
//! older host for what it is, and treats what is beyond its end as absent.
//!
//! `include/liblinux.h` is made from this crate.

#![no_std]
#![deny(missing_docs)]

mod exported;
mod imported;
mod types;

pub use exported::*;
pub use imported::*;
pub use types::*;

/// The version that this crate describes. It changes when a table is no longer an extension of
/// the one before.
pub const SIM_ABI_VERSION: u32 = 2;

// SPDX-License-Identifier: GPL-2.0

//! Drivers for what the host has.

mod buffers;
pub mod net;
mod segments;

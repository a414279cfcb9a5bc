// SPDX-License-Identifier: GPL-2.0

//! x86-64.

mod checksum;
mod memory;
mod switch;
mod uaccess;

pub use checksum::sum;
pub use switch::{Stack, frame_pointer, saved_frame_pointer, switch};

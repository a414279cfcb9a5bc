// SPDX-License-Identifier: GPL-2.0

//! Memory: the arena that the host gave, and the memory of its programs.

pub mod arena;
mod oom;
pub mod uaccess;

// SPDX-License-Identifier: GPL-2.0

//! Memory: the arena that the host gave, and the memory of its programs.

pub mod arena;
#[cfg(CONFIG_KASAN)]
pub mod kasan;
#[cfg(CONFIG_PACKET)]
pub mod mapping;
mod oom;
pub mod uaccess;
pub mod unused;

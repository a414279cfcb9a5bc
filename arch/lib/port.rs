// SPDX-License-Identifier: GPL-2.0

//! `arch/lib`: an architecture of Linux whose hardware is a table of functions.
//!
//! The generic kernel calls what it asks of every architecture (`kernel/`, `mm/`, `lib/`); a
//! host calls what `api/` exports. Between them stands [`kernel::vcpu`]: the lock under which a
//! thread of the host executes the kernel.
//!
//! Compiled as one object with the kernel's own configuration; see `build.rs`.

#![cfg_attr(not(test), no_std)]
#![allow(clippy::missing_safety_doc)] // The interface describes what its functions need.
#![allow(special_module_name)] // lib/ is the kernel's name for such a folder.

pub mod isa;
pub mod lib;

#[cfg(not(test))]
mod api;
#[cfg(not(test))]
mod bindings;
#[cfg(all(not(test), feature = "net_device"))]
mod drivers;
#[cfg(not(test))]
mod kernel;
#[cfg(not(test))]
mod mm;

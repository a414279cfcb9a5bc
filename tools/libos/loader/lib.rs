// SPDX-License-Identifier: GPL-2.0

//! What every host of `liblinux.so` needs that shares instances between processes.
//!
//! * [`Image`]: the library as a file;
//! * [`layout`]: what is where in the address space, and [`map`]: bringing it there;
//! * [`boot`]: `lib_init` of an image that is in its place;
//! * [`gate`]: system calls of the host that nothing catches, and [`sys`], some of them;
//! * [`mapping`]: memory that files of the library share with programs;
//! * [`debugger`]: how a debugger finds instances;
//! * [`fault`]: bad addresses that a program gives the library.

mod boot;
mod common;
pub mod debugger;
mod error;
pub mod fault;
pub mod file_size;
pub mod gate;
mod image;
pub mod layout;
pub mod map;
pub mod mapping;
pub mod sys;

pub use boot::boot;
pub use common::Common;
pub use error::Error;
pub use image::Image;

// SPDX-License-Identifier: GPL-2.0

//! Statically linked programs. Nothing can be preloaded into one, so another program is executed in
//! its place: `nuse-runner`, into which the interposer is preloaded as into any. That maps the static
//! program beside itself, as the kernel would, and has the interposer run it.
//!
//! So is a dynamic program that is executed while the effective user or group is not the real one: its
//! loader ignores LD_PRELOAD. The runner, whose own does so too, loads the interposer itself; and the
//! program's loader beside the program.
//!
//! This library is what those need who execute programs: which files are run so, and what the runner
//! must be told.

mod file;
mod image;
mod script;

pub use file::File;
pub use image::Image;
pub use script::{Needed, is_secure, needed};

use std::ffi::CStr;

/// What the runner finds the program's path in, or the number of a descriptor, which it closes. The
/// program itself does not see it.
pub const PROGRAM: &[u8] = b"NUSE_STATIC=";

/// What LD_PRELOAD is called where the loader would remove it.
pub const PRELOAD: &[u8] = b"NUSE_PRELOAD=";

/// A path that is not a number.
#[must_use]
pub fn with_slash(path: &CStr) -> Vec<u8> {
    let bytes = path.to_bytes();
    if bytes.contains(&b'/') { bytes.to_vec() } else { [b"./", bytes].concat() }
}

/// The function of the interposer that runs a program, [`Begin`].
pub const BEGIN: &CStr = c"nuse_begin_static";

/// Runs a program in the calling thread, which is the only one.
pub type Begin = unsafe extern "C" fn(&Program) -> !;

/// A program that is complete in memory.
#[repr(C)]
pub struct Program {
    /// Its first instruction.
    pub entry: usize,
    /// The stack pointer that it begins with.
    pub stack: usize,
    /// Its code is between these addresses, with nothing that it writes.
    pub text: [usize; 2],
    /// What /proc/self/exe is to be for it.
    pub exe: *const libc::c_char,
}

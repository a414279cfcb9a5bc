// SPDX-License-Identifier: GPL-2.0

//! What is not supported, said once.

use core::sync::atomic::{AtomicU32, Ordering};

use libos_control::layout::LOG_FD;

use crate::host;

/// A thing that programs are told once that it is not there.
pub struct Warning {
    said: AtomicU32,
    text: &'static str,
}

impl Warning {
    pub const fn new(text: &'static str) -> Self {
        Warning { said: AtomicU32::new(0), text }
    }

    /// Says it, unless it has been said in this program.
    pub fn say(&self) {
        if self.said.swap(1, Ordering::Relaxed) == 0 {
            say(&[self.text]);
        }
    }
}

/// Writes a line to the simulator's log.
pub fn say(parts: &[&str]) {
    let mut pieces = [libc::iovec { iov_base: core::ptr::null_mut(), iov_len: 0 }; 8];
    let all = ["libos: "].iter().chain(parts.iter().take(6)).chain(&["\n"]);
    let mut count = 0;
    for (piece, part) in pieces.iter_mut().zip(all) {
        *piece = libc::iovec { iov_base: part.as_ptr().cast_mut().cast(), iov_len: part.len() };
        count += 1;
    }
    host::call(libc::SYS_writev, [LOG_FD as usize, pieces.as_ptr() as usize, count]);
}

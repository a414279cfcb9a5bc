// SPDX-License-Identifier: GPL-2.0

//! Standard descriptors that nuse was started without. Rust's library opens /dev/null in their places
//! before `main`, which keeps the instance's own descriptors from them; the program is to find them
//! closed, as it was meant to.

use std::sync::atomic::{AtomicU8, Ordering};

/// A bit for each.
static CLOSED: AtomicU8 = AtomicU8::new(0);

#[used]
// SAFETY: what the loader calls before `main`.
#[unsafe(link_section = ".init_array")]
static NOTE: extern "C" fn() = note;

extern "C" fn note() {
    // SAFETY: asks about a descriptor.
    let is_closed = |fd: &i32| unsafe { libc::fcntl(*fd, libc::F_GETFD) } < 0;
    let bits = (0..=libc::STDERR_FILENO).filter(is_closed).map(|fd| 1 << fd);
    CLOSED.store(bits.sum(), Ordering::Relaxed);
}

/// Whether nuse was started without that one.
pub fn was_closed(fd: i32) -> bool {
    CLOSED.load(Ordering::Relaxed) & (1 << fd) != 0
}

/// Closes them again, in a child that becomes the program. Allocates no memory.
pub fn close_again() {
    for fd in (0..=libc::STDERR_FILENO).filter(|fd| was_closed(*fd)) {
        // SAFETY: a descriptor that nobody of this process knows of.
        unsafe { libc::close(fd) };
    }
}

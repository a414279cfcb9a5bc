// SPDX-License-Identifier: GPL-2.0

//! Children of which the library does not know: a clone(2) that the interposer does not see has made
//! them, with a copy of their parent's memory. Such a child takes itself for its parent, also in the
//! library; what it did there would be done to that one. So there is a page that the host's kernel wipes
//! in each child (from Linux 4.14 on), and that a known one marks again.

use core::sync::atomic::{AtomicBool, AtomicU32, Ordering};

use crate::gate;
use crate::layout::{BASE, MARK_OFFSET, PAGE};

/// This process, or one that it comes of, has forked as a stray.
static FORKS: AtomicBool = AtomicBool::new(false);

/// Whether the library does not know the calling process, which has an instance, or is a copy of one that
/// has.
#[inline]
pub(crate) fn is_stray() -> bool {
    // SAFETY: mapped with the instance.
    unsafe { word(BASE) }.load(Ordering::Relaxed) == 0
}

/// The instance at `base` knows the calling process, but not the children that it has from now on.
pub(crate) fn mark(base: usize) {
    let args = [base + MARK_OFFSET, PAGE, libc::MADV_WIPEONFORK as usize, 0, 0, 0];
    // SAFETY: the page is that of the instance.
    unsafe {
        gate::syscall(libc::SYS_madvise, args);
        word(base).store(1, Ordering::Relaxed);
    }
}

/// A stray forks: nothing was made for its child.
pub(crate) fn fork() {
    FORKS.store(true, Ordering::Relaxed);
}

/// Whether the calling process is the child of a stray.
pub(crate) fn is_child() -> bool {
    is_stray() && FORKS.load(Ordering::Relaxed)
}

/// # Safety
///
/// An instance is mapped at `base`.
unsafe fn word(base: usize) -> &'static AtomicU32 {
    // SAFETY: as the caller promises.
    unsafe { &*((base + MARK_OFFSET) as *const AtomicU32) }
}

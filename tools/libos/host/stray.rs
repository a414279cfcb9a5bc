// SPDX-License-Identifier: GPL-2.0

//! Children of which the library does not know: a clone(2) that the interposer does not see has made
//! them, with a copy of their parent's memory. Such a child takes itself for its parent, also in the
//! library; what it did there would be done to that one. So there is a page that the host's kernel wipes
//! in each child, and that a known one marks again.

use core::ptr::{from_ref, null_mut};
use core::sync::atomic::{AtomicBool, AtomicPtr, AtomicU32, Ordering};

use crate::gate;
use crate::layout::PAGE;

/// For a process that has no page of its own.
static UNMARKED: AtomicU32 = AtomicU32::new(1);

/// Not 0 in a process that the library knows.
static MARK: AtomicPtr<AtomicU32> = AtomicPtr::new(from_ref(&UNMARKED).cast_mut());

/// This process, or one that it comes of, has forked as a stray.
static FORKS: AtomicBool = AtomicBool::new(false);

/// Whether the library does not know the calling process.
#[inline]
pub(crate) fn is_stray() -> bool {
    // SAFETY: a static or a page, which is never unmapped.
    unsafe { &*MARK.load(Ordering::Relaxed) }.load(Ordering::Relaxed) == 0
}

/// The library knows the calling process, but not the children that it has from now on.
pub(crate) fn mark() {
    let unmarked = from_ref(&UNMARKED).cast_mut();
    if MARK.load(Ordering::Relaxed) == unmarked
        && let Some(page) = wiped_page()
    {
        MARK.store(page, Ordering::Relaxed);
    }
    // SAFETY: as above.
    unsafe { &*MARK.load(Ordering::Relaxed) }.store(1, Ordering::Relaxed);
}

/// A stray forks: nothing was made for its child.
pub(crate) fn fork() {
    FORKS.store(true, Ordering::Relaxed);
}

/// Whether the calling process is the child of a stray.
pub(crate) fn is_child() -> bool {
    is_stray() && FORKS.load(Ordering::Relaxed)
}

/// `None` where the kernel cannot wipe (before Linux 4.14).
fn wiped_page() -> Option<*mut AtomicU32> {
    let (access, kind) =
        (libc::PROT_READ | libc::PROT_WRITE, libc::MAP_PRIVATE | libc::MAP_ANONYMOUS);
    let args = [null_mut::<u8>() as usize, PAGE, access as usize, kind as usize, usize::MAX, 0];
    // SAFETY: a new mapping, of which nobody else knows.
    let page = unsafe { gate::syscall(libc::SYS_mmap, args) };
    if page < 0 {
        return None;
    }
    let page = page as usize;
    // SAFETY: the mapping is ours.
    let wipes = unsafe {
        let advice = libc::MADV_WIPEONFORK as usize;
        gate::syscall(libc::SYS_madvise, [page, PAGE, advice, 0, 0, 0]) == 0
    };
    if !wipes {
        // SAFETY: as above.
        unsafe { gate::syscall(libc::SYS_munmap, [page, PAGE, 0, 0, 0, 0]) };
    }
    wipes.then_some(page as *mut AtomicU32)
}

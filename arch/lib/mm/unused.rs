// SPDX-License-Identifier: GPL-2.0

//! Memory that the page allocator has: what is there is of no interest to anybody.

use core::ffi::c_void;

use crate::bindings::{self, LIB_PAGE_SIZE as PAGE_SIZE};
use crate::mm::arena;

/// Calls `visit` with each block. It must not enter, nor wait for anybody who does.
pub fn for_each(mut visit: impl FnMut(*mut c_void, usize)) {
    // SAFETY: a plain variable of the kernel, constant since boot.
    let end = unsafe { bindings::max_pfn };
    let mut pfn = 0;
    // SAFETY: process context; all pages of the arena have a `struct page`, and are of one zone.
    unsafe {
        let flags = bindings::lib_lock_free_blocks();
        while pfn < end {
            let pages = bindings::lib_free_block(pfn);
            if pages > 0 {
                visit(arena::page(pfn), pages as usize * PAGE_SIZE as usize);
            }
            pfn += pages.max(1);
        }
        bindings::lib_unlock_free_blocks(flags);
    }
}

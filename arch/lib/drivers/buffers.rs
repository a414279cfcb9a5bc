// SPDX-License-Identifier: GPL-2.0

//! Room for one frame of any size, without knowing the size: a small buffer for headers, then
//! pieces of large pages.
//!
//! A frame uses what it needs; the rest stays for the next one, so that the memory charged to a
//! socket (`truesize`) is close to what its data takes.

use core::ffi::c_void;
use core::ptr::null_mut;

use crate::bindings::{self, napi_struct, page, sk_buff};

/// Bytes of the frame that go to the packet's linear part: any headers, and small frames whole.
const HEAD: usize = 256;
const ORDER: u32 = 3;
const PAGE: usize = (bindings::LIB_PAGE_SIZE as usize) << ORDER;
/// Enough for 64 KiB beside the head wherever the first page begins.
const PAGES: usize = 3;
/// Fragments begin at cache lines.
const ALIGN: usize = 64;

/// Valid when zeroed: empty.
pub struct Buffers {
    skb: *mut sk_buff,
    pages: [*mut page; PAGES],
    /// Bytes of the first page already given away.
    used: usize,
}

impl Buffers {
    /// Completes what the last frame used; false if there is no memory.
    ///
    /// # Safety
    ///
    /// In the poll of `napi`.
    pub unsafe fn fill(&mut self, napi: &mut napi_struct) -> bool {
        // SAFETY: as the caller promises.
        unsafe {
            if self.skb.is_null() {
                self.skb = bindings::lib_napi_alloc_skb(napi, HEAD as u32);
            }
            for page in &mut self.pages {
                if page.is_null() {
                    *page = bindings::lib_alloc_pages(bindings::lib_gfp_atomic(), ORDER);
                }
            }
        }
        !self.skb.is_null() && self.pages.iter().all(|page| !page.is_null())
    }

    /// Calls `piece` with each part of the room in turn.
    ///
    /// # Safety
    ///
    /// [`Buffers::fill`] has returned true.
    pub unsafe fn each_piece(&self, mut piece: impl FnMut(*mut c_void, usize)) {
        // SAFETY: as the caller promises: the packet is empty and has HEAD bytes of room.
        unsafe {
            piece((*self.skb).data.cast(), HEAD);
            let mut used = self.used;
            for page in self.pages {
                let base = bindings::lib_page_address(page).cast::<u8>();
                piece(base.add(used).cast(), PAGE - used);
                used = 0;
            }
        }
    }

    /// The packet, with the `len` bytes that were put into the room.
    ///
    /// # Safety
    ///
    /// As for [`Buffers::each_piece`].
    pub unsafe fn take(&mut self, len: usize) -> *mut sk_buff {
        let skb = core::mem::replace(&mut self.skb, null_mut());
        // SAFETY: as the caller promises; the fragments get a reference each.
        unsafe {
            bindings::skb_put(skb, len.min(HEAD) as u32);
            let mut left = len.saturating_sub(HEAD);
            let mut fragment = 0;
            while left > 0 {
                left -= self.take_fragment(skb, fragment, left);
                fragment += 1;
            }
        }
        skb
    }

    /// Moves up to `left` bytes of the first page to fragment `i` of `skb`; how many.
    ///
    /// # Safety
    ///
    /// The first page is there.
    unsafe fn take_fragment(&mut self, skb: *mut sk_buff, i: i32, left: usize) -> usize {
        let page = self.pages[0];
        let size = left.min(PAGE - self.used);
        let charged = size.next_multiple_of(ALIGN).min(PAGE - self.used);
        // SAFETY: as the caller promises.
        unsafe {
            let at = self.used as i32;
            bindings::lib_skb_add_rx_frag(skb, i, page, at, size as i32, charged as u32);
        }
        self.used += charged;
        if self.used == PAGE {
            // The fragment has our reference.
            self.pages.rotate_left(1);
            self.pages[PAGES - 1] = null_mut();
            self.used = 0;
        } else {
            // SAFETY: the page is ours, and now the fragment's too.
            unsafe { bindings::lib_get_page(page) };
        }
        size
    }

    /// Returns all of it.
    ///
    /// # Safety
    ///
    /// The device no longer polls.
    pub unsafe fn free(&mut self) {
        // SAFETY: as the caller promises.
        unsafe {
            if !self.skb.is_null() {
                bindings::lib_dev_kfree_skb(self.skb);
                self.skb = null_mut();
            }
            for page in &mut self.pages {
                if !page.is_null() {
                    bindings::lib_put_page(*page);
                    *page = null_mut();
                }
            }
        }
    }
}

// SPDX-License-Identifier: GPL-2.0

//! The kernel's own checking of memory accesses, where it is configured (`make test-kasan`): what
//! `asm/kasan.h` says is looked up there.

use core::ffi::c_void;
use core::ptr::null_mut;

use crate::bindings::{self, LIB_PAGE_SIZE as PAGE_SIZE};

/// Bytes of memory that a byte of shadow tells of.
const GRANULE: usize = 8;

#[unsafe(no_mangle)]
static mut lib_kasan_ready: bool = false;
#[unsafe(no_mangle)]
static mut lib_kasan_arena: *mut u8 = null_mut();
#[unsafe(no_mangle)]
static mut lib_kasan_image: *mut u8 = null_mut();

/// Takes the shadows from the arena, which has been told to memblock. Nothing is poisoned yet.
pub fn set_up() {
    // SAFETY: boot is single-threaded.
    unsafe {
        let image = &raw const bindings::_end as usize - &raw const bindings::_text as usize;
        lib_kasan_arena =
            shadow_of(bindings::memory_end as usize - bindings::memory_start as usize);
        lib_kasan_image = shadow_of(image);
        bindings::init_task.kasan_depth = 0;
        lib_kasan_ready = true;
    }
}

/// Zeroed; booting panics if there is none.
fn shadow_of(bytes: usize) -> *mut u8 {
    let size = bytes.div_ceil(GRANULE).next_multiple_of(PAGE_SIZE as usize);
    // SAFETY: memblock gives memory, or none.
    let shadow = unsafe { bindings::lib_memblock_alloc(size as u64) };
    assert!(!shadow.is_null(), "no memory for KASAN");
    shadow.cast()
}

/// What was mapped at `address` by vmalloc(): nothing is, without an MMU.
#[unsafe(no_mangle)]
extern "C" fn find_vm_area(_address: *const c_void) -> *mut c_void {
    null_mut()
}

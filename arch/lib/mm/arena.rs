// SPDX-License-Identifier: GPL-2.0

//! The arena: all the memory an instance has, in one piece from the host. Its first byte has
//! physical address 0 (`asm/page.h`).

use core::cell::Cell;
use core::ffi::c_void;

use crate::bindings::{self, CONFIG_LIB_MEMORY_MB, LIB_PAGE_SIZE as PAGE_SIZE};
use crate::kernel::host::host;

/// Alignment of the arena: that of the buddy allocator's largest block.
const ALIGN: usize = 4 << 20;
/// A kernel that does not fit in this much cannot say so properly.
const LEAST: usize = 16 << 20;

#[unsafe(no_mangle)]
static mut lib_memory_base: usize = 0;
#[unsafe(no_mangle)]
static mut memory_start: usize = 0;
#[unsafe(no_mangle)]
static mut memory_end: usize = 0;
#[unsafe(no_mangle)]
static mut empty_zero_page: [u8; PAGE_SIZE as usize] = [0; PAGE_SIZE as usize];

struct Size(Cell<usize>);
// SAFETY: set before the kernel boots, and taken after it has ended.
unsafe impl Sync for Size {}
static SIZE: Size = Size(Cell::new(0));

/// Takes `bytes` from the host (0: the configured size). 0 or a negative errno.
pub fn allocate(bytes: usize) -> i32 {
    let bytes = if bytes == 0 { (CONFIG_LIB_MEMORY_MB as usize) << 20 } else { bytes };
    if bytes < LEAST || !bytes.is_multiple_of(ALIGN) {
        return -(bindings::EINVAL as i32);
    }
    let memory = host!(memory_alloc, bytes, ALIGN);
    if memory.is_null() || !(memory as usize).is_multiple_of(ALIGN) {
        return -(bindings::ENOMEM as i32);
    }
    // SAFETY: nothing has been booted yet.
    unsafe { lib_memory_base = memory as usize };
    SIZE.0.set(bytes);
    0
}

/// Where a page of it is.
pub fn page(pfn: u64) -> *mut c_void {
    // SAFETY: constant since before boot.
    (unsafe { lib_memory_base } + (pfn * u64::from(PAGE_SIZE)) as usize) as *mut c_void
}

/// Returns it to the host.
pub fn free() {
    // SAFETY: the kernel has ended.
    let memory = unsafe { lib_memory_base } as *mut c_void;
    let bytes = SIZE.0.replace(0);
    if bytes > 0 {
        host!(memory_free, memory, bytes);
    }
}

/// Tells the kernel of it; from `setup_arch()`.
pub fn set_up() {
    let bytes = SIZE.0.get();
    let pages = (bytes / PAGE_SIZE as usize) as u64;
    // SAFETY: boot is single-threaded.
    unsafe {
        memory_start = lib_memory_base;
        memory_end = lib_memory_base + bytes;
        bindings::memblock_add(0, bytes as u64);
        // Address 0 is how memblock says no, and page 0 is the page of zeroes.
        bindings::lib_memblock_reserve(0, u64::from(PAGE_SIZE));
        bindings::min_low_pfn = 0;
        bindings::max_low_pfn = pages;
        bindings::max_pfn = pages;
        bindings::max_mapnr = pages;
        bindings::high_memory = memory_end as *mut c_void;

        let mut limits = [0u64; bindings::LIB_ZONES as usize];
        limits[bindings::LIB_ZONE_NORMAL as usize] = pages;
        bindings::free_area_init(limits.as_mut_ptr());
    }
}

/// `mem_init()`: memory becomes the page allocator's.
#[unsafe(no_mangle)]
extern "C" fn mem_init() {
    // SAFETY: called once by start_kernel().
    unsafe { bindings::memblock_free_all() };
}

/// `free_initmem()`: what only booting needed stays; an instance could be booted from the image.
#[unsafe(no_mangle)]
extern "C" fn free_initmem() {}

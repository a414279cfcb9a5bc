// SPDX-License-Identifier: GPL-2.0

//! The operations of the host, as methods.
//!
//! Only two addresses are kept, of the table and of the host's state. In a shared instance they
//! are where every process has its own.

use core::ffi::c_void;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicPtr, AtomicU64, Ordering::Relaxed};

use liblinux_abi::{SimImported, SimKernel};

static TABLE: AtomicPtr<SimImported> = AtomicPtr::new(null_mut());
static KERNEL: AtomicPtr<SimKernel> = AtomicPtr::new(null_mut());

/// Remembers the host, once: false if there is one already.
pub fn attach(table: *const SimImported, kernel: *mut SimKernel) -> bool {
    let first = TABLE.compare_exchange(null_mut(), table.cast_mut(), Relaxed, Relaxed).is_ok();
    if first {
        KERNEL.store(kernel, Relaxed);
    }
    first
}

/// The host's state, the first argument of each operation.
pub fn kernel() -> *mut SimKernel {
    KERNEL.load(Relaxed)
}

/// The host's table.
pub fn table() -> &'static SimImported {
    // SAFETY: `lib_init` attached a table that lives as long as the instance.
    unsafe { &*TABLE.load(Relaxed) }
}

/// Calls an operation that `lib_init` found present.
macro_rules! host {
    ($operation:ident $(, $argument:expr)*) => {{
        let operation = $crate::kernel::host::table().$operation;
        #[allow(unused_unsafe)] // Some callers are unsafe as a whole.
        // SAFETY: `lib_init` refuses a table without it, and the host keeps its contract.
        unsafe { operation.unwrap_unchecked()($crate::kernel::host::kernel() $(, $argument)*) }
    }};
}
pub(crate) use host;

/// The process of the calling thread; 0 where the host has none.
pub fn process() -> u64 {
    match table().process_current {
        Some(_) => host!(process_current),
        None => 0,
    }
}

/// An operation that the host may lack: a host that was compiled earlier has a shorter table.
macro_rules! later {
    ($operation:ident) => {{
        let end = core::mem::offset_of!(SimImported, $operation) + size_of::<usize>();
        if table().size as usize >= end { table().$operation } else { None }
    }};
}

/// Whether the calling thread may execute the kernel for no task of its own.
pub fn thread_may_enter() -> bool {
    later!(thread_may_enter).is_none() || host!(thread_may_enter)
}

/// Waits, outside, until that may be different.
pub fn thread_stay_out() {
    if later!(thread_stay_out).is_some() {
        host!(thread_stay_out);
    }
}

/// A file of the host is the library's no more; see `file_closed`.
pub fn file_closed(private: *mut core::ffi::c_void) {
    if later!(file_closed).is_some() {
        host!(file_closed, private);
    }
}

/// The kernel has sent a signal to the task of `process` with this `private`, or to the process if that is
/// null; see `signal_sent`.
pub fn signal_sent(process: u64, private: *mut c_void, signal: i32, info: *const c_void) {
    if later!(signal_sent).is_some() {
        host!(signal_sent, process, private, signal, info);
    } else if table().signal_raised.is_some() && !private.is_null() {
        host!(signal_raised, private, signal);
    }
}

/// The host's clock in nanoseconds.
pub fn now() -> u64 {
    host!(current_ns)
}

/// The cycle counter, of which generic code expects that no two readings are equal, and that their
/// differences vary: the host's clock, and something random where that stands still.
#[unsafe(no_mangle)]
pub extern "C" fn lib_now() -> u64 {
    static LAST: AtomicU64 = AtomicU64::new(0);
    let now = now();
    if LAST.swap(now, Relaxed) != now {
        return now;
    }
    let mut jitter = 0u8;
    host!(random, (&raw mut jitter).cast(), 1);
    now + u64::from(jitter)
}

/// Fills `buffer` from the host's randomness; returns how much it filled: all.
///
/// # Safety
///
/// `buffer` is `len` writable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn lib_random(buffer: *mut c_void, len: usize) -> usize {
    host!(random, buffer, len);
    len
}

// SPDX-License-Identifier: GPL-2.0

//! The program's memory, at the program's addresses.
//!
//! Whichever process executes a task, only a thread of the task's own has that memory. So a task
//! that needs it elsewhere sleeps, as for a page fault, until its own thread carries it.

use crate::bindings;
use crate::kernel::task::{self, SimTask};
use crate::kernel::vcpu;

unsafe extern "C" {
    fn lib_copy(to: *mut u8, from: *const u8, n: usize) -> usize;
    fn lib_clear(to: *mut u8, n: usize) -> usize;
    fn lib_cmpxchg_user(seen: *mut u32, at: *mut u32, old: u32, new: u32) -> i32;
}

/// Whether the memory of the current task can be accessed here.
#[inline]
fn at_home(task: &SimTask) -> bool {
    task.process == 0 || task.process == vcpu::this().process()
}

/// Sees to it that the current task is executed by its own process. False if that cannot be: in
/// atomic context, or when the task is being killed.
#[inline]
pub fn reachable() -> bool {
    match task::current() {
        Some(task) if !at_home(task) => go_home(task),
        _ => true,
    }
}

#[cold]
fn go_home(task: &SimTask) -> bool {
    // SAFETY: the current task; it may sleep unless the first line says otherwise.
    unsafe {
        if bindings::lib_in_atomic() {
            return false;
        }
        task.homesick.set(true);
        while !at_home(task) && !bindings::lib_fatal_signal_pending() {
            vcpu::this().wake_later(task);
            bindings::lib_set_killable();
            bindings::schedule();
        }
        task.homesick.set(false);
    }
    at_home(task)
}

/// `raw_copy_from_user()`: the number of bytes not copied.
///
/// # Safety
///
/// `to` is `n` writable bytes; `from` may be anything.
#[unsafe(no_mangle)]
unsafe extern "C" fn raw_copy_from_user(to: *mut u8, from: *const u8, n: usize) -> usize {
    // SAFETY: a fault in `from` has a fixup.
    if reachable() { unsafe { lib_copy(to, from, n) } } else { n }
}

/// `raw_copy_to_user()`: the number of bytes not copied.
///
/// # Safety
///
/// `from` is `n` readable bytes; `to` may be anything.
#[unsafe(no_mangle)]
unsafe extern "C" fn raw_copy_to_user(to: *mut u8, from: *const u8, n: usize) -> usize {
    // SAFETY: a fault in `to` has a fixup.
    if reachable() { unsafe { lib_copy(to, from, n) } } else { n }
}

/// `__clear_user()`: the number of bytes not cleared.
///
/// # Safety
///
/// `to` may be anything.
#[unsafe(no_mangle)]
unsafe extern "C" fn __clear_user(to: *mut u8, n: usize) -> usize {
    // SAFETY: a fault has a fixup.
    if reachable() { unsafe { lib_clear(to, n) } } else { n }
}

/// [`raw_copy_from_user`] for Rust.
///
/// # Safety
///
/// As there.
#[cfg(any(not(CONFIG_TTY), CONFIG_MULTIUSER))]
pub unsafe fn copy_from_program(to: *mut u8, from: *const u8, n: usize) -> usize {
    // SAFETY: as the caller promises.
    unsafe { raw_copy_from_user(to, from, n) }
}

/// [`raw_copy_to_user`] for Rust.
///
/// # Safety
///
/// As there.
pub unsafe fn copy_to_program(to: *mut u8, from: *const u8, n: usize) -> usize {
    // SAFETY: as the caller promises.
    unsafe { raw_copy_to_user(to, from, n) }
}

/// Copies between two addresses of which either may be bad; the number of bytes not copied.
///
/// # Safety
///
/// What is overwritten is not in use.
#[unsafe(no_mangle)]
unsafe extern "C" fn lib_copy_nofault(to: *mut u8, from: *const u8, n: usize) -> usize {
    // SAFETY: a fault has a fixup.
    unsafe { lib_copy(to, from, n) }
}

/// Compare-and-exchange on the program's word at `at`, which goes to `seen`. 0 or -EFAULT.
///
/// # Safety
///
/// `seen` is writable; `at` may be anything.
#[unsafe(no_mangle)]
unsafe extern "C" fn lib_futex_cmpxchg(seen: *mut u32, at: *mut u32, old: u32, new: u32) -> i32 {
    if !reachable() {
        return -(bindings::EFAULT as i32);
    }
    // SAFETY: a fault has a fixup.
    unsafe { lib_cmpxchg_user(seen, at, old, new) }
}

/// The fixup for a fault at `address`, or 0.
pub fn fixup(address: usize) -> usize {
    // SAFETY: only reads the sorted table.
    unsafe {
        let entry = bindings::search_exception_tables(address as _);
        if entry.is_null() { 0 } else { (*entry).fixup as usize }
    }
}

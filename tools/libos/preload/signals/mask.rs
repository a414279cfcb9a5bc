// SPDX-License-Identifier: GPL-2.0

//! Signal masks, in the kernel's format: bit `n - 1` is signal `n`.

use core::ffi::c_int;
use core::ptr::null_mut;

use crate::errno::{Errno, Outcome};
use crate::signals::restart::{ERESTARTNOINTR, Handlers};
use crate::signals::{deferral, held};
use crate::{host, instance, memory, static_program};

/// `sizeof(sigset_t)` of the kernel.
pub const SIZE: usize = size_of::<u64>();

pub const ALL: u64 = !0;

/// Signals that are never blocked: SIGSYS brings the calls that the filter has caught, SIGSEGV and
/// SIGBUS bad addresses that the library was given, and two are libc's own (cancellation,
/// setuid(2) in all threads).
pub const OWN: u64 = bit(libc::SIGSYS) | bit(libc::SIGSEGV) | bit(libc::SIGBUS) | LIBC;
const LIBC: u64 = bit(32) | bit(33);

/// Of these, those that a static program's own libc leaves to us, too.
pub const KEPT: u64 = OWN & !LIBC;

pub const fn bit(signal: c_int) -> u64 {
    1 << (signal - 1)
}

/// Less what is ours; libc's own two are so without an instance too.
pub fn without_own(mask: u64) -> u64 {
    mask & !if instance::is_attached() { OWN } else { LIBC }
}

/// Those that are ours in this process.
pub fn own() -> u64 {
    if static_program::runs() { KEPT } else { OWN }
}

/// Makes `mask`, less what is ours, the calling thread's. The one before.
pub fn set(mask: u64) -> u64 {
    change(libc::SIG_SETMASK, mask & !own())
}

/// Makes `mask`, less what is never blocked, the calling thread's; also without an instance.
pub fn restore(mask: u64) {
    change(libc::SIG_SETMASK, without_own(mask));
}

/// Blocks more. The mask before.
pub fn block(mask: u64) -> u64 {
    change(libc::SIG_BLOCK, mask & !own())
}

/// Blocks more, be it ours or not.
pub fn block_any(mask: u64) {
    change(libc::SIG_BLOCK, mask);
}

pub fn unblock(mask: u64) {
    change(libc::SIG_UNBLOCK, mask);
}

fn change(how: c_int, mask: u64) -> u64 {
    let mut before = 0u64;
    let (mask, before_at) = (&raw const mask, &raw mut before);
    let args = [how as usize, mask as usize, before_at as usize, SIZE];
    // Cannot fail with these arguments.
    let _ = host::syscall(libc::SYS_rt_sigprocmask, args);
    before
}

/// The mask at an address of the program's; `None` if there is none.
pub fn at(address: usize) -> Option<u64> {
    memory::read(address)
}

/// Makes `call`, a call of the library, under `mask`, as ppoll(2) does: a signal that `mask` lets
/// through interrupts it, be it pending already.
pub fn during(mask: Option<u64>, call: impl FnOnce() -> Outcome) -> Outcome {
    let Some(mask) = mask else { return call() };
    let before = set(ALL);
    let is_static = static_program::runs();
    if is_static && deferral::waits() {
        return Err(Errno(-ERESTARTNOINTR as i32));
    }
    deferral::hold();
    set(mask);
    let ours = held::block(mask);
    let outcome = call();
    if is_static {
        // What comes from here on comes under the mask from before.
        set(ALL);
    }
    match deferral::finish() {
        Handlers::ToCome => deferral::go_on_under(before),
        _ => _ = set(before),
    }
    held::block(ours);
    outcome
}

/// rt_sigprocmask(2) for the program: what is ours stays out of it, but for what is said of it.
///
/// # Safety
///
/// The addresses are null, or those of masks.
pub unsafe fn change_for_program(how: c_int, new: *const u64, before: *mut u64) -> Outcome {
    let wanted = at(new as usize);
    let less = wanted.map(without_own);
    let new = less.as_ref().map_or(null_mut(), |mask| core::ptr::from_ref(mask).cast_mut());
    let args = [how as usize, new as usize, before as usize, SIZE];
    let outcome = host::syscall(libc::SYS_rt_sigprocmask, args)?;
    if instance::is_attached() {
        let blocked = held::blocked();
        if !before.is_null() {
            // SAFETY: the kernel has written it.
            unsafe { before.write_unaligned(before.read_unaligned() | blocked) };
        }
        if let Some(wanted) = wanted {
            held::block(changed(how, blocked, wanted));
        }
    }
    Ok(outcome)
}

/// A mask after sigprocmask(2).
pub fn changed(how: c_int, mask: u64, by: u64) -> u64 {
    match how {
        libc::SIG_BLOCK => mask | by,
        libc::SIG_UNBLOCK => mask & !by,
        _ => by,
    }
}

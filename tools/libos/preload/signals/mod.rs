// SPDX-License-Identifier: GPL-2.0

//! Signals. A handler of the program's never runs while its thread is in the library: it would come
//! back to a kernel that is busy. It is deferred to the way out, and the call returns soon.
//!
//! * [`action`]: what the program wants done about each signal;
//! * [`deferral`]: the function that the host's kernel calls instead, and the way out;
//! * [`default`]: signals that end or stop the program do so outside the library too;
//! * [`fault`]: SIGSEGV and SIGBUS, which tell bad addresses that the library was given, too; [`held`]: those
//!   of them that are sent while the program has them blocked; [`pending`]: calls that ask for such signals;
//! * [`mask`]: which signals are blocked; those that this crate lives on never are;
//! * [`restart`]: what becomes of the interrupted call.

pub mod action;
pub mod default;
pub mod deferral;
mod fault;
pub mod held;
pub mod mask;
pub mod native;
pub mod pending;
pub mod restart;

use core::ffi::{c_int, c_void};

use libc::siginfo_t;

use crate::host;

/// A handler as SA_SIGINFO has it. One without is called the same way: it does not look at
/// registers that hold no argument of its own. It may end the thread.
pub type Handler = unsafe extern "C-unwind" fn(c_int, *mut siginfo_t, *mut c_void);

/// One more than the largest signal.
pub const COUNT: usize = 65;

/// Takes over. To be called when there is an instance, before the program begins.
pub fn start() {
    default::guard_all();
    fault::start();
    held::inherit();
}

/// Sends the calling thread a signal that has come already.
fn send(signal: c_int, info: &siginfo_t) {
    let of = |nr| host::syscall::<0>(nr, []).unwrap_or(0) as usize;
    let (process, thread) = (of(libc::SYS_getpid), of(libc::SYS_gettid));
    let args = [process, thread, signal as usize, core::ptr::from_ref(info) as usize];
    if host::syscall(libc::SYS_rt_tgsigqueueinfo, args).is_err() {
        // Too many are queued: then without its information.
        let _ = host::syscall(libc::SYS_tgkill, [process, thread, signal as usize]);
    }
}

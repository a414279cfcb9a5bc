// SPDX-License-Identifier: GPL-2.0

//! Statically linked programs, into which nothing can be preloaded: the runner (`nuse-runner`), into
//! which the interposer was, has mapped one beside itself, and this runs it. Nobody replaces its
//! functions, so each of its system calls is caught, by syscall user dispatch.
//!
//! ```text
//!  the program ── syscall ──▶ SIGSYS ──▶ arrival ─┬─▶ the gate, as the program ──▶ the host's kernel
//!                                                 └─▶ crossing ──▶ calls ──▶ route, …
//! ```
//!
//! A thread is at any time either *the program's*, with the program's registers, stack and FS base,
//! and all its calls caught; or *the runner's*, with a stack and the thread-local storage that libc has
//! made for it, and none caught. [`record`] is what is known of each thread.
//!
//! * [`arrival`]: the handler of all signals. It has no stack but the signal's own, and does nothing
//!   that takes long: a call of the host's goes on in the gate, as if the program had made it there; for
//!   any other, the thread becomes the runner's when the handler returns;
//! * [`crossing`]: to the runner and back; [`bases`]: registers that point to what a thread has;
//! * [`sites`]: the next call from the same place is no longer caught, but enters by a jump, if it can;
//! * [`calls`]: what the runner does for the program; [`threads`], [`children`], [`actions`], [`heap`],
//!   [`exe`] do what is not just a call to be routed;
//! * [`frame`]: the program's handlers of signals. They are called while the thread is the program's; a
//!   signal that comes while it is the runner's is put off ([`crate::signals::deferral`]).

mod actions;
mod arrival;
mod bases;
mod calls;
mod children;
mod crossing;
mod exe;
mod frame;
mod heap;
mod legacy;
mod record;
mod sites;
mod threads;

pub use actions::tell_kernel;
pub use crossing::interruptible;

use core::ffi::CStr;
use core::sync::atomic::{AtomicBool, Ordering};

use nuse_runner::Program;

use crate::signals::held::Held;
use crate::signals::mask;
use crate::{instance, registers};
use record::Record;

static RUNS: AtomicBool = AtomicBool::new(false);

/// Whether this process runs such a program.
#[inline]
pub fn runs() -> bool {
    RUNS.load(Ordering::Relaxed)
}

/// What the program has blocked that we never do.
pub fn held() -> Option<&'static Held> {
    runs().then(|| &record::current().held)
}

/// A signal that waited for the way out has been seen to.
pub fn none_waits() {
    record::current().waits.store(0, Ordering::Relaxed);
}

/// The type of the function below, as the runner has it.
const _: nuse_runner::Begin = nuse_begin_static;

/// Runs the program.
///
/// # Safety
///
/// Called by the runner, in its only thread, with a program that is complete.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn nuse_begin_static(program: &Program) -> ! {
    if !instance::is_attached() {
        instance::leave("a static program can only be run on a network stack");
    }
    // SAFETY: as the caller promises.
    exe::set(unsafe { CStr::from_ptr(program.exe) });
    let before = mask::set(mask::ALL);
    let Some(record) = Record::new() else {
        instance::leave("no memory for a static program");
    };
    *record.registers() = registers::first(program.entry, program.stack);
    record.return_under(before);
    record.held.inherit();
    if record.settle().is_err() {
        instance::leave("static programs need syscall user dispatch (Linux 5.11)");
    }
    RUNS.store(true, Ordering::Release);
    actions::take_over();
    sites::prepare(program.text[0]..program.text[1]);
    // SAFETY: the registers are those of a program that begins.
    unsafe { crossing::become_program(record) };
    // Its first thread has ended; the others go on.
    threads::end_first(record)
}

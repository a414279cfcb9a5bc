// SPDX-License-Identifier: GPL-2.0

//! Inline system calls: libc's inner ones, and those of programs that do without libc. The filter
//! (`nuse-filter`) raises SIGSYS for those that matter; the handler routes them like any other.

use core::ffi::{c_int, c_void};
use core::ops::Range;
use core::sync::atomic::{AtomicUsize, Ordering};

use libc::{siginfo_t, ucontext_t};
use nuse_filter::WINDOW;

use crate::errno;
use crate::library::kernel;
use crate::signals::native::{self, KernelAction};
use crate::signals::{action, deferral};
use crate::table::TABLE;
use crate::{aside, go, instance, instructions, parent, registers, vforked};

/// `SYS_SECCOMP` and `SYS_USER_DISPATCH` of `<asm-generic/siginfo.h>`.
const BY_FILTER: c_int = 1;
const BY_DISPATCH: c_int = 2;

/// What the runner is told ([`nuse_runner::PROGRAM`]).
const RUNNER: &str = "NUSE_STATIC";

/// Installs the handler.
pub fn catch() {
    if go::program_text().is_some() {
        aside::prepare();
    }
    install();
}

/// Has more calls caught if the program is Go's, or at its first if it makes any by itself. The runner's program
/// is not the one that the kernel has begun.
pub fn watch_program() {
    match go::program_text() {
        Some(text) => watch(text),
        None if std::env::var_os(RUNNER).is_none() => instructions::wait(),
        None => {}
    }
}

/// A thread is about to begin with this code. The runtime of a library of Go's has one of its own.
pub fn begins_with(code: *mut c_void) {
    if !instance::is_attached() || KNOWN.iter().any(|text| text.contains(code as usize)) {
        return;
    }
    if let Some(text) = go::library_text(code) {
        aside::prepare();
        install();
        watch(text.clone());
        let _ = KNOWN.iter().any(|known| known.take(&text));
    }
}

/// Libraries whose calls are caught. No lock: the child of a fork(2) would have it as it was just then.
static KNOWN: [Text; 16] =
    [const { Text { start: AtomicUsize::new(0), end: AtomicUsize::new(0) } }; 16];

/// Where code is; nowhere at first.
struct Text {
    start: AtomicUsize,
    end: AtomicUsize,
}

impl Text {
    fn contains(&self, address: usize) -> bool {
        let end = self.end.load(Ordering::Acquire);
        (self.start.load(Ordering::Relaxed)..end).contains(&address)
    }

    /// Whether there was none yet.
    fn take(&self, text: &Range<usize>) -> bool {
        let (order, failed) = (Ordering::AcqRel, Ordering::Relaxed);
        let taken = self.start.compare_exchange(0, text.start, order, failed).is_ok();
        if taken {
            self.end.store(text.end, Ordering::Release);
        }
        taken
    }
}

/// Has more of the calls caught that are made in `text`. The program may use descriptors there that it has
/// inherited, and knows by their numbers.
fn watch(text: Range<usize>) {
    let inherited: Vec<_> =
        TABLE.foreign(0, WINDOW.start - 1).filter(|fd| TABLE.is_library(*fd)).collect();
    if let Err(error) = nuse_filter::watch(text, &inherited) {
        instance::leave(&format!("calls of Go's cannot be caught: {error}"));
    }
}

/// The handler may be entered again while it runs: a call may take for ever.
///
/// It runs on the stack of the call, not on the thread's signal stack: while the thread is on a stack
/// of the library's kernel, the host would give the signal stack to the next handler that wants it,
/// from the top. Where the stack of the call is too small, see [`aside`].
fn install() {
    let stack = if aside::is_needed() { libc::SA_ONSTACK } else { 0 };
    let flags = libc::SA_NODEFER | libc::SA_RESTART | stack;
    // The filter lets nobody but the gate change it.
    let handler = KernelAction::calling(arrive as *const () as usize, flags, 0);
    let _ = native::change(libc::SIGSYS, Some(handler));
}

/// # Safety
///
/// Called by the host's kernel.
unsafe extern "C-unwind" fn arrive(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel's argument.
    match unsafe { (*info).si_code } {
        // SAFETY: the kernel's arguments, for a call that the filter has caught.
        BY_FILTER => errno::preserved(|| unsafe { execute(context.cast()) }),
        // SAFETY: the kernel's argument.
        BY_DISPATCH if unsafe { notice(&mut *context.cast()) } => {}
        libc::SI_TKILL => interrupt(signal, info, context),
        // SAFETY: the kernel's arguments.
        _ => unsafe { deferral::arrive(parent::meaning(signal, &*info), info, context) },
    }
}

fn notice(context: &mut ucontext_t) -> bool {
    errno::preserved(|| instructions::notice(context))
}

/// # Safety
///
/// In a handler for a call that the filter has caught, with its context.
unsafe fn execute(context: *mut ucontext_t) {
    // SAFETY: as the caller promises.
    unsafe {
        if !aside::make_later(&mut *context) {
            let registers = &mut (*context).uc_mcontext.gregs;
            let at = registers[libc::REG_RIP as usize] as usize;
            let origin = instructions::origin(at);
            let outcome = vforked::route(registers::call(registers, origin));
            registers::set_result(registers, errno::raw(outcome));
        }
    }
}

/// Somebody cancels this thread (`crate::cancel`), or the program has sent itself a SIGSYS. A thread
/// that is about to enter the library may have looked already whether it is cancelled.
fn interrupt(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    kernel::interrupt_self();
    if !kernel::inside() && action::of(signal).is_function() {
        // SAFETY: the kernel's arguments.
        unsafe { deferral::arrive(signal, info, context) };
    }
}

// SPDX-License-Identifier: GPL-2.0

//! System calls that the program's code makes by instructions of its own. Few programs have any (those of
//! Rust's crate rustix, say), so whether this one has is noticed at the first: each thread has syscall user
//! dispatch (prctl(2), Linux 5.11), by which an instruction between the program's code and the
//! libraries' raises SIGSYS. From then on a filter has them caught, in all threads ([`nuse_filter::of_all`]),
//! and the thread makes that call again.
//!
//! Not from the beginning: a filter is inherited by all that the program executes, and adds to the time
//! of their calls. Dispatch ends with execve(2), and costs a comparison.

use core::cell::Cell;
use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use std::sync::OnceLock;

use libc::{sock_filter, ucontext_t};
use libos_host::layout::GATE;

use crate::call::{Call, Origin};
use crate::code::Loaded;
use crate::errno::Outcome;
use crate::policy::{self, Class};
use crate::{host, real, registers};

/// Of `<linux/prctl.h>`.
const PR_SET_SYSCALL_USER_DISPATCH: c_int = 59;
const OFF: usize = 0;
const ON: usize = 1;

/// Where the program's code is; nowhere while its calls are not waited for.
static START: AtomicUsize = AtomicUsize::new(0);
static END: AtomicUsize = AtomicUsize::new(0);
/// A call has been noticed, and the filter is there.
static FOUND: AtomicBool = AtomicBool::new(false);
/// What is to be installed then: nothing is allocated at a call that may be an allocator's.
static FILTER: OnceLock<Vec<sock_filter>> = OnceLock::new();

thread_local! {
    /// Whether dispatch is ours in this thread: the program may use it itself.
    static WAITS: Cell<bool> = const { Cell::new(false) };
}

/// Begins to wait for a call of the program's. Where its code is not below everything else's, as under
/// `ulimit -s unlimited`, they cannot be told apart; nor where the host does without.
pub fn wait() {
    let Some(text) = Loaded::program().text() else { return };
    // SAFETY: asks for a number.
    let loader = unsafe { libc::getauxval(libc::AT_BASE) } as usize;
    let own = wait as *const () as usize;
    if [GATE, loader, own].into_iter().all(|other| text.end <= other) {
        let numbers: Vec<_> = (0..NUMBERS).filter(|nr| policy::class(*nr) != Class::Host).collect();
        let _ = FILTER.set(nuse_filter::of_all(text.clone(), &numbers));
        START.store(text.start, Ordering::Relaxed);
        END.store(text.end, Ordering::Release);
        wait_in_thread();
    }
}

/// A thread begins, or a process with this one, which are without dispatch.
pub fn wait_in_thread() {
    let end = END.load(Ordering::Acquire);
    let is_wanted = end != 0 && !FOUND.load(Ordering::Acquire);
    WAITS.set(is_wanted && dispatch([ON, end, end.wrapping_neg() - 1]).is_ok());
}

fn dispatch([mode, from, len]: [usize; 3]) -> Outcome {
    host::syscall(libc::SYS_prctl, [PR_SET_SYSCALL_USER_DISPATCH as usize, mode, from, len, 0])
}

/// Whether a SIGSYS of dispatch is none of the program's business: that call has been noticed, and is made
/// again.
pub fn notice(context: &mut ucontext_t) -> bool {
    if !WAITS.take() {
        return false;
    }
    catch();
    let _ = dispatch([OFF, 0, 0]);
    let registers = &mut context.uc_mcontext.gregs;
    let nr = registers[libc::REG_RAX as usize];
    registers::repeat(registers, nr);
    true
}

/// Has all calls of the program's code caught that may be about the network. Where that cannot be (a thread has
/// a filter of its own, or there are too many already), it goes on as it would without this.
fn catch() {
    static TOLD: AtomicBool = AtomicBool::new(false);
    let Some(filter) = FILTER.get().filter(|_| !FOUND.load(Ordering::Acquire)) else { return };
    if nuse_filter::set_filter_on_all(filter).is_ok() {
        FOUND.store(true, Ordering::Release);
    } else if !TOLD.swap(true, Ordering::Relaxed) {
        const WHAT: &str = "nuse: system calls that this program makes by itself, not by libc, cannot be caught: \
                            those about files of the network see the host's\n";
        let _ = host::syscall(libc::SYS_write, [2, WHAT.as_ptr() as usize, WHAT.len()]);
    }
}

/// Who makes a call that the filter has caught, before the instruction at `next`. What the program's code opens
/// by itself has numbers as any, since all its calls are caught.
pub fn origin(next: usize) -> Origin {
    let text = START.load(Ordering::Relaxed)..END.load(Ordering::Acquire);
    let is_all_caught = text.contains(&next) && FOUND.load(Ordering::Acquire);
    if is_all_caught { Origin::Function } else { Origin::Inline }
}

/// More than there are.
const NUMBERS: i64 = 512;

/// The program asks for dispatch itself: ours is not needed where calls are caught already.
pub fn give_up(call: Call) -> Outcome {
    if WAITS.take() {
        catch();
    }
    call.to_host()
}

/// Whether this is prctl(2) for that.
pub fn is_dispatch(call: &Call) -> bool {
    call.int(0) == PR_SET_SYSCALL_USER_DISPATCH
}

/// How a thread begins.
type Begin = unsafe extern "C-unwind" fn(*mut c_void) -> *mut c_void;

/// What a new thread is to do when it waits for calls, too.
struct Beginning {
    begin: Begin,
    argument: *mut c_void,
}

/// pthread_create(3), by libc's.
///
/// # Safety
///
/// As for pthread_create(3).
pub unsafe fn create_thread(
    thread: *mut libc::pthread_t,
    attributes: *const libc::pthread_attr_t,
    begin: *mut c_void,
    argument: *mut c_void,
) -> c_int {
    let Some(real) = real::PTHREAD_CREATE.get() else { return libc::ENOSYS };
    if END.load(Ordering::Acquire) == 0 || FOUND.load(Ordering::Acquire) || begin.is_null() {
        // SAFETY: the program's own call.
        return unsafe { real(thread, attributes, begin, argument) };
    }
    // SAFETY: not null, and a function of that kind, as the caller promises.
    let begin = unsafe { core::mem::transmute::<*mut c_void, Begin>(begin) };
    let beginning = Box::into_raw(Box::new(Beginning { begin, argument }));
    // SAFETY: the program's own call, by a function that gets what it wants.
    unsafe {
        let failed = real(thread, attributes, begin_thread as *mut c_void, beginning.cast());
        if failed != 0 {
            drop(Box::from_raw(beginning));
        }
        failed
    }
}

/// # Safety
///
/// Called once with a [`Beginning`] in a box. It may be left by the end of the thread, as an exception.
unsafe extern "C-unwind" fn begin_thread(beginning: *mut c_void) -> *mut c_void {
    // SAFETY: as the caller promises.
    let Beginning { begin, argument } = *unsafe { Box::from_raw(beginning.cast::<Beginning>()) };
    wait_in_thread();
    // SAFETY: the program's own function.
    unsafe { begin(argument) }
}

// SPDX-License-Identifier: GPL-2.0

//! Faults: of the library on a bad address of the program, of the program itself, and those that make
//! the cycle counter tell simulated time.

use core::ffi::{c_int, c_void};

use libc::{siginfo_t, ucontext_t};
use libos_control::layout::node_around;
use libos_control::node;

use crate::dispatch::handle;
use crate::thread::current;
use crate::{host, library};

/// Signals that an instruction of the program causes.
const FAULTS: [c_int; 5] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP];

/// Installs the handlers.
pub fn catch() {
    for signal in FAULTS {
        handle(signal, arrive);
    }
}

/// Has the calling thread's instructions that read the cycle counter fault.
pub fn catch_clock() {
    host::call(libc::SYS_prctl, [libc::PR_SET_TSC as usize, libc::PR_TSC_SIGSEGV as usize]);
}

/// Undoes [`catch_clock`]: the beginning of another program has no handler yet.
pub fn release_clock() {
    host::call(libc::SYS_prctl, [libc::PR_SET_TSC as usize, libc::PR_TSC_ENABLE as usize]);
}

/// # Safety
///
/// Called by the host's kernel.
unsafe extern "C" fn arrive(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel's arguments.
    let (info, context) = unsafe { (&*info, &mut *context.cast::<ucontext_t>()) };
    if is_in_library(context) {
        fix(context);
        return;
    }
    if signal == libc::SIGSEGV && read_counter(context) {
        return;
    }
    library::fault(signal, info, context);
    // SAFETY: a set is larger than the kernel's.
    unsafe { (&raw mut context.uc_sigmask).cast::<u64>().write(0) };
}

fn pc(context: &mut ucontext_t) -> &mut i64 {
    &mut context.uc_mcontext.gregs[libc::REG_RIP as usize]
}

fn is_in_library(context: &mut ucontext_t) -> bool {
    node_around(*pc(context) as usize) == Some(current().node())
}

/// Moves a fault of the library's to its fixup. One without is an error of the library, or a bad
/// address that the host's kernel would have found in itself: the simulator is told by the death.
fn fix(context: &mut ucontext_t) {
    let at = *pc(context) as usize;
    let fixup = node::exported(current().node()).fault_fixup;
    // SAFETY: callable from anywhere.
    let to = fixup.map_or(0, |fixup| unsafe { fixup(at) });
    if to == 0 {
        crate::warn::say(&["a fault inside the library: this is an error of it"]);
        let pid = host::call(libc::SYS_getpid, []);
        host::call(libc::SYS_kill, [pid as usize, libc::SIGKILL as usize]);
    }
    *pc(context) = to as i64;
}

/// rdtsc and rdtscp: a cycle is a nanosecond. Whether it was one of them.
fn read_counter(context: &mut ucontext_t) -> bool {
    const RDTSC: [u8; 2] = [0x0f, 0x31];
    const RDTSCP: [u8; 3] = [0x0f, 0x01, 0xf9];
    let mut code = [0u8; 3];
    let at = *pc(context) as usize;
    if !host::read_memory(at, &mut code) && !host::read_memory(at, &mut code[..2]) {
        return false;
    }
    let len = match code {
        RDTSCP => 3,
        [a, b, _] if [a, b] == RDTSC => 2,
        _ => return false,
    };
    let now = libos_control::control().node[current().node() as usize].now();
    let registers = &mut context.uc_mcontext.gregs;
    registers[libc::REG_RAX as usize] = (now & 0xffff_ffff) as i64;
    registers[libc::REG_RDX as usize] = (now >> 32) as i64;
    if len == 3 {
        registers[libc::REG_RCX as usize] = 0;
    }
    *pc(context) += len;
    true
}

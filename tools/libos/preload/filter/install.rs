// SPDX-License-Identifier: GPL-2.0

//! Putting the filter on the calling thread, which is about to execute a program.

use std::ffi::{c_int, c_void};
use std::io;

use libc::{siginfo_t, sock_filter, sock_fprog, ucontext_t};
use libos_host::gate;
use libos_host::layout::{GATE, PAGE};

use crate::program;

/// Installs the filter on the calling thread and everything that it executes or starts, for ever.
/// Where that takes a privilege which is not there, the thread gives up `execve`'s power to raise
/// privileges instead (PR_SET_NO_NEW_PRIVS).
///
/// May be called in the child of a fork(2): the memory it allocates is glibc's, which sees to that.
pub fn install() -> io::Result<()> {
    gate::map().map_err(io::Error::other)?;
    pass_through_gate()?;
    set(&program(GATE..GATE + PAGE), 0)
}

/// As [`install`], another filter, on all threads of the process. Allocates nothing.
pub fn set_filter_on_all(code: &[sock_filter]) -> io::Result<()> {
    set(code, libc::SECCOMP_FILTER_FLAG_TSYNC)
}

fn set(code: &[sock_filter], flags: u64) -> io::Result<()> {
    match set_filter(code, flags) {
        Err(error) if error.raw_os_error() == Some(libc::EACCES) => {
            renounce_privileges()?;
            set_filter(code, flags)
        }
        result => result,
    }
}

/// The thread's own execve(2) is caught, too: it goes through the gate. The program has no such handler.
fn pass_through_gate() -> io::Result<()> {
    // SAFETY: plain data, and a handler of the right kind.
    let result = unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = pass as *const () as usize;
        action.sa_flags = libc::SA_SIGINFO;
        libc::sigaction(libc::SIGSYS, &raw const action, std::ptr::null_mut())
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

/// # Safety
///
/// Called by the kernel, for a call that the filter has caught.
#[cfg(target_arch = "x86_64")]
unsafe extern "C" fn pass(_signal: c_int, _info: *mut siginfo_t, context: *mut c_void) {
    use libc::{REG_R8, REG_R9, REG_R10, REG_RAX, REG_RDI, REG_RDX, REG_RSI};
    const ARGUMENTS: [c_int; 6] = [REG_RDI, REG_RSI, REG_RDX, REG_R10, REG_R8, REG_R9];
    // SAFETY: the kernel's argument.
    let registers = unsafe { &mut (*context.cast::<ucontext_t>()).uc_mcontext.gregs };
    let args = ARGUMENTS.map(|register| registers[register as usize] as usize);
    // SAFETY: the call that the thread has made.
    let result = unsafe { gate::syscall(registers[REG_RAX as usize], args) };
    registers[REG_RAX as usize] = result as i64;
}

fn set_filter(code: &[sock_filter], flags: u64) -> io::Result<()> {
    let program = sock_fprog { len: code.len() as u16, filter: code.as_ptr().cast_mut() };
    // Not a sandbox: programs need not pay for protection from speculation.
    let flags = flags | libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    // SAFETY: the kernel reads the program, which outlives the call.
    let result = unsafe {
        let mode = libc::SECCOMP_SET_MODE_FILTER as usize;
        let args = [mode, flags as usize, &raw const program as usize, 0, 0, 0];
        gate::syscall(libc::SYS_seccomp, args)
    };
    match result {
        0 => Ok(()),
        // With TSYNC: a thread that has a filter of its own.
        1.. => Err(io::ErrorKind::ResourceBusy.into()),
        error => Err(io::Error::from_raw_os_error(-error as i32)),
    }
}

fn renounce_privileges() -> io::Result<()> {
    // SAFETY: takes numbers.
    match unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

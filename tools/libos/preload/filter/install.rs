// SPDX-License-Identifier: GPL-2.0

//! Putting the filter on the calling thread, which is about to execute a program.

use std::io;

use libc::{c_ulong, sock_filter, sock_fprog};
use libos_host::layout::{GATE, PAGE};

use crate::program;

/// Installs the filter on the calling thread and everything that it executes or starts, for ever.
/// Where that takes a privilege which is not there, the thread gives up `execve`'s power to raise
/// privileges instead (PR_SET_NO_NEW_PRIVS).
///
/// May be called in the child of a fork(2): the memory it allocates is glibc's, which sees to that.
pub fn install() -> io::Result<()> {
    let code = program(GATE..GATE + PAGE);
    match set_filter(&code) {
        Err(error) if error.raw_os_error() == Some(libc::EACCES) => {
            renounce_privileges()?;
            set_filter(&code)
        }
        result => result,
    }
}

fn set_filter(code: &[sock_filter]) -> io::Result<()> {
    let program = sock_fprog { len: code.len() as u16, filter: code.as_ptr().cast_mut() };
    // Not a sandbox: programs need not pay for protection from speculation.
    let flags = libc::SECCOMP_FILTER_FLAG_SPEC_ALLOW;
    // SAFETY: the kernel reads the program, which outlives the call.
    let result = unsafe {
        libc::syscall(
            libc::SYS_seccomp,
            c_ulong::from(libc::SECCOMP_SET_MODE_FILTER),
            flags as c_ulong,
            &raw const program,
        )
    };
    if result == 0 { Ok(()) } else { Err(io::Error::last_os_error()) }
}

fn renounce_privileges() -> io::Result<()> {
    // SAFETY: takes numbers.
    match unsafe { libc::prctl(libc::PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

// SPDX-License-Identifier: GPL-2.0

//! Programs that restrict themselves by seccomp(2), as sshd does before a login. The stack works in
//! the program's own process: its system calls of the host, those through the gate, must still
//! pass, or the first packet would end the process in the middle of the kernel.
//!
//! So such a filter is asked about the rest only: what the program does by itself, past libc.

use libc::{SECCOMP_MODE_FILTER, SECCOMP_SET_MODE_FILTER, c_uint, sock_fprog};
use libos_host::layout::{GATE, PAGE};

use crate::call::Call;
use crate::errno::Outcome;

/// prctl(2).
pub fn prctl(call: Call) -> Outcome {
    let mode = call.args[1] as c_uint;
    if call.int(0) == libc::PR_SET_SECCOMP && mode == SECCOMP_MODE_FILTER {
        restrict(call)
    } else {
        call.to_host()
    }
}

/// seccomp(2).
pub fn seccomp(call: Call) -> Outcome {
    if call.args[0] as c_uint == SECCOMP_SET_MODE_FILTER { restrict(call) } else { call.to_host() }
}

/// Both have the filter in the same place.
fn restrict(mut call: Call) -> Outcome {
    const INDEX: usize = 2;
    // SAFETY: the program's filter, if any.
    let filter = unsafe { (call.args[INDEX] as *const sock_fprog).as_ref() };
    let Some(filter) = filter.filter(|filter| filter.len > 0 && !filter.filter.is_null()) else {
        return call.to_host();
    };
    // SAFETY: so many instructions are there.
    let code = unsafe { core::slice::from_raw_parts(filter.filter, filter.len.into()) };
    let mut code = nuse_filter::with_gate(code, GATE..GATE + PAGE);
    let filter = sock_fprog { len: code.len() as u16, filter: code.as_mut_ptr() };
    call.args[INDEX] = &raw const filter as usize;
    call.to_host()
}

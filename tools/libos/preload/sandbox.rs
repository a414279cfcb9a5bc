// SPDX-License-Identifier: GPL-2.0

//! Programs that restrict themselves by seccomp(2), as sshd does before a login. The stack works in
//! the program's own process: its system calls of the host, those through the gate, must still
//! pass, or the first packet would end the process in the middle of the kernel.
//!
//! So such a filter is asked about the rest only: what the program does by itself, past libc.

use libc::{SECCOMP_MODE_FILTER, SECCOMP_SET_MODE_FILTER, c_uint, sock_filter, sock_fprog};
use libos_host::layout::{GATE, PAGE};

use crate::call::Call;
use crate::errno::Outcome;
use crate::{instructions, memory, parent};

/// prctl(2).
pub fn prctl(call: Call) -> Outcome {
    let mode = call.args[1] as c_uint;
    match call.int(0) {
        libc::PR_SET_SECCOMP if mode == SECCOMP_MODE_FILTER => restrict(call),
        _ if instructions::is_dispatch(&call) => instructions::give_up(call),
        libc::PR_SET_PDEATHSIG => parent::set_signal(call),
        libc::PR_GET_PDEATHSIG => parent::signal(call),
        _ => call.to_host(),
    }
}

/// seccomp(2).
pub fn seccomp(call: Call) -> Outcome {
    if call.args[0] as c_uint == SECCOMP_SET_MODE_FILTER { restrict(call) } else { call.to_host() }
}

/// Both have the filter in the same place.
fn restrict(mut call: Call) -> Outcome {
    const INDEX: usize = 2;
    let filter = memory::read::<sock_fprog>(call.args[INDEX]).filter(|filter| filter.len > 0);
    let Some(code) = filter.and_then(instructions) else { return call.to_host() };
    let mut code = nuse_filter::with_gate(&code, GATE..GATE + PAGE);
    let filter = sock_fprog { len: code.len() as u16, filter: code.as_mut_ptr() };
    call.args[INDEX] = &raw const filter as usize;
    call.to_host()
}

/// Those of a filter, as far as they are there all.
fn instructions(filter: sock_fprog) -> Option<Vec<sock_filter>> {
    let at = |index| (filter.filter as usize).wrapping_add(index * size_of::<sock_filter>());
    (0..filter.len.into()).map(|index| memory::read(at(index))).collect()
}

// SPDX-License-Identifier: GPL-2.0

//! rt_sigaction(2) past libc, whose own call does not come from the gate.

use core::ffi::c_int;

use libos_host::gate;

use crate::errno::Errno;
use crate::host;
use crate::signals::mask;

/// The kernel's `struct sigaction`.
#[derive(Clone, Copy)]
#[repr(C)]
pub struct KernelAction {
    pub handler: usize,
    pub flags: usize,
    pub restorer: usize,
    pub mask: u64,
}

const SA_RESTORER: c_int = 0x0400_0000;

impl KernelAction {
    /// Neither a handler nor flags: a place for what was.
    const NONE: Self = KernelAction { handler: 0, flags: 0, restorer: 0, mask: 0 };

    /// A handler of ours, with SA_SIGINFO, that returns through the gate.
    pub fn calling(handler: usize, flags: c_int, mask: u64) -> Self {
        let flags = (flags | libc::SA_SIGINFO | SA_RESTORER) as u32 as usize;
        KernelAction { handler, flags, restorer: gate::RESTORER, mask }
    }
}

/// Changes what is done about `signal` unless `new` is nothing. What was done.
pub fn change(signal: c_int, new: Option<KernelAction>) -> Result<KernelAction, Errno> {
    let mut before = KernelAction::NONE;
    let new = new.as_ref().map_or(0, |new| core::ptr::from_ref(new) as usize);
    let args = [signal as usize, new, &raw mut before as usize, mask::SIZE];
    host::syscall(libc::SYS_rt_sigaction, args).map(|_| before)
}

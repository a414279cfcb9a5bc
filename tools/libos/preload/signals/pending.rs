// SPDX-License-Identifier: GPL-2.0

//! Calls that ask which signals are pending, or take one: those of the host's, and those that are
//! [`held`].

use libc::siginfo_t;
use libos_host::owner;

use crate::call::Call;
use crate::errno::{Errno, Outcome};
use crate::memory;
use crate::signals::{held, mask};

const FAULT: Errno = Errno(libc::EFAULT);

/// rt_sigpending(2).
pub fn ask(call: Call) -> Outcome {
    let outcome = call.to_host()?;
    let set = mask::at(call.args[0]).ok_or(FAULT)?;
    if memory::write(call.args[0], set | held::pending()) { Ok(outcome) } else { Err(FAULT) }
}

/// rt_sigtimedwait(2).
pub fn wait(call: Call) -> Outcome {
    let [set, info, ..] = call.args;
    let Some((signal, its)) = mask::at(set).and_then(held::take) else {
        let signal = call.to_host()?;
        if let Some(mut its) = memory::read::<siginfo_t>(info) {
            owner::unveil(&mut its);
            memory::write(info, its);
        }
        return Ok(signal);
    };
    if info != 0 && !memory::write(info, its) { Err(FAULT) } else { Ok(signal as isize) }
}

// SPDX-License-Identifier: GPL-2.0

//! Limits that mean something else with the library in a process. That of addresses (RLIMIT_AS) is for what the
//! program has: what the library takes comes on top, and the program does not see it, nor does what it
//! executes.

use libc::{RLIM_INFINITY, RLIMIT_AS, RLIMIT_NOFILE, rlimit};

use crate::call::Call;
use crate::errno::{Errno, Outcome};
use crate::{host, memory};

/// getrlimit(2), setrlimit(2), prlimit(2).
pub fn change(call: Call) -> Outcome {
    let [process, resource, new, old] = match (call.nr, call.args) {
        (libc::SYS_getrlimit, [resource, old, ..]) => [0, resource, 0, old],
        (libc::SYS_setrlimit, [resource, new, ..]) => [0, resource, new, 0],
        (_, [process, resource, new, old, ..]) => [process, resource, new, old],
    };
    let is_asked = new != 0 || old != 0;
    if resource as u32 != RLIMIT_AS || !is_asked || !has_library(process as i32) {
        return call.to_host();
    }
    let read = |at| memory::read(at).ok_or(Errno(libc::EFAULT));
    let new = if new == 0 { None } else { Some(with_library(read(new)?)) };
    let before = of_host(process, RLIMIT_AS, new)?;
    if old != 0 && !memory::write(old, without_library(before)) {
        return Err(Errno(libc::EFAULT));
    }
    Ok(0)
}

/// Whether poll(2) may be given so many descriptors.
pub fn allow_polling(count: usize) -> Result<(), Errno> {
    /// To ask takes as long as to poll so many. Who may have less polls what it has.
    const FEW: usize = 16;
    if count <= FEW {
        return Ok(());
    }
    let limit = of_host(0, RLIMIT_NOFILE, None)?.rlim_cur;
    if count as u64 > limit { Err(Errno(libc::EINVAL)) } else { Ok(()) }
}

/// The limit that the host had, which may be changed.
pub fn of_host(process: usize, resource: u32, new: Option<rlimit>) -> Result<rlimit, Errno> {
    let mut before = rlimit { rlim_cur: 0, rlim_max: 0 };
    let new = new.as_ref().map_or(core::ptr::null(), core::ptr::from_ref);
    let args = [process, resource as usize, new as usize, &raw mut before as usize];
    host::syscall(libc::SYS_prlimit64, args)?;
    Ok(before)
}

fn has_library(process: i32) -> bool {
    process == 0 || libos_host::process().has_process(process)
}

fn with_library(limit: rlimit) -> rlimit {
    let more = |limit: u64| limit.saturating_add(taken());
    rlimit { rlim_cur: more(limit.rlim_cur), rlim_max: more(limit.rlim_max) }
}

fn without_library(limit: rlimit) -> rlimit {
    let less = |limit| match limit {
        RLIM_INFINITY => limit,
        limit => limit.saturating_sub(taken()),
    };
    rlimit { rlim_cur: less(limit.rlim_cur), rlim_max: less(limit.rlim_max) }
}

/// Bytes of addresses that the instance takes, and the interposer.
fn taken() -> u64 {
    const INTERPOSER: u64 = 16 << 20;
    libos_host::process().size() + INTERPOSER
}

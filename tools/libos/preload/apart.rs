// SPDX-License-Identifier: GPL-2.0

//! Threads that want descriptors of their own: unshare(2), close_range(2), and clone(2) without CLONE_FILES.
//! The library, and the table of whose each descriptor is, know one set for a process; what such a thread
//! closed would be closed for the others. So it is refused. The only thread of its process has them to
//! itself already. And those that want a network of their own: the stack has one, and a program that got a namespace of
//! the host's with it would still be on the stack, unlike what it believes.

use core::ffi::c_int;
use core::sync::atomic::{AtomicBool, Ordering};

use crate::call::Call;
use crate::errno::{Errno, Outcome};
use crate::{credentials, host, instance};

/// unshare(2).
pub fn unshare(call: Call) -> Outcome {
    check_network(call.int(0))?;
    if call.int(0) & libc::CLONE_FILES != 0 {
        of_process()?;
    }
    match call.int(0) & libc::CLONE_NEWUSER {
        0 => call.to_host(),
        _ => credentials::changing(|| call.to_host()),
    }
}

/// setns(2).
pub fn enter(call: Call) -> Outcome {
    /// Of `<linux/nsfs.h>`.
    const NS_GET_NSTYPE: usize = 0xb703;
    let kind = match call.int(1) {
        0 => host::syscall(libc::SYS_ioctl, [call.args[0], NS_GET_NSTYPE]).unwrap_or(0) as c_int,
        kind => kind,
    };
    check_network(kind)?;
    credentials::changing(|| call.to_host())
}

/// The calling thread is to have the descriptors for itself.
pub fn of_process() -> Result<(), Errno> {
    // The host says so to the only thread of a process; nothing comes of it.
    let alone = host::syscall(libc::SYS_unshare, [libc::CLONE_THREAD as usize]).is_ok();
    if alone { Ok(()) } else { Err(refused()) }
}

/// Whether what clone(2) is asked for can be.
pub fn check(flags: c_int) -> Result<(), Errno> {
    check_network(flags)?;
    let parts = flags & libc::CLONE_THREAD != 0 && flags & libc::CLONE_FILES == 0;
    if parts { Err(refused()) } else { Ok(()) }
}

fn refused() -> Errno {
    static TOLD: AtomicBool = AtomicBool::new(false);
    tell_once(
        &TOLD,
        "a thread wants descriptors of its own (CLONE_FILES): the network stack knows one set for a process, \
         so it gets EINVAL",
    );
    Errno(libc::EINVAL)
}

/// Whether it may have these namespaces for itself; as a kernel without network namespaces has it.
fn check_network(namespaces: c_int) -> Result<(), Errno> {
    static TOLD: AtomicBool = AtomicBool::new(false);
    if namespaces & libc::CLONE_NEWNET == 0 {
        return Ok(());
    }
    tell_once(
        &TOLD,
        "a program wants a network namespace (CLONE_NEWNET): a stack is one, so it gets EINVAL; another \
         `nuse` makes another stack",
    );
    Err(Errno(libc::EINVAL))
}

fn tell_once(told: &AtomicBool, what: &str) {
    if !told.swap(true, Ordering::Relaxed) {
        instance::tell(what);
    }
}

// SPDX-License-Identifier: GPL-2.0

//! Processes that the program makes by clone(3), or by clone(2), clone3(2), fork(2) and vfork(2) through
//! syscall(2). Each has a copy of the memory, be it asked for or not, and of the descriptors: one that
//! shared them would be a thread of its parent's for the library. All else that is asked for is the
//! host's business. Threads are libc's.

use core::ffi::{c_int, c_void};

use crate::call::Call;
use crate::errno::{self, Errno, Outcome};
use crate::route::route;
use crate::signals::mask;
use crate::{apart, credentials, descriptors, host, instance, memory, process, real};

/// What clone(3) has the child do.
pub type Function = unsafe extern "C-unwind" fn(*mut c_void) -> c_int;

const INVALID: Errno = Errno(libc::EINVAL);

/// What a child has for itself even if it is asked to share it with a parent who waits. With the memory
/// copied, so is the thread's own.
const COPIED: c_int = libc::CLONE_VM | libc::CLONE_FILES | libc::CLONE_SIGHAND | libc::CLONE_SETTLS;

/// Flags, as the host is to have them.
fn for_host(flags: c_int) -> Result<c_int, Errno> {
    let has = |flag| flags & flag != 0;
    let lacks_memory = has(libc::CLONE_SIGHAND) && !has(libc::CLONE_VM);
    let goes_on = !has(libc::CLONE_VFORK) && has(libc::CLONE_VM | libc::CLONE_FILES);
    if lacks_memory || goes_on { Err(INVALID) } else { Ok(flags & !COPIED) }
}

/// Whether a call may make a process.
pub fn is_meant(call: &Call) -> bool {
    [libc::SYS_clone, libc::SYS_clone3, libc::SYS_fork, libc::SYS_vfork].contains(&call.nr)
}

/// Such a call.
pub fn by_call(call: Call) -> Outcome {
    if !instance::is_attached() {
        return route(call);
    }
    match call.nr {
        libc::SYS_clone3 => extended(call),
        libc::SYS_clone if call.int(0) & libc::CLONE_THREAD != 0 => {
            apart::check(call.int(0))?;
            route(call)
        }
        libc::SYS_clone => plain(call),
        libc::SYS_vfork => make(|| host::syscall(libc::SYS_clone, VFORK)),
        _ => make(|| host::syscall(libc::SYS_clone, [libc::SIGCHLD as usize, 0, 0, 0, 0])),
    }
}

const VFORK: [usize; 5] = [(libc::CLONE_VFORK | libc::SIGCHLD) as usize, 0, 0, 0, 0];

/// clone(2). The child returns from this very function, so that it cannot be on another stack.
fn plain(call: Call) -> Outcome {
    let [_, stack, parent_tid, child_tid, ..] = call.args;
    apart::check(call.int(0))?;
    let flags = for_host(call.int(0))?;
    if stack != 0 {
        return Err(INVALID);
    }
    let child =
        make(|| host::syscall(libc::SYS_clone, [flags as usize, 0, parent_tid, child_tid, 0]))?;
    note_descriptor(flags, parent_tid);
    Ok(child)
}

/// `struct clone_args` of `<linux/sched.h>`, as words.
type Words = [u64; 11];
const FLAGS: usize = 0;
const DESCRIPTOR: usize = 1;
const STACK: usize = 5;
const TLS: usize = 7;
/// Its first version.
const LEAST: usize = 64;

/// clone3(2).
fn extended(call: Call) -> Outcome {
    let [at, len, ..] = call.args;
    let mut bytes = [0; size_of::<Words>()];
    let known = bytes.get_mut(..len).ok_or(Errno(libc::E2BIG))?;
    if len < LEAST {
        return Err(INVALID);
    }
    if !memory::read_into(at, known) {
        return Err(Errno(libc::EFAULT));
    }
    // SAFETY: any bytes are words.
    let mut words: Words = unsafe { core::mem::transmute(bytes) };
    let (high, low) = (words[FLAGS] & !u64::from(u32::MAX), words[FLAGS] as c_int);
    apart::check(low)?;
    if low & libc::CLONE_THREAD != 0 {
        return route(call);
    }
    let flags = for_host(low)?;
    if words[STACK] != 0 {
        return Err(INVALID);
    }
    words[FLAGS] = high | u64::from(flags as u32);
    words[TLS] = 0;
    let child = make(|| host::syscall(libc::SYS_clone3, [words.as_ptr() as usize, len]))?;
    note_descriptor(flags, words[DESCRIPTOR] as usize);
    Ok(child)
}

/// What clone(3) is told.
pub struct Wish {
    pub function: Function,
    pub stack: *mut c_void,
    pub flags: c_int,
    pub argument: *mut c_void,
    pub parent_tid: usize,
    pub tls: usize,
    pub child_tid: usize,
}

/// What the child is told.
struct Birth {
    function: Function,
    argument: *mut c_void,
    mask: u64,
}

/// clone(3).
///
/// # Safety
///
/// As for clone(3).
pub unsafe fn clone(wish: Wish) -> c_int {
    let Wish { function, stack, flags, argument, parent_tid, tls, child_tid } = wish;
    let Some(real) = real::CLONE.get() else {
        errno::set(Errno(libc::ENOSYS));
        return -1;
    };
    if instance::is_attached()
        && let Err(error) = apart::check(flags)
    {
        return errno::returned(Err(error)) as c_int;
    }
    if !instance::is_attached() || flags & libc::CLONE_THREAD != 0 {
        // SAFETY: the program's own call.
        return unsafe { real(function, stack, flags, argument, parent_tid, tls, child_tid) };
    }
    let flags = match for_host(flags) {
        Ok(flags) => flags,
        Err(error) => return errno::returned(Err(error)) as c_int,
    };
    let mask = mask::set(mask::ALL);
    let mut birth = Birth { function, argument, mask };
    let told = (&raw mut birth).cast();
    // SAFETY: the program's own call; the child has a copy of what it is told.
    let child =
        process::fork_by(|| unsafe { real(begin, stack, flags, told, parent_tid, tls, child_tid) });
    mask::restore(mask);
    if child > 0 {
        note_descriptor(flags, parent_tid);
    }
    child
}

/// The child of clone(3).
unsafe extern "C-unwind" fn begin(birth: *mut c_void) -> c_int {
    // SAFETY: from `clone`.
    let Birth { function, argument, mask } = unsafe { birth.cast::<Birth>().read() };
    process::begin();
    credentials::changed();
    mask::restore(mask);
    // SAFETY: the program's function, with its argument.
    process::exit(unsafe { function(argument) })
}

/// Forks by `call` of the host.
fn make(call: impl FnOnce() -> Outcome) -> Outcome {
    // A signal is to find the child known already.
    let mask = mask::set(mask::ALL);
    let child = process::fork_by(|| errno::returned(call()) as c_int);
    if child == 0 {
        credentials::changed();
    }
    mask::restore(mask);
    match child {
        // SAFETY: the thread's own errno.
        -1 => Err(Errno(unsafe { *libc::__errno_location() })),
        child => Ok(child as isize),
    }
}

/// The host may have made a descriptor of the child, and written its number there.
fn note_descriptor(flags: c_int, at: usize) {
    if flags & libc::CLONE_PIDFD != 0
        && let Some(fd) = memory::read::<c_int>(at)
    {
        let _ = descriptors::made(Ok(fd as isize));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_shared_is_copied_for_who_waits_only() {
        use libc::{CLONE_FILES, CLONE_NEWIPC, CLONE_SIGHAND, CLONE_VFORK, CLONE_VM, SIGCHLD};
        assert_eq!(for_host(SIGCHLD | CLONE_NEWIPC), Ok(SIGCHLD | CLONE_NEWIPC));
        assert_eq!(for_host(CLONE_VM | CLONE_VFORK | SIGCHLD), Ok(CLONE_VFORK | SIGCHLD));
        assert_eq!(for_host(CLONE_VM | CLONE_SIGHAND | CLONE_VFORK), Ok(CLONE_VFORK));
        for flags in [CLONE_VM, CLONE_FILES, CLONE_SIGHAND | CLONE_VFORK] {
            assert_eq!(for_host(flags | SIGCHLD), Err(INVALID), "flags {flags:x}");
        }
    }
}

// SPDX-License-Identifier: GPL-2.0

//! Who the programs are, and what they may do. The host knows: it has seen them executed, and all that
//! they gave up. So a thread asks it, and tells the library of its own task.
//!
//! A stack is its owner's. What programs of an ordinary user have no right to do on the host, they may do
//! in there, and there is nothing that they could give up. Those of root begin with what the host lets
//! root have, be it everything or not: who has all of that may do everything in the stack. A program
//! that has moved to a user namespace of its own is nobody: what it has there are no rights over the
//! network.

use core::sync::atomic::{AtomicBool, Ordering};

use liblinux_abi::SimCredentials;

use crate::instance::Instance;
use crate::process::{Process, process};
use crate::{gate, procfs};

/// Groups that need no memory of their own.
const SOME: usize = 64;

impl Instance {
    /// From now on, programs may do in the stack what they may do on the host, where this process, which is
    /// root's, may do everything.
    pub fn follow_credentials(&self) {
        let shared = self.process().shared();
        shared.user_namespace.store(user_namespace(self.process()).unwrap_or(0), Ordering::Relaxed);
        shared.capabilities.store(capabilities()[PERMITTED], Ordering::Relaxed);
    }
}

/// What the kernel takes a user for whom it does not know (user_namespaces(7)).
const OVERFLOW: u32 = 65534;

const NOBODY: SimCredentials = SimCredentials {
    users: [OVERFLOW; 4],
    groups: [OVERFLOW; 4],
    supplementary: core::ptr::null(),
    supplementary_count: 0,
    effective: 0,
    permitted: 0,
};

/// This process has moved to another user namespace: remembered for where there is no /proc.
static LEFT: AtomicBool = AtomicBool::new(false);

/// Calls `tell` with the credentials that the calling thread is to have in the library, if there is
/// anything to tell.
pub(crate) fn with_own(tell: impl FnOnce(&SimCredentials) -> isize) -> isize {
    let shared = process().shared();
    let owner = shared.capabilities.load(Ordering::Relaxed);
    let namespace = shared.user_namespace.load(Ordering::Relaxed);
    if owner == 0 {
        return 0;
    }
    if let Some(own) = user_namespace(process()) {
        LEFT.store(own != namespace, Ordering::Relaxed);
    }
    if LEFT.load(Ordering::Relaxed) {
        return tell(&NOBODY);
    }
    let mut some = [0; SOME];
    match call(libc::SYS_getgroups, [SOME, some.as_mut_ptr() as usize, 0]) {
        count @ 0.. => tell(&collect(&some[..count as usize], owner)),
        _ => with_many_groups(|groups| tell(&collect(groups, owner))),
    }
}

fn collect(supplementary: &[u32], owner: u64) -> SimCredentials {
    let [effective, permitted] = capabilities().map(|set| whole(set, owner));
    SimCredentials {
        users: numbers(libc::SYS_getresuid, libc::SYS_setfsuid),
        groups: numbers(libc::SYS_getresgid, libc::SYS_setfsgid),
        supplementary: supplementary.as_ptr(),
        supplementary_count: supplementary.len() as u32,
        effective,
        permitted,
    }
}

/// Everything, for who has all that the owner has.
fn whole(set: u64, owner: u64) -> u64 {
    if set & owner == owner { u64::MAX } else { set }
}

/// The four that a thread has of users or groups.
fn numbers(three: i64, set_fourth: i64) -> [u32; 4] {
    /// No number, which changes nothing.
    const ASK: usize = u32::MAX as usize;
    let mut numbers = [0; 4];
    let [real, effective, saved, _] = numbers.each_mut().map(|at| core::ptr::from_mut(at) as usize);
    call(three, [real, effective, saved]);
    numbers[3] = call(set_fourth, [ASK, 0, 0]) as u32;
    numbers
}

const PERMITTED: usize = 1;

/// Those of the calling thread that are in effect, and those that are permitted.
fn capabilities() -> [u64; 2] {
    // `_LINUX_CAPABILITY_VERSION_3`, and the calling thread.
    let header = [0x2008_0522_u32, 0];
    // Effective, permitted and inheritable, of the lower numbers and of the others.
    let mut sets = [[0_u32; 3]; 2];
    call(libc::SYS_capget, [&raw const header as usize, &raw mut sets as usize, 0]);
    let [low, high] = sets;
    [0, PERMITTED].map(|set| u64::from(high[set]) << 32 | u64::from(low[set]))
}

/// As the host numbers them; `None` where there is no procfs.
fn user_namespace(process: &Process) -> Option<u64> {
    // As "user:[4026531837]".
    let mut room = [0; 40];
    let link = procfs::read_link(process, format_args!("ns/user"), &mut room)?;
    let number = link.strip_prefix(b"user:[")?.strip_suffix(b"]")?;
    core::str::from_utf8(number).ok()?.parse().ok()
}

/// In memory of the host's: this may be a signal handler, which must not allocate any.
fn with_many_groups(tell: impl FnOnce(&[u32]) -> isize) -> isize {
    /// `NGROUPS_MAX`
    const MANY: usize = 65536;
    const SIZE: usize = MANY * size_of::<u32>();
    let access = (libc::PROT_READ | libc::PROT_WRITE) as usize;
    let flags = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as usize;
    let args = [0, SIZE, access, flags, usize::MAX, 0];
    // SAFETY: memory that nobody else has, until it is given back.
    unsafe {
        let room = gate::syscall(libc::SYS_mmap, args);
        if room < 0 {
            return room;
        }
        let count = call(libc::SYS_getgroups, [MANY, room as usize, 0]).max(0) as usize;
        let told = tell(core::slice::from_raw_parts(room as *const u32, count));
        call(libc::SYS_munmap, [room as usize, SIZE, 0]);
        told
    }
}

fn call(nr: i64, [a, b, c]: [usize; 3]) -> isize {
    // SAFETY: one of the calls above, on memory that is ours.
    unsafe { gate::syscall(nr, [a, b, c, 0, 0, 0]) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_has_all_that_the_owner_has_may_do_everything() {
        assert_eq!(whole(0b0111, 0b0110), u64::MAX);
        assert_eq!(whole(0b0110, 0b0110), u64::MAX);
        assert_eq!(whole(0b0100, 0b0110), 0b0100);
        assert_eq!(whole(0, 0b0110), 0);
    }
}

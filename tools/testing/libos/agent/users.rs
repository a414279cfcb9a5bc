// SPDX-License-Identifier: GPL-2.0

//! Users. The node's kernel knows whose a process is. On the host it stays root's, which it has to be to
//! begin programs with the agent; but files are used as whom the node knows.

use crate::dispatch::Call;
use crate::host;
use crate::library::{self, quietly};

/// No user: setfsuid(2) then tells who it is, and changes nothing.
const NOBODY: usize = u32::MAX as usize;
/// Of libc and the kernel both: more groups than that are left out.
const GROUPS: usize = 1024;

/// setuid(2) and all that are like it.
pub fn change(call: &mut Call<'_>) -> isize {
    let result = library::execute(call);
    if result >= 0 {
        follow();
    }
    result
}

/// Has the host use files as whom the node knows.
pub fn follow() {
    let mut groups = [0u32; GROUPS];
    let at = groups.as_mut_ptr() as usize;
    let count = quietly(libc::SYS_getgroups, [GROUPS, at]);
    if count >= 0 {
        host::call(libc::SYS_setgroups, [count as usize, at]);
    }
    for nr in [libc::SYS_setfsgid, libc::SYS_setfsuid] {
        let id = quietly(nr, [NOBODY]);
        host::call(nr, [id as usize]);
    }
}

/// Has the host use files as root: it takes a program that begins as another for one with set-user-ID, and
/// such begin without the agent.
pub fn be_root() {
    host::call(libc::SYS_setfsgid, [0]);
    host::call(libc::SYS_setfsuid, [0]);
}

/// access(2), faccessat(2) and faccessat2(2) of a file of the host's: for the user that files are used as.
pub fn access(nr: i64, args: [usize; 6]) -> isize {
    let [at, path, mode, flags, ..] = args;
    let effectively = libc::AT_EACCESS as usize;
    match nr {
        libc::SYS_access => {
            host::call(libc::SYS_faccessat2, [libc::AT_FDCWD as usize, at, path, effectively])
        }
        libc::SYS_faccessat => host::call(libc::SYS_faccessat2, [at, path, mode, effectively]),
        _ => host::call(libc::SYS_faccessat2, [at, path, mode, flags | effectively]),
    }
}

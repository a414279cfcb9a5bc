// SPDX-License-Identifier: GPL-2.0

//! Who a process is: `<unistd.h>` and `<grp.h>`, by which all its threads change, and what changes one,
//! `<sys/fsuid.h>`, capset(2) and setns(2).

use core::ffi::{c_char, c_int, c_void};

use libc::{gid_t, uid_t};

use super::calls;
use crate::errno::{self, Errno};
use crate::{credentials, real};

/// Functions of libc's, which the library follows.
macro_rules! followed {
    ($($real:ident $name:ident($($arg:ident: $type:ty),*);)*) => {
        $(
            /// # Safety
            ///
            /// As libc's function of this name.
            #[unsafe(no_mangle)]
            pub unsafe extern "C-unwind" fn $name($($arg: $type),*) -> c_int {
                match real::$real.get() {
                    // SAFETY: the program's own call.
                    Some(real) => credentials::changing(|| unsafe { real($($arg),*) }),
                    None => errno::returned(Err(Errno(libc::ENOSYS))) as c_int,
                }
            }
        )*
    };
}

followed! {
    SETUID setuid(user: uid_t);
    SETEUID seteuid(user: uid_t);
    SETREUID setreuid(real: uid_t, effective: uid_t);
    SETRESUID setresuid(real: uid_t, effective: uid_t, saved: uid_t);
    SETGID setgid(group: gid_t);
    SETEGID setegid(group: gid_t);
    SETREGID setregid(real: gid_t, effective: gid_t);
    SETRESGID setresgid(real: gid_t, effective: gid_t, saved: gid_t);
    SETGROUPS setgroups(count: usize, groups: *const gid_t);
    INITGROUPS initgroups(name: *const c_char, group: gid_t);
}

calls! {
    Function setfsuid(user: uid_t) -> c_int = SYS_setfsuid(user);
    Function setfsgid(group: gid_t) -> c_int = SYS_setfsgid(group);
    Function setns(fd: c_int, kind: c_int) -> c_int = SYS_setns(fd, kind);
    Function capset(header: *const c_void, data: *const c_void) -> c_int = SYS_capset(header, data);
}

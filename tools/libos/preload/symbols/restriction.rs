// SPDX-License-Identifier: GPL-2.0

//! `<sys/prctl.h>` and `<sys/resource.h>`: by which a program restricts itself.

use core::ffi::{c_int, c_uint, c_ulong};

use libc::rlimit;

use super::{aliases, calls};

// Where there are less arguments, the kernel gets what is in the registers, as from libc.
calls! {
    Function prctl(operation: c_int, a: c_ulong, b: c_ulong, c: c_ulong, d: c_ulong) -> c_int
        = SYS_prctl(operation, a, b, c, d);
}

/// The calling process.
const OWN: c_int = 0;
const NOTHING: usize = 0;

// All are prlimit(2), as libc has them.
calls! {
    Function getrlimit(resource: c_uint, limit: *mut rlimit) -> c_int
        = SYS_prlimit64(OWN, resource, NOTHING, limit);
    Function setrlimit(resource: c_uint, limit: *const rlimit) -> c_int
        = SYS_prlimit64(OWN, resource, limit, NOTHING);
    Function prlimit(process: c_int, resource: c_uint, new: *const rlimit, old: *mut rlimit) -> c_int
        = SYS_prlimit64(process, resource, new, old);
}

aliases! {
    getrlimit64 = getrlimit(resource: c_uint, limit: *mut rlimit) -> c_int;
    setrlimit64 = setrlimit(resource: c_uint, limit: *const rlimit) -> c_int;
    prlimit64 = prlimit(process: c_int, resource: c_uint, new: *const rlimit, old: *mut rlimit) -> c_int;
}

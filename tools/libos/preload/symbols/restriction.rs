// SPDX-License-Identifier: GPL-2.0

//! `<sys/prctl.h>`: by which a program restricts itself.

use core::ffi::{c_int, c_ulong};

use super::calls;

// Where there are less arguments, the kernel gets what is in the registers, as from libc.
calls! {
    Function prctl(operation: c_int, a: c_ulong, b: c_ulong, c: c_ulong, d: c_ulong) -> c_int
        = SYS_prctl(operation, a, b, c, d);
}

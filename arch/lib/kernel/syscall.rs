// SPDX-License-Identifier: GPL-2.0

//! System calls, through the kernel's own table.

use crate::bindings;
use crate::kernel::call::error;
use crate::kernel::task::{Args, SimTask};

unsafe extern "C" {
    static lib_nr_syscalls: u32;
}

/// System call `nr` for [`execute`]. The number comes last: copied in pieces of two, as all arrays
/// are, the others come from the processor's store buffer as they went into it.
#[inline(always)]
pub fn args(nr: usize, args: [usize; 6]) -> Args {
    let [a, b, c, d, e, f] = args;
    [a, b, c, d, e, f, nr]
}

/// The system call `args[6]` with arguments `args[..6]`.
pub fn execute(_task: &SimTask, args: &Args) -> isize {
    let [a, b, c, d, e, f, nr] = *args;
    // SAFETY: the table has so many entries, each a function of six registers; their arguments
    // are the program's own risk, as on any kernel.
    unsafe {
        if nr >= lib_nr_syscalls as usize {
            return error(bindings::ENOSYS);
        }
        let entry =
            *(&raw const bindings::sys_call_table).cast::<bindings::sys_call_ptr_t>().add(nr);
        entry.unwrap_unchecked()(a as _, b as _, c as _, d as _, e as _, f as _) as isize
    }
}

/// What a program sees of an interrupted call that its host does not begin again.
pub fn interrupted_as_eintr(result: isize) -> isize {
    const RESTARTS: core::ops::RangeInclusive<isize> = -516..=-512;
    if RESTARTS.contains(&result) { error(bindings::EINTR) } else { result }
}

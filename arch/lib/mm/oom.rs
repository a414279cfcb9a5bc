// SPDX-License-Identifier: GPL-2.0

//! No memory left. What the kernel would kill are programs of the host, whose memory is not the
//! arena's; and what fills the arena is what they have in sockets. So nobody is killed: the allocation
//! fails, and the call that needed it says ENOMEM or ENOBUFS.

use core::ffi::c_void;

/// `out_of_memory()`: whether memory will be free soon. Wrapped at link time (`--wrap`).
#[unsafe(no_mangle)]
extern "C" fn __wrap_out_of_memory(_control: *mut c_void) -> bool {
    false
}

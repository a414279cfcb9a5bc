// SPDX-License-Identifier: GPL-2.0

//! What a debugger needs to know (tools/testing/libos/gdb/libos.py).
//!
//! Which instance is where is in /proc/PID/maps: the memory of a node is called `node-ID`, and the code
//! in it is the library's file, or a copy with its path for a name.

/// An instance has come to its place at `base` in this process; nothing of it has been executed
/// here. Debuggers stop at this function.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn libos_instance_mapped(base: usize) {
    core::hint::black_box(base);
}

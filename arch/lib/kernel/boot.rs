// SPDX-License-Identifier: GPL-2.0

//! From `lib_init` to the first process.

use core::ffi::{CStr, c_char};

use crate::bindings;
use crate::isa::Stack;
use crate::kernel::host::host;
use crate::kernel::vcpu::{self, Exit};
use crate::kernel::{console, host, process, time};
use crate::mm::arena;

unsafe extern "C" {
    static mut init_stack: [u8; 0];
}

/// Boots the kernel on its first stack, and executes it until the first process waits for calls.
/// 0 or a negative errno.
///
/// # Safety
///
/// Called once, with the host attached and the arena set.
pub unsafe fn boot() -> i32 {
    time::set_boot();
    let vcpu = vcpu::this();
    // SAFETY: the stack is the kernel's own, and nothing has used it.
    let sp = unsafe {
        let top = &raw mut init_stack as usize + bindings::LIB_THREAD_SIZE as usize;
        Stack::prepare(top, start)
    };
    vcpu.acquire(0);
    vcpu.begin_at(sp);
    loop {
        // SAFETY: held; the instance has not ended.
        let exit = unsafe { vcpu.enter() };
        if exit == Exit::Ended || process::init().is_some() {
            break;
        }
        vcpu.release();
        host!(task_wait, core::ptr::null_mut());
        vcpu.acquire(0);
    }
    let errno = vcpu.ended();
    vcpu.release();
    -errno
}

extern "C" fn start(_message: usize) -> ! {
    // SAFETY: the first thing to be executed, with interrupts off.
    unsafe {
        // A panic must reach the host, not wait for a person.
        bindings::panic_timeout = -1;
        bindings::start_kernel();
    }
    // Newer kernels declare that it does not return.
    #[allow(unreachable_code)]
    loop {
        core::hint::spin_loop();
    }
}

/// `setup_arch()`: console, command line, memory.
///
/// # Safety
///
/// Called by `start_kernel()`.
#[unsafe(no_mangle)]
unsafe extern "C" fn setup_arch(command_line: *mut *mut c_char) {
    // SAFETY: boot is single-threaded.
    unsafe {
        let line = (&raw mut bindings::boot_command_line).cast::<c_char>();
        let size = bindings::LIB_COMMAND_LINE_SIZE as usize;
        write_command_line(core::slice::from_raw_parts_mut(line, size));
        *command_line = line;
    }
    console::register();
    arena::set_up();
    #[cfg(CONFIG_KASAN)]
    crate::mm::kasan::set_up();
}

/// The configuration's parameters, then the host's.
fn write_command_line(line: &mut [c_char]) {
    let given = host::table().command_line;
    let given = if given.is_null() {
        c""
    } else {
        // SAFETY: the host gave a string that lives as long as its table.
        unsafe { CStr::from_ptr(given) }
    };
    let parts = [bindings::CONFIG_LIB_CMDLINE.to_bytes(), b" ", given.to_bytes()];
    let room = line.len() - 1;
    let mut written = 0;
    for (to, from) in line[..room].iter_mut().zip(parts.iter().copied().flatten()) {
        *to = *from as c_char;
        written += 1;
    }
    line[written] = 0;
}

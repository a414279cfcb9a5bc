// SPDX-License-Identifier: GPL-2.0

//! The end: power off, or a panic, both of which reach the host as the errno of every call.

use core::ffi::c_char;
use core::panic::PanicInfo;
use core::ptr::null_mut;

use crate::bindings;
use crate::kernel::vcpu;

#[unsafe(no_mangle)]
static mut pm_power_off: Option<unsafe extern "C" fn()> = None;

#[unsafe(no_mangle)]
extern "C" fn machine_power_off() {
    vcpu::this().end(bindings::ESHUTDOWN as i32)
}

#[unsafe(no_mangle)]
extern "C" fn machine_halt() {
    machine_power_off()
}

/// `machine_restart()`: reboot(2), or the end of `panic()`, which boots with `panic=-1`.
#[unsafe(no_mangle)]
extern "C" fn machine_restart(_command: *mut c_char) {
    // SAFETY: a plain variable of the kernel.
    let asked_for = unsafe { bindings::system_state } == bindings::LIB_SYSTEM_RESTART;
    let errno = if asked_for { bindings::ESHUTDOWN } else { bindings::ENOTRECOVERABLE };
    vcpu::this().end(errno as i32)
}

#[unsafe(no_mangle)]
extern "C" fn show_regs(_regs: *mut bindings::pt_regs) {}

/// Without frame pointers nothing is known of a stack; see `stack.rs`.
#[cfg(not(CONFIG_FRAME_POINTER))]
#[unsafe(no_mangle)]
extern "C" fn show_stack(
    _task: *mut bindings::task_struct,
    _sp: *mut usize,
    _level: *const c_char,
) {
}

#[unsafe(no_mangle)]
extern "C" fn __get_wchan(_task: *mut bindings::task_struct) -> usize {
    0
}

#[unsafe(no_mangle)]
extern "C" fn ptrace_disable(_child: *mut bindings::task_struct) {}

#[unsafe(no_mangle)]
extern "C" fn arch_ptrace(
    _child: *mut bindings::task_struct,
    _request: isize,
    _addr: usize,
    _data: usize,
) -> isize {
    -(bindings::EIO as isize)
}

#[unsafe(no_mangle)]
extern "C" fn task_user_regset_view(_task: *mut bindings::task_struct) -> *const () {
    null_mut()
}

/// A panic of the Rust half is one of the kernel.
#[panic_handler]
fn panic(info: &PanicInfo<'_>) -> ! {
    let location = info.location();
    let line = location.map_or(0, |l| l.line());
    let file = location.map_or("?", |l| l.file());
    // SAFETY: the format takes a length, a pointer and a number.
    unsafe {
        bindings::panic(c"arch/lib: %.*s:%u".as_ptr(), file.len() as i32, file.as_ptr(), line)
    }
}

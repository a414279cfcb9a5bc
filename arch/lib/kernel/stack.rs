// SPDX-License-Identifier: GPL-2.0

//! Who called whom: by frame pointers, where the kernel is built with them (CONFIG_FRAME_POINTER).

use core::ffi::{c_char, c_void};

use crate::bindings::{self, LIB_THREAD_SIZE, pt_regs, task_struct};
use crate::isa;

/// The addresses to which the functions of a task return, innermost first, as long as they are wanted.
fn walk(task: *mut task_struct, mut wanted: impl FnMut(usize) -> bool) {
    /// What a frame pointer points to: the caller's, and the address in the caller.
    type Frame = [usize; 2];

    // SAFETY: the kernel's own task, whose stack stays as long as it is looked at.
    let (stack, mut frame) = unsafe {
        let current = bindings::lib_current();
        let task = if task.is_null() { current } else { task };
        let running = task == current;
        let saved = (*task).thread.sp as usize;
        let frame = if running { isa::frame_pointer() } else { isa::saved_frame_pointer(saved) };
        (bindings::lib_stack_of(task) as usize, frame)
    };
    let last = stack + LIB_THREAD_SIZE as usize - size_of::<Frame>();
    while (stack..=last).contains(&frame) && frame.is_multiple_of(align_of::<Frame>()) {
        // SAFETY: inside the task's stack.
        let [outer, address] = unsafe { *(frame as *const Frame) };
        if !wanted(address) || outer <= frame {
            break;
        }
        frame = outer;
    }
}

/// For the kernel's own records of stacks.
///
/// # Safety
///
/// `consume` is called with `cookie`.
#[unsafe(no_mangle)]
unsafe extern "C" fn arch_stack_walk(
    consume: unsafe extern "C" fn(cookie: *mut c_void, address: usize) -> bool,
    cookie: *mut c_void,
    task: *mut task_struct,
    _regs: *mut pt_regs,
) {
    // SAFETY: as the caller promises.
    walk(task, |address| unsafe { consume(cookie, address) });
}

/// `show_stack()`: writes it to the log.
#[unsafe(no_mangle)]
extern "C" fn show_stack(task: *mut task_struct, _sp: *mut usize, level: *const c_char) {
    walk(task, |address| {
        // SAFETY: the level is a string of the caller's.
        unsafe { bindings::lib_print_address(level, address as u64) };
        true
    });
}

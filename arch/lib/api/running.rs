// SPDX-License-Identifier: GPL-2.0

//! The group of running: interrupts, executing for nobody, faults, the end.

use core::ffi::{c_int, c_ulong, c_void};

use crate::api::tasks::call_current;
use crate::bindings;
use crate::kernel::task::{Args, SimTask};
use crate::kernel::{call, irq, process};
use crate::mm::{arena, uaccess, unused};

pub unsafe extern "C" fn interrupt(lines: u32) {
    irq::raise(lines & (irq::TIMER | irq::NET));
}

pub unsafe extern "C" fn run(process: c_ulong, idle: bool) -> c_int {
    call::run(process, idle)
}

pub unsafe extern "C" fn fault_fixup(address: usize) -> usize {
    uaccess::fixup(address)
}

type Visit = unsafe extern "C" fn(context: *mut c_void, memory: *mut c_void, bytes: usize);

pub unsafe extern "C" fn memory_unused(visit: Visit, context: *mut c_void) -> c_int {
    let function = |_: &SimTask, args: &Args| {
        // SAFETY: what was given below.
        let visit = unsafe { core::mem::transmute::<usize, Visit>(args[0]) };
        // SAFETY: as the interface says.
        unused::for_each(|memory, bytes| unsafe { visit(args[1] as *mut c_void, memory, bytes) });
        0
    };
    let args = [visit as usize, context as usize, 0, 0, 0, 0, 0];
    call_current(function, args) as c_int
}

pub unsafe extern "C" fn shutdown() -> c_int {
    let Some(init) = process::init() else { return -(bindings::ESHUTDOWN as c_int) };
    let result = call::make_shared(init, power_off, [0; 7]);
    // Ended by power_off, or before by a panic: in both cases nothing executes any more.
    if result != -(bindings::ESHUTDOWN as isize) && result != -(bindings::ENOTRECOVERABLE as isize)
    {
        return result as c_int;
    }
    arena::free();
    if result == -(bindings::ESHUTDOWN as isize) { 0 } else { result as c_int }
}

fn power_off(_task: &SimTask, _args: &Args) -> isize {
    // SAFETY: process context.
    unsafe {
        #[cfg(feature = "net_device")]
        crate::drivers::net::destroy_all();
        bindings::kernel_power_off();
    }
    0
}

// SPDX-License-Identifier: GPL-2.0

//! What the generic kernel expects of a machine with several processors. One is brought up.

use crate::bindings::{self, cpumask, task_struct};
use crate::kernel::irq;

/// The interrupts that processors send each other.
pub fn handle(lines: u32) {
    // SAFETY: called from an interrupt handler, which is what both expect.
    unsafe {
        if lines & irq::RESCHEDULE != 0 {
            bindings::lib_scheduler_ipi();
        }
        if lines & irq::CALL_FUNCTION != 0 {
            bindings::generic_smp_call_function_single_interrupt();
        }
    }
}

#[unsafe(no_mangle)]
extern "C" fn arch_smp_send_reschedule(cpu: i32) {
    irq::raise_on(cpu as usize, irq::RESCHEDULE);
}

/// The name of `arch_smp_send_reschedule()` before 6.4.
#[cfg(kernel_before_6_4)]
#[unsafe(no_mangle)]
extern "C" fn smp_send_reschedule(cpu: i32) {
    arch_smp_send_reschedule(cpu);
}

#[unsafe(no_mangle)]
extern "C" fn smp_prepare_boot_cpu() {}

#[unsafe(no_mangle)]
extern "C" fn arch_send_call_function_single_ipi(cpu: i32) {
    irq::raise_on(cpu as usize, irq::CALL_FUNCTION);
}

#[unsafe(no_mangle)]
extern "C" fn arch_send_call_function_ipi_mask(_mask: *const cpumask) {
    irq::raise(irq::CALL_FUNCTION);
}

#[unsafe(no_mangle)]
extern "C" fn smp_prepare_cpus(_max: u32) {}

#[unsafe(no_mangle)]
extern "C" fn smp_cpus_done(_max: u32) {}

/// `__cpu_up()`: there is no second processor to start.
#[unsafe(no_mangle)]
extern "C" fn __cpu_up(_cpu: u32, _idle: *mut task_struct) -> i32 {
    -(bindings::ENODEV as i32)
}

#[unsafe(no_mangle)]
extern "C" fn smp_send_stop() {}

#[unsafe(no_mangle)]
extern "C" fn setup_profiling_timer(_multiplier: u32) -> i32 {
    -(bindings::EINVAL as i32)
}

// SPDX-License-Identifier: GPL-2.0

//! Interrupts: bits that anybody may set at any time, taken by whoever executes the kernel where
//! `asm/irqflags.h` turns interrupts on, in the idle loop, and on entry.

use core::cell::UnsafeCell;
use core::sync::atomic::{AtomicU32, Ordering};

use crate::bindings;
use crate::kernel::{smp, task, time, vcpu};

/// The event asked for with `event_schedule_ns` has happened.
pub const TIMER: u32 = liblinux_abi::SIM_IRQ_TIMER;
/// A device of the host has something.
pub const NET: u32 = liblinux_abi::SIM_IRQ_NET;
/// A thread of the host has a call to make.
pub const ENTRANT: u32 = 1 << 16;
/// The host's side has something to execute here.
pub const WORK: u32 = 1 << 17;
/// Another processor wants the scheduler to look.
pub const RESCHEDULE: u32 = 1 << 18;
/// Another processor wants a function called.
pub const CALL_FUNCTION: u32 = 1 << 19;
/// The host has sent packets that it kept.
#[cfg(feature = "net_device")]
pub const SENT: u32 = 1 << 20;

/// Interrupts raised and not taken yet, one word a processor; read by `asm/irqflags.h`.
#[unsafe(no_mangle)]
static lib_pending: [AtomicU32; NR_CPUS] = [const { AtomicU32::new(0) }; NR_CPUS];

const _: () = assert!(TIMER == bindings::LIB_IRQ_TIMER);

const NR_CPUS: usize = bindings::CONFIG_NR_CPUS as usize;

/// Raises interrupt lines of the first processor. Callable from anywhere.
pub fn raise(lines: u32) {
    lib_pending[0].fetch_or(lines, Ordering::Release);
}

/// Raises interrupt lines of processor `cpu`.
pub fn raise_on(cpu: usize, lines: u32) {
    lib_pending[cpu].fetch_or(lines, Ordering::Release);
}

/// Whether an interrupt waits to be taken.
pub fn pending() -> bool {
    lib_pending[0].load(Ordering::Relaxed) != 0
}

/// `struct pt_regs` of an interrupt: whether the program or the kernel was interrupted.
struct Registers(UnsafeCell<bindings::pt_regs>);

// SAFETY: generic code only reads them.
unsafe impl Sync for Registers {}

const fn registers(user: u64) -> Registers {
    Registers(UnsafeCell::new(bindings::pt_regs { user, nr: 0, args: [0; 6], result: 0 }))
}

static IN_KERNEL: Registers = registers(0);
static IN_PROGRAM: Registers = registers(1);

/// Takes what is pending. Called with interrupts just turned on.
#[unsafe(no_mangle)]
extern "C" fn lib_take_interrupts() {
    take(ALL, &IN_KERNEL);
}

/// Takes the timer's interrupt, if that is pending, and leaves the others: for `asm/preempt.h`. Called with
/// interrupts on.
#[unsafe(no_mangle)]
extern "C" fn lib_take_timer() {
    take(TIMER, &IN_KERNEL);
}

/// Takes what is pending, on the stack of a task whose program was interrupted.
pub fn take_in_program() {
    if pending() {
        take(ALL, &IN_PROGRAM);
    }
}

/// Every line there is.
const ALL: u32 = !0;

#[inline]
fn take(lines: u32, registers: &'static Registers) {
    // SAFETY: interrupts are off from here to the last line, as for any handler; `irq_enter` and
    // `irq_exit` are paired; the registers are static.
    unsafe {
        bindings::lib_raw_irqs_disable();
        loop {
            let taken = lib_pending[0].fetch_and(!lines, Ordering::AcqRel) & lines;
            if taken == 0 {
                break;
            }
            let old = bindings::lib_set_irq_regs(registers.0.get());
            bindings::irq_enter();
            handle(taken);
            bindings::irq_exit();
            bindings::lib_set_irq_regs(old);
        }
        (*current_thread_info()).irqs_on = 1;
    }
}

fn current_thread_info() -> *mut bindings::thread_info {
    // SAFETY: there is always a current task.
    unsafe { bindings::lib_thread_info(bindings::lib_current()) }
}

fn handle(lines: u32) {
    if lines & TIMER != 0 {
        time::interrupt();
    }
    #[cfg(feature = "net_device")]
    if lines & SENT != 0 {
        crate::drivers::net::sent();
    }
    #[cfg(feature = "net_device")]
    if lines & NET != 0 {
        crate::drivers::net::interrupt();
    }
    if lines & ENTRANT != 0 {
        task::wake_entrants();
    }
    if lines & WORK != 0 {
        vcpu::this().do_work();
    }
    smp::handle(lines);
}

/// In a kernel loop that waits for another processor, or for an interrupt.
#[unsafe(no_mangle)]
extern "C" fn lib_cpu_relax() {
    // SAFETY: only looks at the current stack's own word.
    let on = unsafe { (*current_thread_info()).irqs_on != 0 };
    if on && pending() {
        lib_take_interrupts();
    }
    core::hint::spin_loop();
}

/// `init_IRQ()`: there is no controller.
#[unsafe(no_mangle)]
extern "C" fn init_IRQ() {}

/// `arch_cpu_idle()`: nothing to execute; the thread of the host may go.
#[unsafe(no_mangle)]
extern "C" fn arch_cpu_idle() {
    // SAFETY: the idle loop calls with interrupts off, and (from 6.3 on) wants them so again.
    unsafe {
        #[cfg(feature = "net_device")]
        if crate::drivers::net::resume() {
            raise(NET);
        }
        if !pending() && !bindings::lib_need_resched() {
            vcpu::this().leave(vcpu::Exit::Idle);
        }
        bindings::lib_raw_irqs_enable();
        #[cfg(not(kernel_before_6_3))]
        bindings::lib_raw_irqs_disable();
    }
}

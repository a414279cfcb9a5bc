// SPDX-License-Identifier: GPL-2.0

//! The processor's registers, as a signal's handler finds them.

use core::arch::x86_64::__cpuid_count;
use core::ffi::c_int;
use core::sync::atomic::{AtomicUsize, Ordering};

use libos_host::gate;

use crate::call::{Call, Origin};

/// The general registers of a context, in the order of `REG_R8` and so on.
pub type Registers = [i64; 23];

/// Flags as a function wants them.
pub const PLAIN_FLAGS: i64 = 0x202;

/// All components of the extended registers but the protection keys: for xsave(1).
pub const COMPONENTS: u32 = !(1 << 9);

/// The call that the registers are about to make, or have just made.
pub fn call(registers: &Registers, origin: Origin) -> Call {
    let argument = |register: c_int| registers[register as usize] as usize;
    let order =
        [libc::REG_RDI, libc::REG_RSI, libc::REG_RDX, libc::REG_R10, libc::REG_R8, libc::REG_R9];
    Call::new(origin, registers[libc::REG_RAX as usize], order.map(argument))
}

pub fn set_result(registers: &mut Registers, result: isize) {
    registers[libc::REG_RAX as usize] = result as i64;
}

/// The program makes call `nr` again.
pub fn repeat(registers: &mut Registers, nr: i64) {
    registers[libc::REG_RAX as usize] = nr;
    registers[libc::REG_RIP as usize] -= gate::CALL as i64;
}

pub fn set_stack(registers: &mut Registers, stack: usize) {
    registers[libc::REG_RSP as usize] = stack as i64;
}

pub fn stack(registers: &Registers) -> usize {
    registers[libc::REG_RSP as usize] as usize
}

/// Registers as a program begins with.
pub fn first(entry: usize, stack: usize) -> Registers {
    let mut registers = Registers::default();
    registers[libc::REG_RIP as usize] = entry as i64;
    registers[libc::REG_RSP as usize] = stack as i64;
    registers[libc::REG_EFL as usize] = PLAIN_FLAGS;
    registers
}

/// Bytes that the extended registers take.
pub fn extended_size() -> usize {
    static SIZE: AtomicUsize = AtomicUsize::new(0);
    match SIZE.load(Ordering::Relaxed) {
        0 => {
            let size = __cpuid_count(0xd, 0).ebx as usize;
            SIZE.store(size, Ordering::Relaxed);
            size
        }
        size => size,
    }
}

/// Makes a zeroed area hold the registers as a program begins with.
///
/// # Safety
///
/// The area is large enough.
pub unsafe fn prepare_extended(area: usize) {
    const MXCSR_AT: usize = 24;
    const MXCSR: u32 = 0x1f80;
    // SAFETY: as the caller promises.
    unsafe { ((area + MXCSR_AT) as *mut u32).write(MXCSR) };
}

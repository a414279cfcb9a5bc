// SPDX-License-Identifier: GPL-2.0

//! The FS base, which the program and the runner have one each of, and the GS base, which is ours: it
//! points to the thread's [`Record`].

use core::arch::asm;
use core::sync::atomic::{AtomicU8, Ordering};

use libos_host::layout::PAGE;

use super::record::Record;
use crate::call::Call;
use crate::errno::{Errno, Outcome};
use crate::{host, memory};

const ARCH_SET_GS: usize = 0x1001;
pub const ARCH_SET_FS: usize = 0x1002;
const ARCH_GET_FS: usize = 0x1003;
const ARCH_GET_GS: usize = 0x1004;

/// Whether programs may change the FS base by an instruction. Known when there is a record.
pub static FSGSBASE: AtomicU8 = AtomicU8::new(0);

/// Whether they may.
pub fn has_instructions() -> bool {
    FSGSBASE.load(Ordering::Relaxed) != 0
}

/// The FS base of the runner's and the program's thread.
pub fn fs_base() -> usize {
    let base;
    if has_instructions() {
        // SAFETY: the processor and the kernel have the instruction.
        unsafe { asm!("rdfsbase {}", out(reg) base, options(nomem, nostack)) };
        return base;
    }
    let mut base = 0usize;
    let _ = host::syscall(libc::SYS_arch_prctl, [ARCH_GET_FS, &raw mut base as usize]);
    base
}

/// Changes it.
///
/// # Safety
///
/// The code that follows uses no other thread-local storage.
pub unsafe fn set_fs_base(base: usize) {
    if has_instructions() {
        // SAFETY: as the caller promises; the processor and the kernel have the instruction.
        unsafe { asm!("wrfsbase {}", in(reg) base, options(nostack)) };
    } else {
        let _ = host::syscall(libc::SYS_arch_prctl, [ARCH_SET_FS, base]);
    }
}

/// The record that the GS base points to.
#[inline]
pub fn record() -> *const Record {
    let record;
    // SAFETY: its first word is its own address.
    unsafe { asm!("mov {}, gs:[0]", out(reg) record, options(nostack, readonly)) };
    record
}

/// Makes `record` the thread's.
pub fn set_record(record: &Record) -> Outcome {
    const HWCAP2_FSGSBASE: u64 = 1 << 1;
    // SAFETY: asks for a number.
    let has = unsafe { libc::getauxval(libc::AT_HWCAP2) } & HWCAP2_FSGSBASE != 0;
    FSGSBASE.store(has.into(), Ordering::Relaxed);
    let record = core::ptr::from_ref(record) as usize;
    host::syscall(libc::SYS_arch_prctl, [ARCH_SET_GS, record])
}

/// A base that the program wants, if it is an address of programs.
pub fn possible(base: usize) -> Result<usize, Errno> {
    const END: usize = (1 << 47) - PAGE;
    if base < END { Ok(base) } else { Err(Errno(libc::EPERM)) }
}

/// arch_prctl(2) for the program: the FS base is its own, the GS base ours.
pub fn change(record: &Record, call: Call) -> Outcome {
    let [what, address, ..] = call.args;
    let told = |value: usize| {
        if memory::write(address, value) { Ok(0) } else { Err(Errno(libc::EFAULT)) }
    };
    match what {
        ARCH_SET_FS => {
            record.program_fs.set(possible(address)?);
            Ok(0)
        }
        ARCH_GET_FS => told(record.program_fs.get()),
        ARCH_GET_GS => told(0),
        ARCH_SET_GS => Err(Errno(libc::EPERM)),
        _ => call.to_host(),
    }
}

// SPDX-License-Identifier: GPL-2.0

//! The gate: one page at a fixed address with the only system-call instructions that a program's
//! seccomp filter lets through (`libos-preload` says why). Every call to the host that must not
//! come back to the library goes through it.

use core::arch::asm;
use std::sync::{Mutex, PoisonError};

use crate::layout;

const CODE: [u8; 64] = {
    let mut code = [0xcc; 64];
    put(&mut code, 0, &[0x0f, 0x05, 0xc3]); // syscall; ret
    put(&mut code, RESTORER - layout::GATE, &[0xb8, 15, 0, 0, 0, 0x0f, 0x05]); // rt_sigreturn
    let exit = [0x0f, 0x05, 0x31, 0xff, 0xb8, 60, 0, 0, 0, 0x0f, 0x05]; // syscall; exit(0)
    put(&mut code, EXIT - layout::GATE, &exit);
    // syscall; jmp *%gs:8
    put(&mut code, BACK - layout::GATE, &[0x0f, 0x05, 0x65, 0xff, 0x24, 0x25, 8, 0, 0, 0]);
    code
};

/// Where a handler of signals returns to: `mov $SYS_rt_sigreturn, %eax; syscall`.
pub const RESTORER: usize = layout::GATE + 16;

/// A system call whose number and arguments are in their registers, then the end of the thread. To be
/// jumped to: the thread's stack may be another's by then.
pub const EXIT: usize = layout::GATE + 32;

/// A system call whose number and arguments are in their registers, then a jump to the address in the
/// second word of what the GS base points to. To be jumped to: no stack is used.
pub const BACK: usize = layout::GATE + 48;

/// How long the instruction for a system call is.
pub const CALL: usize = 2;

const fn put(code: &mut [u8; 64], at: usize, bytes: &[u8]) {
    let mut i = 0;
    while i < bytes.len() {
        code[at + i] = bytes[i];
        i += 1;
    }
}

/// As [`map`], for a program that has just begun: whatever is there is not ours. So it is where one program
/// executes another in its own process, as valgrind does.
pub fn map_first() -> Result<(), crate::Error> {
    if is_mapped() { Err(taken()) } else { map() }
}

/// Maps the gate, unless it is there. Called before any other function of this crate.
pub fn map() -> Result<(), crate::Error> {
    /// Who comes second must not see it half made.
    static MAPS: Mutex<()> = Mutex::new(());
    let _maps = MAPS.lock().unwrap_or_else(PoisonError::into_inner);
    // SAFETY: a new mapping at an address that is ours, or an error.
    let page = unsafe {
        libc::mmap(
            layout::GATE as *mut libc::c_void,
            layout::PAGE,
            libc::PROT_READ | libc::PROT_WRITE,
            libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE,
            -1,
            0,
        )
    };
    if page as usize != layout::GATE {
        // Mapped before, by a process that forked us.
        return if is_mapped() { Ok(()) } else { Err(taken()) };
    }
    // SAFETY: the page is new and writable, then executable.
    unsafe {
        core::ptr::copy_nonoverlapping(CODE.as_ptr(), page.cast(), CODE.len());
        libc::mprotect(page, layout::PAGE, libc::PROT_READ | libc::PROT_EXEC);
    }
    Ok(())
}

/// Whether it is there.
#[must_use]
pub fn is_mapped() -> bool {
    let mut resident = 0u8;
    // SAFETY: asks about one page.
    let known =
        unsafe { libc::mincore(layout::GATE as *mut libc::c_void, layout::PAGE, &mut resident) };
    // SAFETY: the page is mapped; ours is readable.
    known == 0 && unsafe { *(layout::GATE as *const [u8; 64]) } == CODE
}

fn taken() -> crate::Error {
    crate::Error::Taken { from: layout::GATE, to: layout::GATE + layout::PAGE }
}

/// System call `nr`. The result, or a negative errno.
///
/// # Safety
///
/// That of the call itself; the gate is mapped.
#[inline]
pub unsafe fn syscall(nr: i64, args: [usize; 6]) -> isize {
    let result: isize;
    // SAFETY: as the caller promises. `call` uses the stack, so there is no red zone.
    unsafe {
        asm!(
            "call {gate}",
            gate = in(reg) layout::GATE,
            inlateout("rax") nr as isize => result,
            in("rdi") args[0],
            in("rsi") args[1],
            in("rdx") args[2],
            in("r10") args[3],
            in("r8") args[4],
            in("r9") args[5],
            lateout("rcx") _,
            lateout("r11") _,
        );
    }
    result
}

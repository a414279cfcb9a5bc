// SPDX-License-Identifier: GPL-2.0

//! System calls of the host. They go through the gate, where the filter lets them pass; in a
//! program without an instance there is neither.

use core::arch::asm;
use core::ffi::c_int;
use core::sync::atomic::{AtomicBool, Ordering};

use libos_host::gate;

use crate::call::{Call, Origin};
use crate::errno::{self, Outcome};
use crate::{cancel, static_program};

static GATED: AtomicBool = AtomicBool::new(false);

/// From now on the gate is there.
pub fn use_gate() {
    GATED.store(true, Ordering::Release);
}

/// Has the host execute `call`.
#[inline]
pub fn call(call: &Call) -> Outcome {
    errno::outcome(match call.origin {
        Origin::Point => cancel::point(|| raw(call.nr, call.args)),
        Origin::Function | Origin::Inline => raw(call.nr, call.args),
        Origin::Static => static_program::interruptible(call.nr, call.args),
    })
}

/// System call `nr` with up to six arguments.
#[inline]
pub fn syscall<const N: usize>(nr: i64, args: [usize; N]) -> Outcome {
    call(&Call::new(Origin::Function, nr, args))
}

pub fn close(fd: c_int) -> Outcome {
    syscall(libc::SYS_close, [fd as usize])
}

/// Whether the host knows `fd`.
pub fn is_open(fd: c_int) -> bool {
    syscall(libc::SYS_fcntl, [fd as usize, libc::F_GETFD as usize]).is_ok()
}

#[inline]
fn raw(nr: i64, args: [usize; 6]) -> isize {
    // SAFETY: the program's own call with its own arguments, or one of ours on memory that is ours.
    unsafe {
        if GATED.load(Ordering::Relaxed) { gate::syscall(nr, args) } else { inline(nr, args) }
    }
}

/// # Safety
///
/// That of the call.
unsafe fn inline(nr: i64, args: [usize; 6]) -> isize {
    let result: isize;
    // SAFETY: as the caller promises.
    unsafe {
        asm!(
            "syscall",
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

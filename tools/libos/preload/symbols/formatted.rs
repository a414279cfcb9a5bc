// SPDX-License-Identifier: GPL-2.0

//! dprintf(3), which writes by libc's inner calls.

use core::arch::naked_asm;
use core::ffi::{c_char, c_int, c_void};
use core::ptr::null_mut;

use crate::call::{Call, Origin};
use crate::errno;
use crate::table::TABLE;
use crate::{real, route};

/// A `va_list`, which is an array, and passed as its address.
type List = *mut c_void;

unsafe extern "C" {
    fn vasprintf(text: *mut *mut c_char, format: *const c_char, list: List) -> c_int;
    fn __vasprintf_chk(
        text: *mut *mut c_char,
        flag: c_int,
        format: *const c_char,
        list: List,
    ) -> c_int;
}

/// vdprintf(3).
///
/// # Safety
///
/// As for vdprintf(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn vdprintf(fd: c_int, format: *const c_char, list: List) -> c_int {
    // SAFETY: as the caller promises.
    unsafe {
        if TABLE.is_library(fd) {
            write(fd, |text| vasprintf(text, format, list))
        } else {
            real::VDPRINTF.get().map_or(-1, |real| real(fd, format, list))
        }
    }
}

/// vdprintf(3) with _FORTIFY_SOURCE.
///
/// # Safety
///
/// As for vdprintf(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn __vdprintf_chk(
    fd: c_int,
    flag: c_int,
    format: *const c_char,
    list: List,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe {
        if TABLE.is_library(fd) {
            write(fd, |text| __vasprintf_chk(text, flag, format, list))
        } else {
            real::VDPRINTF_CHECKED.get().map_or(-1, |real| real(fd, flag, format, list))
        }
    }
}

/// Writes the text that `print` makes, in memory of malloc(3).
fn write(fd: c_int, print: impl FnOnce(*mut *mut c_char) -> c_int) -> c_int {
    let mut text = null_mut();
    let len = print(&raw mut text);
    if len < 0 {
        return -1;
    }
    let written = write_all(fd, text as usize, len as usize);
    errno::preserved(|| {
        // SAFETY: made by `print`.
        unsafe { libc::free(text.cast()) }
    });
    if written { len } else { -1 }
}

fn write_all(fd: c_int, text: usize, len: usize) -> bool {
    let mut written = 0;
    while written < len {
        let args = [fd as usize, text + written, len - written];
        match route::route(Call::new(Origin::Function, libc::SYS_write, args)) {
            Ok(more) => written += more as usize,
            Err(error) => {
                errno::set(error);
                return false;
            }
        }
    }
    true
}

/// Makes a `va_list` of the arguments after the format, as the psABI has it, and hands on.
#[cfg(target_arch = "x86_64")]
macro_rules! variadic {
    ($($name:ident = $function:ident, $fixed:literal, $list:literal;)*) => {
        $(
            /// # Safety
            ///
            /// As libc's function of this name.
            #[unsafe(naked)]
            #[unsafe(no_mangle)]
            pub unsafe extern "C-unwind" fn $name() {
                naked_asm!(
                    "push rbp",
                    "mov rbp, rsp",
                    // The registers, and behind them the list.
                    "sub rsp, 208",
                    "mov [rsp], rdi",
                    "mov [rsp + 8], rsi",
                    "mov [rsp + 16], rdx",
                    "mov [rsp + 24], rcx",
                    "mov [rsp + 32], r8",
                    "mov [rsp + 40], r9",
                    "test al, al",
                    "je 2f",
                    "movaps [rsp + 48], xmm0",
                    "movaps [rsp + 64], xmm1",
                    "movaps [rsp + 80], xmm2",
                    "movaps [rsp + 96], xmm3",
                    "movaps [rsp + 112], xmm4",
                    "movaps [rsp + 128], xmm5",
                    "movaps [rsp + 144], xmm6",
                    "movaps [rsp + 160], xmm7",
                    "2:",
                    concat!("mov dword ptr [rsp + 176], ", $fixed),
                    "mov dword ptr [rsp + 180], 48",
                    "lea rax, [rbp + 16]",
                    "mov [rsp + 184], rax",
                    "mov [rsp + 192], rsp",
                    concat!("lea ", $list, ", [rsp + 176]"),
                    "call {function}",
                    "leave",
                    "ret",
                    function = sym $function,
                )
            }
        )*
    };
}

#[cfg(target_arch = "x86_64")]
variadic! {
    dprintf = vdprintf, 16, "rdx";
    __dprintf_chk = __vdprintf_chk, 24, "rcx";
}

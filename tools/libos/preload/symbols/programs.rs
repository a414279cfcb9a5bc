// SPDX-License-Identifier: GPL-2.0

//! The exec(3) family.

use core::arch::naked_asm;
use core::ffi::{c_char, c_int};
use core::ptr::null;

use crate::errno;
use crate::exec::{self, List};
use crate::real;

unsafe extern "C" {
    static environ: List;
}

/// execve(2).
///
/// # Safety
///
/// As for execve(2).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn execve(
    path: *const c_char,
    arguments: List,
    environment: List,
) -> c_int {
    // SAFETY: the program's own call.
    errno::returned(unsafe { exec::execve(path, arguments, environment) }) as c_int
}

/// execv(3).
///
/// # Safety
///
/// As for execv(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn execv(path: *const c_char, arguments: List) -> c_int {
    // SAFETY: the program's own call and environment.
    unsafe { execve(path, arguments, environ) }
}

/// execvpe(3).
///
/// # Safety
///
/// As for execvpe(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn execvpe(
    file: *const c_char,
    arguments: List,
    environment: List,
) -> c_int {
    let Some(real) = real::EXECVPE.get() else { return exec::missing() };
    // SAFETY: the program's own call. Libc's own are caught, one for each folder of PATH.
    unsafe { real(file, arguments, environment) }
}

/// execvp(3).
///
/// # Safety
///
/// As for execvp(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn execvp(file: *const c_char, arguments: List) -> c_int {
    // SAFETY: the program's own call and environment.
    unsafe { execvpe(file, arguments, environ) }
}

/// fexecve(3).
///
/// # Safety
///
/// As for fexecve(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn fexecve(fd: c_int, arguments: List, environment: List) -> c_int {
    // SAFETY: the program's own call.
    unsafe { execveat(fd, c"".as_ptr(), arguments, environment, libc::AT_EMPTY_PATH) }
}

/// execveat(2).
///
/// # Safety
///
/// As for execveat(2).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn execveat(
    folder: c_int,
    path: *const c_char,
    arguments: List,
    environment: List,
    flags: c_int,
) -> c_int {
    // SAFETY: the program's own call.
    let failed = unsafe { exec::execveat(folder, path, [arguments, environment], flags) };
    errno::returned(failed) as c_int
}

/// execl(3), execlp(3) and execle(3) take any number of arguments: five in registers, the rest on
/// the stack above the return address. Each hands both on.
#[cfg(target_arch = "x86_64")]
macro_rules! lists {
    ($($name:ident = $function:ident;)*) => {
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
                    "sub rsp, 8",
                    "push r9",
                    "push r8",
                    "push rcx",
                    "push rdx",
                    "push rsi",
                    "mov rsi, rsp",
                    "lea rdx, [rbp + 16]",
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
lists! {
    execl = in_place;
    execlp = along_path;
    execle = with_environment;
}

/// Arguments in registers, and where the others are.
const IN_REGISTERS: usize = 5;

/// The list that arguments are up to a null pointer, and what follows that.
///
/// # Safety
///
/// Called by the functions above.
unsafe fn list(registers: List, stack: List) -> (Vec<*const c_char>, *const c_char) {
    let at = |index: usize| {
        // SAFETY: the list has an end, and nothing is read behind what follows it.
        unsafe {
            if index < IN_REGISTERS {
                *registers.add(index)
            } else {
                *stack.add(index - IN_REGISTERS)
            }
        }
    };
    let count = (0..).take_while(|index| !at(*index).is_null()).count();
    let mut all: Vec<_> = (0..count).map(at).collect();
    all.push(null());
    (all, at(count + 1))
}

unsafe extern "C-unwind" fn in_place(path: *const c_char, registers: List, stack: List) -> c_int {
    // SAFETY: the program's own call.
    unsafe { execv(path, list(registers, stack).0.as_ptr()) }
}

unsafe extern "C-unwind" fn along_path(file: *const c_char, registers: List, stack: List) -> c_int {
    // SAFETY: the program's own call.
    unsafe { execvp(file, list(registers, stack).0.as_ptr()) }
}

unsafe extern "C-unwind" fn with_environment(
    path: *const c_char,
    registers: List,
    stack: List,
) -> c_int {
    // SAFETY: the program's own call; the environment follows the list.
    unsafe {
        let (arguments, environment) = list(registers, stack);
        execve(path, arguments.as_ptr(), environment.cast())
    }
}

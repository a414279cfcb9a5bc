// SPDX-License-Identifier: GPL-2.0

//! Functions of terminals: `<termios.h>`, `<unistd.h>`, `<stdlib.h>`. Within, libc asks the host about the
//! placeholder of a library's descriptor, and none of those is a terminal.

use core::ffi::{CStr, c_char, c_int};
use core::ptr::null_mut;

use libc::{pid_t, size_t, termios};

use crate::errno::{self, Errno};
use crate::real::Next;
use crate::table::TABLE;

const NO_TERMINAL: c_int = libc::ENOTTY;

/// libc's own functions, but for descriptors of the library.
macro_rules! of_terminals {
    ($($name:ident(fd: c_int $(, $arg:ident: $type:ty)*) -> $result:ty, else $failed:expr;)*) => {
        $(
            /// # Safety
            ///
            /// As libc's function of this name.
            #[unsafe(no_mangle)]
            pub unsafe extern "C-unwind" fn $name(fd: c_int $(, $arg: $type)*) -> $result {
                const NAME: &CStr = match CStr::from_bytes_with_nul(
                    concat!(stringify!($name), "\0").as_bytes(),
                ) {
                    Ok(name) => name,
                    Err(_) => unreachable!(),
                };
                type Function = unsafe extern "C-unwind" fn(c_int $(, $type)*) -> $result;
                // SAFETY: as the manual page of the function has it.
                static NEXT: Next<Function> = unsafe { Next::named(NAME) };
                match NEXT.get() {
                    // SAFETY: the caller's promise is the same.
                    Some(next) if !TABLE.is_library(fd) => unsafe { next(fd $(, $arg)*) },
                    _ => {
                        errno::set(Errno(NO_TERMINAL));
                        $failed
                    }
                }
            }
        )*
    };
}

of_terminals! {
    isatty(fd: c_int) -> c_int, else 0;
    tcgetattr(fd: c_int, state: *mut termios) -> c_int, else -1;
    tcsetattr(fd: c_int, when: c_int, state: *const termios) -> c_int, else -1;
    tcflush(fd: c_int, queue: c_int) -> c_int, else -1;
    tcdrain(fd: c_int) -> c_int, else -1;
    tcflow(fd: c_int, action: c_int) -> c_int, else -1;
    tcsendbreak(fd: c_int, duration: c_int) -> c_int, else -1;
    tcgetpgrp(fd: c_int) -> pid_t, else -1;
    tcsetpgrp(fd: c_int, group: pid_t) -> c_int, else -1;
    tcgetsid(fd: c_int) -> pid_t, else -1;
    ttyname(fd: c_int) -> *mut c_char, else null_mut();
    ttyname_r(fd: c_int, name: *mut c_char, len: size_t) -> c_int, else NO_TERMINAL;
    ptsname(fd: c_int) -> *mut c_char, else null_mut();
    ptsname_r(fd: c_int, name: *mut c_char, len: size_t) -> c_int, else NO_TERMINAL;
}

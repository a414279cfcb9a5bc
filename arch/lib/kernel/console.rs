// SPDX-License-Identifier: GPL-2.0

//! The kernel's log, line by line, with its level, to the host.

use core::cell::UnsafeCell;
use core::ffi::c_char;

#[cfg(not(CONFIG_TTY))]
use crate::bindings::file_operations;
use crate::bindings::{self, console};
use crate::kernel::host::host;
#[cfg(not(CONFIG_TTY))]
use crate::mm::uaccess;

struct Console(UnsafeCell<console>);
// SAFETY: registered once, then the kernel's own.
unsafe impl Sync for Console {}
// SAFETY: valid when zeroed: its pointers are optional.
static CONSOLE: Console = Console(UnsafeCell::new(unsafe { core::mem::zeroed() }));

/// Registers the console; from `setup_arch`, before anything is worth saying.
pub fn register() {
    // SAFETY: boot is single-threaded.
    unsafe {
        let console = CONSOLE.0.get();
        for (to, from) in (*console).name.iter_mut().zip(c"host".to_bytes()) {
            *to = *from as c_char;
        }
        (*console).write = Some(write);
        // CON_EXTENDED: each record comes with its level (Documentation/ABI/testing/dev-kmsg).
        (*console).flags = bindings::LIB_CONSOLE_FLAGS as i16;
        (*console).index = -1;
        bindings::register_console(console);
    }
}

/// /dev/console, which the first process opens: a line written there is one of the log. Where the
/// kernel has terminals, theirs serves.
#[cfg(not(CONFIG_TTY))]
pub fn register_device() {
    const MAJOR: u32 = 5;
    const MINOR: u32 = 1;
    static OPERATIONS: Operations = Operations(file_operations {
        write: Some(write_device),
        // SAFETY: valid when zeroed: its pointers are optional.
        ..unsafe { core::mem::zeroed() }
    });
    // SAFETY: boot is single-threaded; the table is static.
    unsafe { bindings::__register_chrdev(MAJOR, MINOR, 1, c"console".as_ptr(), &OPERATIONS.0) };
}

#[cfg(CONFIG_TTY)]
pub fn register_device() {}

#[cfg(not(CONFIG_TTY))]
struct Operations(file_operations);
// SAFETY: never written.
#[cfg(not(CONFIG_TTY))]
unsafe impl Sync for Operations {}

#[cfg(not(CONFIG_TTY))]
unsafe extern "C" fn write_device(
    _file: *mut bindings::file,
    text: *const c_char,
    len: usize,
    _position: *mut i64,
) -> isize {
    const INFO: i32 = 6;
    let mut line = [0u8; 256];
    let taken = len.min(line.len());
    // SAFETY: the copy is checked.
    let left = unsafe { uaccess::copy_from_program(line.as_mut_ptr(), text.cast(), taken) };
    let text = line[..taken - left].trim_ascii_end();
    host!(print, INFO, text.as_ptr().cast(), text.len());
    if left == 0 { taken as isize } else { crate::kernel::call::error(bindings::EFAULT) }
}

/// `level,sequence,microseconds,flags;text\n` and perhaps lines of properties, which are left out.
unsafe extern "C" fn write(_console: *mut console, record: *const c_char, len: u32) {
    // SAFETY: the kernel gives a record of `len` bytes.
    let record = unsafe { core::slice::from_raw_parts(record.cast::<u8>(), len as usize) };
    let (level, text) = split(record);
    host!(print, level, text.as_ptr().cast(), text.len());
}

fn split(record: &[u8]) -> (i32, &[u8]) {
    let digits = record.iter().take_while(|byte| byte.is_ascii_digit());
    let priority = digits.fold(0i32, |n, d| n.wrapping_mul(10).wrapping_add(i32::from(d - b'0')));
    let begin = record.iter().position(|&byte| byte == b';').map_or(0, |at| at + 1);
    let text = &record[begin..];
    let end = text.iter().position(|&byte| byte == b'\n').unwrap_or(text.len());
    (priority & 7, &text[..end])
}

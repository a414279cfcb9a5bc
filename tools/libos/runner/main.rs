// SPDX-License-Identifier: GPL-2.0

//! `nuse-runner`: see the library of this crate. It does what execve(2) does of a static program, and
//! never returns from it.

#![no_main]

mod load;
mod stack;

use std::ffi::{CStr, CString, c_char, c_int};
use std::mem::transmute;

use nuse_runner::{BEGIN, Begin, File, Image, PROGRAM, Program};

/// As shells have it: found, but cannot be executed.
const FAILED: c_int = 126;

/// Not Rust's: that would change what is done about signals, which the program inherits.
///
/// # Safety
///
/// Called by libc.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn main(
    count: c_int,
    arguments: *const *const c_char,
    environment: *const *const c_char,
) -> c_int {
    // SAFETY: libc's arguments are what the kernel has put on the stack.
    let given = unsafe { stack::Given::new(count, arguments, environment) };
    let Some(path) = given.variable(PROGRAM) else {
        eprintln!("nuse-runner: is executed by nuse, for programs that are statically linked");
        return FAILED;
    };
    match run(&given, path) {
        Ok(never) => match never {},
        Err(reason) => {
            eprintln!("nuse: {}: {reason}", path.to_string_lossy());
            FAILED
        }
    }
}

fn run(given: &stack::Given, path: &CStr) -> Result<std::convert::Infallible, String> {
    let begin = begin().ok_or("only nuse can run a static program")?;
    let passed = path.to_str().ok().and_then(|number| number.parse::<c_int>().ok());
    let named = passed.and_then(|fd| CString::new(format!("/proc/self/fd/{fd}")).ok());
    let path = named.as_deref().unwrap_or(path);
    let file = File::open(path).ok_or("it cannot be read")?;
    if let Some(fd) = passed {
        // SAFETY: passed for this.
        unsafe { libc::close(fd) };
    }
    let image = Image::parse(file.bytes()).filter(Image::is_static);
    let image = image.ok_or("it is no static program of this processor")?;
    let loaded = load::load(&image, file.fd())?;
    let stack = stack::build(given, path, &loaded)?;
    let exe = exe(&file, path);
    name(path);
    drop(file);
    let (entry, text, exe) = (loaded.entry, loaded.text, exe.as_ptr());
    // SAFETY: the function of the interposer, with a program and a stack that nobody else has.
    unsafe { begin(&Program { entry, stack, text, exe }) }
}

/// The interposer's function, if there is one.
fn begin() -> Option<Begin> {
    // SAFETY: the symbol, if found, is the function of that name.
    unsafe {
        let found = libc::dlsym(libc::RTLD_DEFAULT, BEGIN.as_ptr());
        (!found.is_null()).then(|| transmute::<*mut libc::c_void, Begin>(found))
    }
}

/// The path that /proc/self/exe has for the program.
fn exe(file: &File, path: &CStr) -> CString {
    let link = std::fs::read_link(format!("/proc/self/fd/{}", file.fd()));
    let bytes = link.map(|link| link.into_os_string().into_encoded_bytes());
    bytes.ok().and_then(|bytes| CString::new(bytes).ok()).unwrap_or_else(|| path.into())
}

/// Names the process as execve(2) does.
fn name(path: &CStr) {
    let bytes = path.to_bytes();
    let begin = bytes.iter().rposition(|byte| *byte == b'/').map_or(0, |slash| slash + 1);
    // SAFETY: a string, of which the kernel takes what it has room for.
    unsafe { libc::prctl(libc::PR_SET_NAME, path.as_ptr().add(begin)) };
}

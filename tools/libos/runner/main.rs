// SPDX-License-Identifier: GPL-2.0

//! `nuse-runner`: see the library of this crate. It does what execve(2) does of a static program, and
//! never returns from it.

#![no_main]

mod load;
mod stack;

use std::ffi::{CStr, CString, c_char, c_int};
use std::mem::transmute;

use nuse_runner::{BEGIN, Begin, File, Image, PRELOAD, PROGRAM, Program};

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

/// What valgrind executes its tools with, which are static programs.
const VALGRIND: &[u8] = b"VALGRIND_LAUNCHER=";

fn run(given: &stack::Given, path: &CStr) -> Result<std::convert::Infallible, String> {
    if given.variable(VALGRIND).is_some() {
        return Err("valgrind executes a program in its own process, \
                    where a network stack has no room twice"
            .to_string());
    }
    let begin = begin(given).ok_or("only nuse can run a program by this one")?;
    let passed = path.to_str().ok().and_then(|number| number.parse::<c_int>().ok());
    let named = passed.and_then(|fd| CString::new(format!("/proc/self/fd/{fd}")).ok());
    let path = named.as_deref().unwrap_or(path);
    let file = File::open(path).ok_or("it cannot be read")?;
    if let Some(fd) = passed {
        // SAFETY: passed for this.
        unsafe { libc::close(fd) };
    }
    let image = Image::parse(file.bytes()).ok_or("it is no program of this processor")?;
    if !image.is_static() && image.loader().is_none() {
        return Err("it is a library".to_string());
    }
    let loaded = load::load(&image, file.fd())?;
    let loader = image.loader().map(load_loader).transpose()?;
    let stack = stack::build(given, path, &loaded, loader.as_ref().map_or(0, |l| l.bias))?;
    let exe = exe(&file, path);
    name(path);
    drop(file);
    let first = loader.as_ref().unwrap_or(&loaded);
    let (entry, text, exe) = (first.entry, loaded.text, exe.as_ptr());
    // SAFETY: the function of the interposer, with a program and a stack that nobody else has.
    unsafe { begin(&Program { entry, stack, text, exe }) }
}

fn load_loader(path: &CStr) -> Result<load::Loaded, String> {
    let of = |reason: &str| format!("its loader, {}: {reason}", path.to_string_lossy());
    let file = File::open(path).ok_or_else(|| of("it cannot be read"))?;
    let image = Image::parse(file.bytes()).filter(|image| image.loader().is_none());
    let image = image.ok_or_else(|| of("it is no loader of this processor"))?;
    load::load(&image, file.fd()).map_err(|reason| of(&reason))
}

/// The interposer's function, if there is one. Where the loader has not taken it along, it is loaded.
fn begin(given: &stack::Given) -> Option<Begin> {
    let function = |library| {
        // SAFETY: the symbol, if found, is the function of that name.
        unsafe {
            let found = libc::dlsym(library, BEGIN.as_ptr());
            (!found.is_null()).then(|| transmute::<*mut libc::c_void, Begin>(found))
        }
    };
    let load = || {
        let libraries = given.variable(PRELOAD)?.to_bytes();
        let interposer = libraries.split(|byte| *byte == b':').next()?;
        let path = CString::new(interposer).ok()?;
        // SAFETY: what would have been preloaded.
        let library = unsafe { libc::dlopen(path.as_ptr(), libc::RTLD_NOW) };
        (!library.is_null()).then_some(library)
    };
    function(libc::RTLD_DEFAULT).or_else(|| function(load()?))
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

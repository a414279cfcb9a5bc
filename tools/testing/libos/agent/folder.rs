// SPDX-License-Identifier: GPL-2.0

//! The working folder. It is one of the host's, and the library's is the root meanwhile; or it is one of
//! the library's, and the host's is the root: a relative path that leads out of there climbs up to the
//! root, above which there is nothing, so it leads to the same from the root itself.

use core::sync::atomic::Ordering;

use crate::descriptors::is_host;
use crate::dispatch::Call;
use crate::host;
use crate::library::{self, quietly};
use crate::path::Path;
use crate::paths::is_library;
use crate::thread::current;

const ROOT: &core::ffi::CStr = c"/";

/// Whether the working folder is the library's.
fn is_in_library() -> bool {
    current().process.in_library.load(Ordering::Relaxed) != 0
}

/// The path at `address`: as it is, or where it leads from a working folder of the library's.
pub fn resolve(address: usize) -> Option<Path> {
    let path = Path::read(address)?;
    if path.is_absolute() || !is_in_library() {
        return Some(path);
    }
    Path::read_from(|args| quietly(libc::SYS_getcwd, args), address)
}

/// getcwd(2).
pub fn tell(call: &mut Call<'_>) -> isize {
    if is_in_library() { library::execute(call) } else { host::call(call.nr, call.args) }
}

/// chdir(2).
pub fn change(call: &mut Call<'_>) -> isize {
    let told = |args| match is_in_library() {
        true => quietly(libc::SYS_getcwd, args),
        false => host::call(libc::SYS_getcwd, args),
    };
    let path = match Path::read(call.args[0]) {
        Some(path) if !path.is_absolute() => Path::read_from(told, call.args[0]),
        path => path,
    };
    match path {
        Some(path) if is_library(path.as_bytes()) => {
            let args = [path.address(), 0, 0, 0, 0, 0];
            changed(library::execute_as(call, libc::SYS_chdir, args), true)
        }
        _ => changed(host::call(call.nr, call.args), false),
    }
}

/// fchdir(2).
pub fn change_to_opened(call: &mut Call<'_>) -> isize {
    if is_host(call.int(0)) {
        changed(host::call(call.nr, call.args), false)
    } else {
        changed(library::execute(call), true)
    }
}

/// If that has worked, the other one's working folder is the root.
fn changed(result: isize, to_library: bool) -> isize {
    if result == 0 {
        let was = current().process.in_library.swap(to_library.into(), Ordering::Relaxed) != 0;
        let root = [ROOT.as_ptr() as usize];
        match (was, to_library) {
            (false, true) => host::call(libc::SYS_chdir, root),
            (true, false) => quietly(libc::SYS_chdir, root),
            _ => 0,
        };
    }
    result
}

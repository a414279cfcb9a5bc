// SPDX-License-Identifier: GPL-2.0

//! The working directory. If it is one of the library's, it is so in the library too, which keeps it over
//! fork(2) and execve(2); relative paths are looked up there. The host's is the directory of the same
//! name, or / if there is none.

use core::ffi::CStr;
use core::sync::atomic::{AtomicBool, Ordering};
use std::ffi::CString;

use nuse_filter::paths::is_below;

use crate::call::Call;
use crate::errno::Outcome;
use crate::table::TABLE;
use crate::{files, host, library, opened, policy, spelling};

/// The working directory is one of the library's.
static INSIDE: AtomicBool = AtomicBool::new(false);
/// It is one of the host's from which a relative path may lead to the library's.
static NEAR: AtomicBool = AtomicBool::new(false);

/// Longer than any path there.
const ROOM: usize = 1024;

/// getcwd(2) by `ask`.
fn current_of(ask: impl FnOnce([usize; 2]) -> Outcome) -> Option<CString> {
    let mut path = [0u8; ROOM];
    ask([path.as_mut_ptr() as usize, ROOM]).ok()?;
    CStr::from_bytes_until_nul(&path).ok().map(CString::from)
}

fn current() -> Option<CString> {
    current_of(|args| library::syscall(libc::SYS_getcwd, args))
}

/// A program that has replaced another goes on where that was.
pub fn take_over() {
    let inside = current().is_some_and(|path| policy::network_path(&path).is_some());
    INSIDE.store(inside, Ordering::Release);
}

/// Where a relative path leads, if that may be to a file of the library's.
pub fn resolve(path: &CStr) -> Option<CString> {
    let bytes = path.to_bytes();
    if matches!(bytes.first(), None | Some(b'/')) {
        return None;
    }
    let folder = if INSIDE.load(Ordering::Acquire) {
        current()?
    } else if NEAR.load(Ordering::Acquire) {
        of_host()?
    } else {
        return None;
    };
    CString::new(spelling::below(folder.to_bytes(), bytes)).ok()
}

fn of_host() -> Option<CString> {
    current_of(|args| host::syscall(libc::SYS_getcwd, args))
}

/// chdir(2).
pub fn change(call: Call) -> Outcome {
    if let Some(place) = files::place(&call, 0) {
        library::syscall(libc::SYS_chdir, [place.path.as_ptr() as usize])?;
        enter();
        return Ok(0);
    }
    call.to_host()?;
    leave();
    follow();
    Ok(0)
}

/// fchdir(2).
pub fn change_to_open(call: Call) -> Outcome {
    if TABLE.is_library(call.int(0)) {
        call.to_library()?;
        enter();
        return Ok(0);
    }
    call.to_host()?;
    leave();
    follow();
    Ok(0)
}

/// The library is in its directory: the host is to be near.
fn enter() {
    let chdir = |path: &CStr| host::syscall(libc::SYS_chdir, [path.as_ptr() as usize]);
    if current().is_none_or(|path| chdir(&path).is_err()) {
        // Nothing of the program's is relative to it.
        let _ = chdir(c"/");
    }
    INSIDE.store(true, Ordering::Release);
}

fn leave() {
    if INSIDE.swap(false, Ordering::AcqRel) {
        let _ = library::syscall(libc::SYS_chdir, [c"/".as_ptr() as usize]);
    }
}

/// The host is in a directory, be it by a path that led to one of the library's.
pub fn follow() {
    const NEAR_TO: [&str; 3] = ["/proc", "/sys", "/dev"];
    let is_near = |path: &CString| {
        let path = path.to_bytes();
        path == b"/" || NEAR_TO.iter().any(|top| is_below(path, top.as_bytes()))
    };
    NEAR.store(of_host().as_ref().is_some_and(is_near), Ordering::Release);
    let Some(path) = opened::network_folder() else { return };
    if library::syscall(libc::SYS_chdir, [path.as_ptr() as usize]).is_ok() {
        INSIDE.store(true, Ordering::Release);
    }
}

/// getcwd(2).
pub fn ask(call: Call) -> Outcome {
    if INSIDE.load(Ordering::Acquire) { call.to_library() } else { call.to_host() }
}

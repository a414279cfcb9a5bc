// SPDX-License-Identifier: GPL-2.0

//! The working directory. If it is one of the library's, it is so in the library too, which keeps it over
//! fork(2) and execve(2); relative paths are looked up there. The host's is the directory of the same
//! name, or / if there is none.

use core::ffi::CStr;
use core::sync::atomic::{AtomicBool, Ordering};
use std::ffi::CString;

use crate::call::Call;
use crate::errno::Outcome;
use crate::table::TABLE;
use crate::{files, host, library, policy};

/// The working directory is one of the library's.
static INSIDE: AtomicBool = AtomicBool::new(false);

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

/// Where a relative path leads, if the working directory is one of the library's.
pub fn resolve(path: &CStr) -> Option<CString> {
    let path = path.to_bytes();
    if !INSIDE.load(Ordering::Acquire) || path.is_empty() || path[0] == b'/' {
        return None;
    }
    let mut parts: Vec<u8> = current()?.into_bytes();
    for part in path.split(|byte| *byte == b'/') {
        match part {
            b"" | b"." => {}
            b".." => parts.truncate(parts.iter().rposition(|byte| *byte == b'/').unwrap_or(0)),
            name => {
                parts.push(b'/');
                parts.extend(name);
            }
        }
    }
    CString::new(parts).ok()
}

/// chdir(2).
pub fn change(call: Call) -> Outcome {
    if let Some(place) = files::place(&call, 0) {
        library::syscall(libc::SYS_chdir, [place.path.as_ptr() as usize])?;
        enter();
        return Ok(0);
    }
    let relative = call.path(0).is_some_and(|path| path.to_bytes().first() != Some(&b'/'));
    call.to_host()?;
    leave();
    if relative {
        follow();
    }
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

/// A relative path may have led to one of the library's.
fn follow() {
    let Some(path) = current_of(|args| host::syscall(libc::SYS_getcwd, args)) else { return };
    let Some(path) = policy::network_path(&path) else { return };
    if library::syscall(libc::SYS_chdir, [path.as_ptr() as usize]).is_ok() {
        INSIDE.store(true, Ordering::Release);
    }
}

/// getcwd(2).
pub fn ask(call: Call) -> Outcome {
    if INSIDE.load(Ordering::Acquire) { call.to_library() } else { call.to_host() }
}

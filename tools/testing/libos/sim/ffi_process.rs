// SPDX-License-Identifier: GPL-2.0

//! Programs, for simulators in C and C++; as `ffi`.

use std::cell::Cell;
use std::ffi::{CStr, OsStr, OsString, c_char, c_int, c_void};
use std::os::unix::ffi::OsStrExt;
use std::path::PathBuf;

use crate::ffi::with;
use crate::process::Program;

/// A program to be started. Strings may be null where it says so.
#[repr(C)]
pub struct LibosProgram {
    /// Its path, or a name that is looked for in PATH.
    pub binary: *const c_char,
    /// Its arguments, without its own name, up to a null pointer.
    pub arguments: *const *const c_char,
    /// Its environment, `NAME=value`, up to a null pointer; may be null.
    pub environment: *const *const c_char,
    /// Where it begins, on the node; null: `/`.
    pub directory: *const c_char,
    /// A file of the node for its standard input; null: `/dev/null`.
    pub stdin_file: *const c_char,
    pub uid: u32,
    pub gid: u32,
    /// Bytes of its first thread's stack; 0 for the usual 8 MiB.
    pub stack: u64,
}

/// Told when a process ends: what the simulator calls the node, the number of the process there, and
/// its status as in wait(2).
type Exited = extern "C" fn(node: *mut c_void, pid: u32, status: c_int);

thread_local! {
    static EXITED: Cell<Option<Exited>> = const { Cell::new(None) };
}

/// A process of `node` has ended.
pub fn exited(node: *mut c_void, pid: u32, status: i32) {
    if let Some(exited) = EXITED.get() {
        exited(node, pid, status);
    }
}

/// Has `exited` called whenever a process ends.
#[unsafe(no_mangle)]
pub extern "C" fn libos_on_exit(exited: extern "C" fn(node: *mut c_void, pid: u32, status: c_int)) {
    EXITED.set(Some(exited));
}

/// Where the folders `files-N` of the nodes are to be, from the first program on.
///
/// # Safety
///
/// `folder` is a string.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_set_files(folder: *const c_char) -> c_int {
    // SAFETY: as the caller promises.
    let folder = unsafe { path(folder) };
    with(|current| {
        current.simulation.set_files(folder);
        Ok(0)
    })
}

/// Whether programs record their system calls in `var/log/PID/syscalls`.
#[unsafe(no_mangle)]
pub extern "C" fn libos_set_trace(trace: bool) -> c_int {
    with(|current| {
        current.simulation.set_trace(trace);
        Ok(0)
    })
}

/// Starts a program on a node, now; it has its first turn before this returns. Its number there, or a
/// negative errno.
///
/// # Safety
///
/// The strings and lists of `program` are as described.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_start(node: u32, program: &LibosProgram) -> c_int {
    // SAFETY: as the caller promises.
    let program = unsafe {
        let environment = list(program.environment).into_iter();
        Program {
            binary: path(program.binary),
            arguments: list(program.arguments),
            environment: environment.map(|entry| split(&entry)).collect(),
            directory: path(program.directory),
            stdin: (!program.stdin_file.is_null()).then(|| path(program.stdin_file)),
            uid: program.uid,
            gid: program.gid,
            stack: program.stack,
        }
    };
    with(|current| current.simulation.start(node, &program).map(|pid| pid as c_int))
}

/// Sends a signal to a process of a node. 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_kill(node: u32, pid: u32, signal: c_int) -> c_int {
    with(|current| current.simulation.kill(node, pid, signal).map(|()| 0))
}

/// Calls `visit` with the node and the number of each process that exists, and what the host calls it.
#[unsafe(no_mangle)]
pub extern "C" fn libos_processes(
    context: *mut c_void,
    visit: extern "C" fn(context: *mut c_void, node: u32, pid: u32, host_pid: u32),
) -> c_int {
    with(|current| {
        for process in current.simulation.processes() {
            visit(context, process.node, process.pid, process.host_pid);
        }
        Ok(0)
    })
}

/// # Safety
///
/// `text` is a string, or null for an empty one.
unsafe fn string(text: *const c_char) -> OsString {
    if text.is_null() {
        return OsString::new();
    }
    // SAFETY: as the caller promises.
    OsStr::from_bytes(unsafe { CStr::from_ptr(text) }.to_bytes()).to_os_string()
}

/// # Safety
///
/// As for [`string`].
unsafe fn path(text: *const c_char) -> PathBuf {
    // SAFETY: as the caller promises.
    unsafe { string(text) }.into()
}

/// # Safety
///
/// `list` is a list of strings up to a null pointer, or null.
unsafe fn list(list: *const *const c_char) -> Vec<OsString> {
    let mut strings = Vec::new();
    let mut at = list;
    // SAFETY: as the caller promises.
    unsafe {
        while !at.is_null() && !(*at).is_null() {
            strings.push(string(*at));
            at = at.add(1);
        }
    }
    strings
}

/// A name and its value.
fn split(entry: &OsStr) -> (OsString, OsString) {
    let bytes = entry.as_bytes();
    let end = bytes.iter().position(|byte| *byte == b'=').unwrap_or(bytes.len());
    let value = bytes.get(end + 1..).unwrap_or_default();
    (OsStr::from_bytes(&bytes[..end]).to_os_string(), OsStr::from_bytes(value).to_os_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entries_are_split_at_the_first_sign() {
        let pair = |name: &str, value: &str| (OsString::from(name), OsString::from(value));
        assert_eq!(split(OsStr::new("A=b=c")), pair("A", "b=c"));
        assert_eq!(split(OsStr::new("A=")), pair("A", ""));
        assert_eq!(split(OsStr::new("A")), pair("A", ""));
    }
}

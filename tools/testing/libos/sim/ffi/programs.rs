// SPDX-License-Identifier: GPL-2.0

//! Programs on nodes.

use std::ffi::{CStr, OsString, c_char, c_int};
use std::os::unix::ffi::OsStringExt;

use super::{text, with};
use crate::process::Program;

/// A program to be started.
#[repr(C)]
pub struct LibosProgram {
    /// Its path on the node, or a name that is looked for in PATH.
    pub binary: *const c_char,
    /// Its arguments without its own name; a null ends them.
    pub arguments: *const *const c_char,
    /// Its environment, NAME=VALUE each; a null ends them.
    pub environment: *const *const c_char,
    /// A file of the node for its standard input, or null.
    pub stdin_file: *const c_char,
    pub uid: u32,
    pub gid: u32,
    /// Bytes of its first thread's stack; 0: the usual.
    pub stack: u64,
}

/// Starts a program on a node, now. Its number there, or a negative errno.
///
/// # Safety
///
/// `program` is filled in as described.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_start(node: u32, program: &LibosProgram) -> c_int {
    // SAFETY: as the caller promises.
    let program = unsafe { program.read() };
    with(|current| Ok(current.simulation.start(node, &program)? as c_int))
}

/// Sends a signal to a process of a node. 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_kill(node: u32, pid: u32, signal: c_int) -> c_int {
    with(|current| current.simulation.kill(node, pid, signal).map(|()| 0))
}

impl LibosProgram {
    /// # Safety
    ///
    /// It is filled in as described.
    unsafe fn read(&self) -> Program {
        let string = |text: &CStr| OsString::from_vec(text.to_bytes().to_vec());
        // SAFETY: as the caller promises.
        let (binary, arguments, environment, stdin) = unsafe {
            let stdin = (!self.stdin_file.is_null()).then(|| text(self.stdin_file));
            (text(self.binary), texts(self.arguments), texts(self.environment), stdin)
        };
        let variable = |text: &&CStr| {
            let bytes = text.to_bytes();
            let at = bytes.iter().position(|byte| *byte == b'=').unwrap_or(bytes.len());
            let value = bytes.get(at + 1..).unwrap_or_default();
            (OsString::from_vec(bytes[..at].to_vec()), OsString::from_vec(value.to_vec()))
        };
        Program {
            binary: string(binary).into(),
            arguments: arguments.iter().map(|text| string(text)).collect(),
            environment: environment.iter().map(variable).collect(),
            stdin: stdin.map(|text| string(text).into()),
            uid: self.uid,
            gid: self.gid,
            stack: self.stack,
            ..Program::default()
        }
    }
}

/// # Safety
///
/// `texts` are strings, and a null ends them.
unsafe fn texts<'a>(mut texts: *const *const c_char) -> Vec<&'a CStr> {
    let mut all = Vec::new();
    // SAFETY: as the caller promises.
    unsafe {
        while !(*texts).is_null() {
            all.push(text(*texts));
            texts = texts.add(1);
        }
    }
    all
}

// SPDX-License-Identifier: GPL-2.0

//! The launcher ends as its program did: whoever waits for it, a shell, asks whether Ctrl-C has ended what it
//! runs.

use std::os::unix::process::ExitStatusExt;
use std::process::{ExitCode, ExitStatus};

use crate::signals;

/// Ends this process by the signal that has ended the program, if one has. Its exit status otherwise, or
/// where that signal cannot end this process, as the first of a PID namespace: 128 and its number.
pub fn as_program(status: ExitStatus) -> ExitCode {
    if let Some(signal) = status.signal() {
        die_by(signal);
    }
    let code = status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0));
    ExitCode::from(code as u8)
}

fn die_by(signal: i32) {
    // The program has left a core dump, if it was to.
    // SAFETY: sets an attribute of this process.
    unsafe { libc::prctl(libc::PR_SET_DUMPABLE, 0) };
    signals::let_act(signal);
    // SAFETY: a number.
    unsafe { libc::raise(signal) };
}

// SPDX-License-Identifier: GPL-2.0

//! The files that may be the program: one, or a name in each folder of PATH, as execvp(3) has it.

use core::ffi::{CStr, c_int};
use std::ffi::CString;
use std::os::unix::ffi::OsStrExt;

use crate::errno::Errno;
use crate::exec::{List, Runner};
use crate::host;

/// What execvp(3) takes if there is no PATH.
const DEFAULT: &[u8] = b"/bin:/usr/bin";

pub struct Program {
    /// In the order in which they are tried.
    files: Vec<CString>,
}

/// A program, and with what it is executed.
pub struct Prepared {
    files: Vec<(CString, Option<Runner>)>,
    arguments: List,
    environment: List,
}

impl Program {
    pub fn at(path: &CStr) -> Self {
        Program { files: vec![path.into()] }
    }

    /// `file` in PATH, unless it is a path.
    pub fn found(file: &CStr) -> Self {
        let path = std::env::var_os("PATH");
        Self::found_in(path.as_ref().map_or(DEFAULT, |path| path.as_bytes()), file)
    }

    fn found_in(path: &[u8], file: &CStr) -> Self {
        let name = file.to_bytes();
        if name.is_empty() || name.contains(&b'/') {
            return Self::at(file);
        }
        let below = |folder: &[u8]| {
            let slash: &[u8] = if folder.is_empty() { b"" } else { b"/" };
            CString::new([folder, slash, name].concat()).ok()
        };
        Program { files: path.split(|byte| *byte == b':').filter_map(below).collect() }
    }

    /// # Safety
    ///
    /// The arguments and the environment are lists, which outlive the result.
    pub unsafe fn prepare(self, arguments: List, environment: List) -> Prepared {
        let with_runner = |file: CString| {
            // SAFETY: as the caller promises.
            let runner = unsafe { Runner::of(&file, arguments, environment) };
            (file, runner)
        };
        let files = self.files.into_iter().map(with_runner).collect();
        Prepared { files, arguments, environment }
    }
}

impl Prepared {
    /// Becomes the first that can be executed. Returns if none can.
    pub fn execute(&self) -> Errno {
        let mut denied = false;
        let mut last = Errno(libc::ENOENT);
        for (file, runner) in &self.files {
            let (path, lists) = (file.as_ptr(), [self.arguments, self.environment]);
            let own = [path as usize, lists[0] as usize, lists[1] as usize, 0, 0];
            let args = runner.as_ref().map_or(own, Runner::words);
            let Err(error) = host::syscall(libc::SYS_execve, args) else { continue };
            last = error;
            match error.0 {
                libc::EACCES => denied = true,
                reason if is_elsewhere(reason) => {}
                _ => return error,
            }
        }
        if denied { Errno(libc::EACCES) } else { last }
    }
}

/// Errors that say that the file is not here, but may be in the next folder.
fn is_elsewhere(reason: c_int) -> bool {
    [libc::ENOENT, libc::ESTALE, libc::ENOTDIR, libc::ENODEV, libc::ETIMEDOUT].contains(&reason)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(path: &str, file: &CStr) -> Vec<String> {
        let program = Program::found_in(path.as_bytes(), file);
        program.files.iter().map(|file| file.to_string_lossy().into_owned()).collect()
    }

    #[test]
    fn names_are_looked_for() {
        assert_eq!(files("/bin:/usr/bin", c"ls"), ["/bin/ls", "/usr/bin/ls"]);
        assert_eq!(files("/bin::", c"ls"), ["/bin/ls", "ls", "ls"]);
    }

    #[test]
    fn paths_are_not() {
        assert_eq!(files("/bin", c"./ls"), ["./ls"]);
        assert_eq!(files("/bin", c"/x/ls"), ["/x/ls"]);
        assert_eq!(files("/bin", c""), [""]);
    }

    #[test]
    fn the_first_error_that_matters_is_told() {
        let nothing: [*const core::ffi::c_char; 1] = [core::ptr::null()];
        let execute = |path| {
            let program = Program::found_in(path, c"passwd");
            // SAFETY: two empty lists.
            unsafe { program.prepare(nothing.as_ptr(), nothing.as_ptr()) }.execute()
        };
        assert_eq!(execute(b"/no/such:/etc/hosts"), Errno(libc::ENOTDIR));
        assert_eq!(execute(b"/no/such"), Errno(libc::ENOENT));
        assert_eq!(execute(b"/etc:/no/such"), Errno(libc::EACCES));
    }
}

// SPDX-License-Identifier: GPL-2.0

//! What nuse itself writes, be it possible or not: the macros of Rust's library panic.

use std::fmt::Display;
use std::io::{self, ErrorKind, Write};

use crate::standard;

/// Writes `text` to standard output.
pub fn print(text: &str) -> io::Result<()> {
    written(io::stdout().write_all(text.as_bytes()))
}

/// Whether all that was written to standard output has arrived. Who closed it wants no more.
pub fn written(result: io::Result<()>) -> io::Result<()> {
    if standard::was_closed(libc::STDOUT_FILENO) {
        return Err(io::Error::from_raw_os_error(libc::EBADF));
    }
    match result.and_then(|()| io::stdout().flush()) {
        Err(error) if error.kind() == ErrorKind::BrokenPipe => Ok(()),
        result => result,
    }
}

/// Says a line on standard error. If that fails, there is nobody to be told.
pub fn tell(line: impl Display) {
    // At once, as others write there, too.
    let _ = io::stderr().write_all(format!("nuse: {line}\n").as_bytes());
}

// SPDX-License-Identifier: GPL-2.0

//! What can go wrong between a file and a booted instance.

use std::io;
use std::path::PathBuf;

/// Why the library does not run.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The library cannot be read.
    #[error("{}: {reason}: run `make library ARCH=lib`, or name the library", file.display())]
    Unreadable { file: PathBuf, reason: io::Error },
    /// The file is not what `make library` makes.
    #[error("{}: {reason}: this is not a liblinux.so of `make library ARCH=lib`", file.display())]
    NotALibrary { file: PathBuf, reason: String },
    /// A system call of the host failed.
    #[error("{what}: {reason}")]
    Host { what: &'static str, reason: io::Error },
    /// The address range is taken.
    #[error(
        "addresses {from:#x} to {to:#x} are in use in this process, and an instance needs them"
    )]
    Taken { from: usize, to: usize },
    /// The host gives no more addresses.
    #[error(
        "the host gives this process no {} MiB of addresses, which an instance needs: if `ulimit -v` \
         limits them, it must allow these and the program's own",
        size.div_ceil(1 << 20)
    )]
    NoRoom { size: usize },
    /// Files may not be as large.
    #[error(
        "a file of this process may have {} KiB, and an instance's memory needs {}: raise `ulimit -f` to \
         that or more",
        limit >> 10, size.div_ceil(1 << 10)
    )]
    FileSize { limit: u64, size: u64 },
    /// `lib_init` said no.
    #[error("the library did not boot: {0}")]
    Boot(io::Error),
}

impl Error {
    /// A system call that `what` describes failed with `errno`.
    #[must_use]
    pub fn host(what: &'static str, errno: i32) -> Self {
        Error::Host { what, reason: io::Error::from_raw_os_error(errno) }
    }

    /// The last system call, which `what` describes, failed.
    #[must_use]
    pub fn last(what: &'static str) -> Self {
        Error::Host { what, reason: io::Error::last_os_error() }
    }
}

// SPDX-License-Identifier: GPL-2.0

//! What can go wrong between a file and a running instance.

use std::io;
use std::path::PathBuf;

/// Why there is no instance.
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
    /// `lib_init` said no.
    #[error("the library did not boot: {0}")]
    Boot(io::Error),
    /// A file descriptor that is not an instance of this version.
    #[error("descriptor {fd} is not an instance of this version")]
    NotAnInstance { fd: i32 },
    /// There are as many processes or threads as an instance can have.
    #[error("this instance has its {limit} {what} already")]
    Full { what: &'static str, limit: usize },
    /// A device could not be made in the instance.
    #[error("interface {name}: the stack refused it: {reason}")]
    Device { name: String, reason: io::Error },
}

impl Error {
    /// The last error of a system call that `what` describes.
    pub(crate) fn host(what: &'static str, errno: i32) -> Self {
        Error::Host { what, reason: io::Error::from_raw_os_error(errno) }
    }
}

// SPDX-License-Identifier: GPL-2.0

//! What can go wrong with an instance.

use std::io;
use std::path::PathBuf;

/// Why there is no instance.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The library does not run.
    #[error(transparent)]
    Loader(#[from] libos_loader::Error),
    /// A file descriptor that is not an instance of this build.
    #[error(
        "descriptor {fd} is not an instance of this build: nuse and libnuse_preload.so go together"
    )]
    NotAnInstance { fd: i32 },
    /// There are as many processes or threads as an instance can have.
    #[error("this instance has its {limit} {what} already")]
    Full { what: &'static str, limit: usize },
    /// Too few descriptors are allowed.
    #[error(
        "this process may have {limit} descriptors, and a stack needs {needed}: raise `ulimit -n` to \
         that or more"
    )]
    Descriptors { limit: u64, needed: u64 },
    /// The file of the capture takes nothing.
    #[error("{}: the capture cannot be written: {reason}", file.display())]
    Capture { file: PathBuf, reason: io::Error },
    /// A device could not be made in the instance.
    #[error("interface {name}: the stack refused it: {reason}")]
    Device { name: String, reason: io::Error },
}

impl Error {
    /// The last error of a system call that `what` describes.
    pub(crate) fn host(what: &'static str, errno: i32) -> Self {
        libos_loader::Error::host(what, errno).into()
    }
}

// SPDX-License-Identifier: GPL-2.0

//! The file that gets all frames.

use std::fs::OpenOptions;
use std::io;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use libos_host::Instance;

use crate::output;

/// Why nothing can be captured.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}: cannot be written ({reason}), a capture must be a file that you may write", file.display())]
    Unwritable { file: PathBuf, reason: io::Error },
    #[error("{}: is no regular file, a capture must be one: several processes append to it", file.display())]
    Irregular { file: PathBuf },
    #[error(transparent)]
    Host(#[from] libos_host::Error),
}

/// Captures to `file` from now on.
pub fn start(instance: &Instance, file: &Path) -> Result<(), Error> {
    // Asked before opening it: opening a pipe waits for its reader.
    if file.metadata().is_ok_and(|known| !known.is_file() && !known.is_dir()) {
        return Err(Error::Irregular { file: file.to_path_buf() });
    }
    let mut options = OpenOptions::new();
    options.write(true).create(true).truncate(true).custom_flags(libc::O_APPEND);
    let opened = options
        .open(file)
        .map_err(|reason| Error::Unwritable { file: file.to_path_buf(), reason })?;
    Ok(instance.capture(opened)?)
}

/// Tells if the end is missing.
pub fn tell_if_broken(instance: &Instance, file: &Path) {
    if instance.capture_is_broken() {
        let file = file.display();
        output::tell(format_args!("{file}: could not be written to its end: it lacks frames"));
    }
}

// SPDX-License-Identifier: GPL-2.0

//! The instances of this user by name: for each a socket, on which its launcher answers
//! ([`crate::server`]). A launcher that was killed leaves one that nobody answers on; whoever finds it
//! removes it.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};

use libos_vif::runtime;

/// Why an instance cannot be found, or have its name.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("--name {name}: another instance has this name (`nuse --list` shows them)")]
    Taken { name: String },
    #[error("{name}: there is no such instance (`nuse --list` shows them)")]
    Unknown { name: String },
    #[error("{}: {reason}", path.display())]
    Host { path: PathBuf, reason: io::Error },
}

/// A socket of ours. Removed when dropped.
pub struct Registration {
    path: PathBuf,
}

impl Drop for Registration {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        runtime::leave();
    }
}

/// Takes `name`.
pub fn register(name: &str) -> Result<(Registration, UnixListener), Error> {
    let failed = |path: &Path| {
        let path = path.to_path_buf();
        move |reason| Error::Host { path, reason }
    };
    let path = runtime::folder().map_err(failed(Path::new(name)))?.join(name);
    if path.exists() && !answers(&path) {
        fs::remove_file(&path).map_err(failed(&path))?;
    }
    match UnixListener::bind(&path) {
        Ok(listener) => Ok((Registration { path }, listener)),
        Err(error) if error.kind() == io::ErrorKind::AddrInUse => {
            Err(Error::Taken { name: name.to_string() })
        }
        Err(reason) => Err(Error::Host { path, reason }),
    }
}

fn answers(path: &Path) -> bool {
    UnixStream::connect(path).is_ok()
}

/// A connection to the launcher of `name`.
pub fn connect(name: &str) -> Result<UnixStream, Error> {
    let unknown = || Error::Unknown { name: name.to_string() };
    let folder = runtime::folder().map_err(|_| unknown())?;
    UnixStream::connect(folder.join(name)).map_err(|_| unknown())
}

/// Connections to all launchers, in the order of their names, which are there, too.
pub fn connect_all() -> Vec<(String, UnixStream)> {
    let Ok(entries) = runtime::folder().and_then(fs::read_dir) else { return Vec::new() };
    let mut paths: Vec<_> = entries.flatten().map(|entry| entry.path()).collect();
    paths.sort_by_key(|path| path.file_name().map(OsStr::to_os_string));
    let connect = |path: PathBuf| {
        let name = path.file_name().unwrap_or_default().to_string_lossy().into_owned();
        let stream = UnixStream::connect(&path).inspect_err(|_| drop(fs::remove_file(&path)));
        Some((name, stream.ok()?))
    };
    let connected = paths.into_iter().filter_map(connect).collect();
    runtime::leave();
    connected
}

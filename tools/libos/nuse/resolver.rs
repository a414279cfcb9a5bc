// SPDX-License-Identifier: GPL-2.0

//! Name servers: the program sees a resolv.conf(5) of its own.
//!
//! libc opens /etc/resolv.conf by itself, where nothing can come between, so the file is bound
//! over it in a mount namespace of the program's.

use std::ffi::{CStr, CString};
use std::fs::{self, DirEntry, File};
use std::io::{self, Write};
use std::os::unix::ffi::OsStrExt;

use nuse_conf::Conf;
use tempfile::NamedTempFile;

/// The file that the programs see as /etc/resolv.conf, if they see another than the host's. Removed
/// when dropped.
pub struct Resolver {
    file: Option<NamedTempFile>,
}

impl Resolver {
    /// Writes the name servers of `conf`; nothing if there are none.
    pub fn new(conf: &Conf) -> io::Result<Self> {
        if conf.nameservers.is_empty() {
            return Ok(Self { file: None });
        }
        remove_left();
        let mut file = create()?;
        for server in &conf.nameservers {
            writeln!(file, "nameserver {server}")?;
        }
        Ok(Self { file: Some(file) })
    }

    pub fn path(&self) -> Option<CString> {
        CString::new(self.file.as_ref()?.path().as_os_str().as_bytes()).ok()
    }
}

const PREFIX: &str = "nuse-resolv.conf-";

/// A file, locked for as long as its launcher lives.
fn create() -> io::Result<NamedTempFile> {
    loop {
        let file = NamedTempFile::with_prefix(PREFIX)?;
        file.as_file().lock()?;
        // Another launcher may have taken it for one that was left.
        if file.path().exists() {
            return Ok(file);
        }
    }
}

/// Removes the files of launchers that were killed.
fn remove_left() {
    let Ok(entries) = fs::read_dir(std::env::temp_dir()) else { return };
    let is_ours = |entry: &DirEntry| entry.file_name().as_bytes().starts_with(PREFIX.as_bytes());
    for path in entries.flatten().filter(is_ours).map(|entry| entry.path()) {
        if File::open(&path).is_ok_and(|file| file.try_lock().is_ok()) {
            let _ = fs::remove_file(path);
        }
    }
}

/// Binds the file at `path` over /etc/resolv.conf, for this process alone. False if the host does not
/// let us. Allocates no memory.
pub fn bind(path: &CStr) -> bool {
    let none = core::ptr::null();
    let target = c"/etc/resolv.conf".as_ptr();
    let private = libc::MS_REC | libc::MS_PRIVATE;
    // SAFETY: strings.
    unsafe {
        libc::unshare(libc::CLONE_NEWNS) == 0
            && libc::mount(none, c"/".as_ptr(), none, private, none.cast()) == 0
            && libc::mount(path.as_ptr(), target, none, libc::MS_BIND, none.cast()) == 0
    }
}

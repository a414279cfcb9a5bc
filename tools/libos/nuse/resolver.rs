// SPDX-License-Identifier: GPL-2.0

//! Name servers: the program sees a resolv.conf(5) of its own.
//!
//! libc opens /etc/resolv.conf by itself, where nothing can come between, so the file is bound
//! over it in a mount namespace of the program's.

use std::ffi::CString;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;

use nuse_conf::Conf;
use tempfile::NamedTempFile;

/// The file that the program sees as /etc/resolv.conf, if it sees another than the host's.
pub struct Resolver {
    /// Removed when dropped.
    _file: Option<NamedTempFile>,
    path: Option<CString>,
}

impl Resolver {
    /// Writes the name servers of `conf`; nothing if there are none.
    pub fn new(conf: &Conf) -> std::io::Result<Self> {
        if conf.nameservers.is_empty() {
            return Ok(Self { _file: None, path: None });
        }
        let mut file = NamedTempFile::with_prefix("nuse-resolv.conf-")?;
        for server in &conf.nameservers {
            writeln!(file, "nameserver {server}")?;
        }
        let path = CString::new(file.path().as_os_str().as_bytes())?;
        Ok(Self { _file: Some(file), path: Some(path) })
    }

    /// In the child: binds the file over /etc/resolv.conf. False if the host does not let us.
    ///
    /// # Safety
    ///
    /// In a child that has just been forked: no memory is allocated.
    pub unsafe fn bind(&self) -> bool {
        let Some(path) = &self.path else { return true };
        let none = core::ptr::null();
        let target = c"/etc/resolv.conf".as_ptr();
        let private = libc::MS_REC | libc::MS_PRIVATE;
        // SAFETY: strings that live until the program is executed.
        unsafe {
            libc::unshare(libc::CLONE_NEWNS) == 0
                && libc::mount(none, c"/".as_ptr(), none, private, none.cast()) == 0
                && libc::mount(path.as_ptr(), target, none, libc::MS_BIND, none.cast()) == 0
        }
    }
}

// SPDX-License-Identifier: GPL-2.0

//! Starting a capture, and what is in it beside frames.

use std::fs::File;
use std::io;
use std::os::fd::IntoRawFd;
use std::sync::atomic::Ordering;

use super::Instance;
use crate::error::Error;
use crate::layout::{CAPTURE_BROKEN, CAPTURE_ON};
use crate::{capture, pcapng};

impl Instance {
    /// Records all frames of devices that are made from now on. `file` is a regular one, empty, and
    /// appends.
    pub fn capture(&self, file: File) -> Result<(), Error> {
        let process = self.process();
        let fd = self.keep(file.into_raw_fd())?;
        process.capture.store(fd, Ordering::Relaxed);
        process.shared().capture.store(CAPTURE_ON, Ordering::Release);
        self.append(&pcapng::section())
    }

    /// Adds the next interface to the capture, if there is one.
    pub(crate) fn capture_device(&self, name: &str) -> Result<(), Error> {
        if capture::is_on(self.process()) { self.append(&pcapng::interface(name)) } else { Ok(()) }
    }

    /// Whether the capture lacks its end, because the file could not be written.
    #[must_use]
    pub fn capture_is_broken(&self) -> bool {
        self.process().shared().capture.load(Ordering::Relaxed) == CAPTURE_BROKEN
    }

    fn append(&self, block: &[u8]) -> Result<(), Error> {
        let errno = match capture::append(self.process(), block) {
            written if written == block.len() as isize => return Ok(()),
            written if written < 0 => -written as i32,
            _ => libc::ENOSPC,
        };
        let fd = self.process().capture.load(Ordering::Relaxed);
        let file = std::fs::read_link(format!("/proc/self/fd/{fd}")).unwrap_or_default();
        Err(Error::Capture { file, reason: io::Error::from_raw_os_error(errno) })
    }
}

// SPDX-License-Identifier: GPL-2.0

//! A page that parent and child share, for the reason why the child could not become a program.

use core::ffi::c_int;
use core::sync::atomic::{AtomicI32, Ordering};

use crate::errno::Errno;
use crate::host;

const SIZE: usize = 4096;

pub struct Report {
    reason: &'static AtomicI32,
}

impl Report {
    pub fn new() -> Result<Self, Errno> {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_ANONYMOUS;
        let args = [0, SIZE, access as usize, flags as usize, usize::MAX, 0];
        let page = host::syscall(libc::SYS_mmap, args)?;
        // SAFETY: a page of zeroes, which lasts as long as the report.
        Ok(Report { reason: unsafe { &*(page as *const AtomicI32) } })
    }

    pub fn leave(&self, reason: c_int) {
        self.reason.store(reason, Ordering::Release);
    }

    /// 0: there is none.
    pub fn read(&self) -> c_int {
        self.reason.load(Ordering::Acquire)
    }
}

impl Drop for Report {
    fn drop(&mut self) {
        let page = core::ptr::from_ref(self.reason) as usize;
        let _ = host::syscall(libc::SYS_munmap, [page, SIZE]);
    }
}

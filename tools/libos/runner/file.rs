// SPDX-License-Identifier: GPL-2.0

//! A file that may be a program, to be looked at. By calls that no interposer has replaced, and
//! without memory of the heap: a child that was forked in the middle of something does that too.

use std::arch::asm;
use std::ffi::CStr;

use libc::c_int;

/// A regular file, mapped.
pub struct File {
    fd: c_int,
    at: usize,
    len: usize,
    status: libc::stat,
}

impl File {
    /// `None` if there is none, it is empty, or it cannot be read.
    #[must_use]
    pub fn open(path: &CStr) -> Option<Self> {
        let flags = libc::O_RDONLY | libc::O_CLOEXEC | libc::O_NONBLOCK;
        let fd = call(libc::SYS_open, [path.as_ptr() as usize, flags as usize, 0, 0, 0, 0])?;
        // SAFETY: plain data.
        let status = unsafe { std::mem::zeroed() };
        let mut file = File { fd: fd as c_int, at: 0, len: 0, status };
        let status = &raw mut file.status as usize;
        call(libc::SYS_fstat, [fd, status, 0, 0, 0, 0])?;
        file.len = file.status.st_size as usize;
        if file.status.st_mode & libc::S_IFMT != libc::S_IFREG {
            return None;
        }
        let (read, private) = (libc::PROT_READ as usize, libc::MAP_PRIVATE as usize);
        file.at = call(libc::SYS_mmap, [0, file.len, read, private, fd, 0])?;
        Some(file)
    }

    #[must_use]
    pub fn fd(&self) -> c_int {
        self.fd
    }

    /// Its content. Whoever makes it shorter meanwhile gets what he asked for.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        // SAFETY: mapped, and unmapped with `self`.
        unsafe { std::slice::from_raw_parts(self.at as *const u8, self.len) }
    }

    /// Whether it may be executed, and without a change of user or group: only the kernel does that.
    #[must_use]
    pub fn is_executable(&self, path: &CStr) -> bool {
        // SAFETY: asks for two numbers.
        let (user, group) = unsafe { (libc::geteuid(), libc::getegid()) };
        let other_user = self.has(libc::S_ISUID) && self.status.st_uid != user;
        let other_group = self.has(libc::S_ISGID) && self.status.st_gid != group;
        let [at, mode, flags] = [libc::AT_FDCWD, libc::X_OK, libc::AT_EACCESS].map(|n| n as usize);
        let args = [at, path.as_ptr() as usize, mode, flags, 0, 0];
        !other_user && !other_group && call(libc::SYS_faccessat2, args).is_some()
    }

    fn has(&self, bit: libc::mode_t) -> bool {
        self.status.st_mode & bit != 0
    }
}

impl Drop for File {
    fn drop(&mut self) {
        if self.at != 0 {
            call(libc::SYS_munmap, [self.at, self.len, 0, 0, 0, 0]);
        }
        call(libc::SYS_close, [self.fd as usize, 0, 0, 0, 0, 0]);
    }
}

/// A system call on a path, or on what is ours; `None` if it fails. Past libc's syscall(2), which the
/// interposer replaces: the table that it keeps may be the parent's.
fn call(nr: i64, [a, b, c, d, e, f]: [usize; 6]) -> Option<usize> {
    let result: isize;
    // SAFETY: as above.
    unsafe {
        asm!(
            "syscall",
            inlateout("rax") nr as isize => result,
            in("rdi") a,
            in("rsi") b,
            in("rdx") c,
            in("r10") d,
            in("r8") e,
            in("r9") f,
            lateout("rcx") _,
            lateout("r11") _,
        );
    }
    usize::try_from(result).ok()
}

// SPDX-License-Identifier: GPL-2.0

//! The terminal, where the child has it for itself: an interactive shell has a process group of its own in the
//! foreground. If it stops, as bash does by `suspend`, nobody but its parent can take the terminal back.

use std::fs::{File, OpenOptions};
use std::os::fd::AsRawFd;

/// The terminal of this session, and the child's own group.
pub struct Terminal {
    file: File,
    group: libc::pid_t,
}

impl Terminal {
    /// For a `child` that has a group of its own.
    pub fn of(child: libc::pid_t) -> Option<Self> {
        // SAFETY: ask for numbers.
        let (group, own) = unsafe { (libc::getpgid(child), libc::getpgrp()) };
        if child <= 0 || group <= 0 || group == own {
            return None;
        }
        let file = OpenOptions::new().read(true).write(true).open("/dev/tty").ok()?;
        Some(Terminal { file, group })
    }

    /// Whether the child's group is in the foreground.
    pub fn is_lent(&self) -> bool {
        self.foreground() == self.group
    }

    /// Puts this process's group in the foreground.
    pub fn take(&self) {
        // SAFETY: takes numbers.
        unsafe { libc::tcsetpgrp(self.file.as_raw_fd(), libc::getpgrp()) };
    }

    /// Has the child's group go on, in the foreground if this process's is there.
    pub fn give_back(&self) {
        // SAFETY: takes numbers; the group is that of a child, which has not been waited for.
        unsafe {
            if self.foreground() == libc::getpgrp() {
                libc::tcsetpgrp(self.file.as_raw_fd(), self.group);
            }
            libc::killpg(self.group, libc::SIGCONT);
        }
    }

    fn foreground(&self) -> libc::pid_t {
        // SAFETY: takes a descriptor.
        unsafe { libc::tcgetpgrp(self.file.as_raw_fd()) }
    }
}

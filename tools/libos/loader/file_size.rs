// SPDX-License-Identifier: GPL-2.0

//! The limit of the size of files (`ulimit -f`), which counts for files in memory, too. It is meant for what
//! a program writes, not for an instance's memory.

use crate::error::Error;

/// The limit is at least as high as asked for while this lives.
pub struct Lifted {
    before: libc::rlimit,
}

impl Lifted {
    /// Lifts it to `size` bytes, if that is needed and permitted.
    pub fn to(size: usize) -> Result<Self, Error> {
        let mut before = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: a place for the answer.
        if unsafe { libc::getrlimit(libc::RLIMIT_FSIZE, &mut before) } < 0 {
            return Err(Error::last("the limit of the size of files"));
        }
        let size = size as u64;
        let (rlim_cur, rlim_max) = (before.rlim_cur.max(size), before.rlim_max.max(size));
        if !set(libc::rlimit { rlim_cur, rlim_max }) {
            return Err(Error::FileSize { limit: before.rlim_max, size });
        }
        Ok(Lifted { before })
    }
}

impl Drop for Lifted {
    fn drop(&mut self) {
        set(self.before);
    }
}

fn set(limit: libc::rlimit) -> bool {
    // SAFETY: a limit of this process.
    unsafe { libc::setrlimit(libc::RLIMIT_FSIZE, &limit) == 0 }
}

// SPDX-License-Identifier: GPL-2.0

//! The host's numbers of processes. Each counts in a PID namespace: programs of one instance may be in
//! several (pid_namespaces(7)), where the same number is another process's.

use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicU64, Ordering};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::{fs, io};

use crate::gate;

/// A number, and the namespace that it counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pid {
    pub number: u32,
    /// The number of its file; 0 for a launcher that sees no /proc, and all of its programs.
    pub namespace: u32,
}

impl Pid {
    /// Nobody.
    pub const NONE: Self = Self { number: 0, namespace: 0 };
    /// A child that is about to be forked.
    pub const TO_COME: Self = Self { number: u32::MAX, namespace: u32::MAX };

    /// The calling process; `None` if it cannot find out in which namespace it is.
    pub fn own() -> Option<Self> {
        let namespace = own_namespace()?;
        Some(Self { number: own_number(), namespace })
    }

    /// Whether there is such a process, or was.
    pub fn is_process(self) -> bool {
        self != Self::NONE && self != Self::TO_COME
    }

    /// Whether both count in the same namespace.
    pub fn is_beside(self, other: Self) -> bool {
        self.namespace == other.namespace
    }

    /// Whether all others of the namespace end with this one, as its first.
    pub fn is_init(self) -> bool {
        self.number == 1
    }

    /// What the launcher, which counts as `from` does, knows this one as. Reads /proc where they count
    /// differently.
    pub fn seen_from(self, from: Self) -> Seen {
        if self.is_beside(from) { Seen::As(self.number) } else { self.search() }
    }

    fn search(self) -> Seen {
        let own = fs::read_to_string("/proc/self/status").unwrap_or_default();
        let (Some(depth), Ok(folders)) =
            (numbers(&own).count().checked_sub(1), fs::read_dir("/proc"))
        else {
            return Seen::Unclear;
        };
        let folders = folders.flatten().map(|folder| folder.path());
        let found = folders.filter_map(|folder| {
            let status = fs::read_to_string(folder.join("status")).ok()?;
            let number = numbers(&status).nth(depth)?;
            // In a namespace below the launcher's.
            let is_it = numbers(&status).skip(depth + 1).last() == Some(self.number);
            is_it.then(|| self.seen_at(&folder, number))
        });
        found.fold(Seen::Gone, |before, seen| match (before, seen) {
            (Seen::As(_), _) | (_, Seen::Gone) => before,
            _ => seen,
        })
    }

    /// Whether the process of this folder in /proc, which has the same number, is in the same namespace.
    fn seen_at(self, folder: &Path, number: u32) -> Seen {
        match fs::metadata(folder.join("ns/pid")) {
            Ok(file) if file.ino() as u32 == self.namespace => Seen::As(number),
            Ok(_) => Seen::Gone,
            Err(error) if error.kind() == io::ErrorKind::PermissionDenied => Seen::Unclear,
            Err(_) => Seen::Gone,
        }
    }
}

/// What is known of a process that counts in another namespace.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Seen {
    /// Its number.
    As(u32),
    /// There is none.
    Gone,
    /// There may be one that cannot be looked at.
    Unclear,
}

/// A process's numbers, of what proc_pid_status(5) has: the last is that in its own namespace.
fn numbers(status: &str) -> impl Iterator<Item = u32> {
    let line = status.lines().find_map(|line| line.strip_prefix("NSpid:")).unwrap_or_default();
    line.split_whitespace().filter_map(|number| number.parse().ok())
}

/// This process's number in its own namespace.
pub(crate) fn own_number() -> u32 {
    // SAFETY: asks for a number.
    unsafe { gate::syscall(libc::SYS_getpid, [0; 6]) as u32 }
}

fn own_namespace() -> Option<u32> {
    let mut stat = MaybeUninit::<libc::stat>::zeroed();
    let path = c"/proc/self/ns/pid";
    // SAFETY: a path, and room for what is known of its file.
    let failed = unsafe {
        let args = [path.as_ptr() as usize, stat.as_mut_ptr() as usize, 0, 0, 0, 0];
        gate::syscall(libc::SYS_stat, args)
    };
    // SAFETY: zeroed, or filled in.
    (failed == 0).then(|| unsafe { stat.assume_init() }.st_ino as u32)
}

/// One that is read and changed as a whole.
#[derive(Default)]
#[repr(transparent)]
pub struct AtomicPid(AtomicU64);

impl AtomicPid {
    pub fn load(&self) -> Pid {
        from_word(self.0.load(Ordering::Acquire))
    }

    pub fn store(&self, pid: Pid) {
        self.0.store(word(pid), Ordering::Release);
    }

    /// Stores `new` if it was `old`. Whether it was.
    pub fn exchange(&self, old: Pid, new: Pid) -> bool {
        let (old, new) = (word(old), word(new));
        self.0.compare_exchange(old, new, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }
}

fn word(pid: Pid) -> u64 {
    u64::from(pid.namespace) << 32 | u64::from(pid.number)
}

fn from_word(word: u64) -> Pid {
    Pid { number: word as u32, namespace: (word >> 32) as u32 }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_is_seen_by_itself() {
        gate::map_first().expect("a page");
        let own = Pid::own().expect("there is a /proc");
        assert_eq!(own.number, std::process::id());
        assert_eq!(own.seen_from(own), Seen::As(own.number));
    }

    #[test]
    fn a_number_counts_in_its_namespace() {
        let [here, there] = [7, 8].map(|namespace| Pid { number: 1, namespace });
        assert!(!here.is_beside(there) && here.is_beside(here));
        assert_eq!(there.seen_from(here), Seen::Gone);
    }

    #[test]
    fn the_last_number_is_the_innermost() {
        let all = |status| numbers(status).collect::<Vec<_>>();
        assert_eq!(all("Name:\tx\nNSpid:\t4711\t57\t1\nVmPeak:\t9 kB\n"), [4711, 57, 1]);
        assert_eq!(all("NSpid:\t12\n"), [12]);
        assert!(all("Name:\tx\n").is_empty());
    }

    #[test]
    fn a_pid_is_kept_as_it_is() {
        let kept = AtomicPid(AtomicU64::new(0));
        let pid = Pid { number: 4711, namespace: 0xf000_0000 };
        assert_eq!(kept.load(), Pid::NONE);
        assert!(kept.exchange(Pid::NONE, Pid::TO_COME));
        assert!(!kept.exchange(Pid::NONE, pid));
        kept.store(pid);
        assert_eq!(kept.load(), pid);
    }
}

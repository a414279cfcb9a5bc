// SPDX-License-Identifier: GPL-2.0

//! The host's numbers of processes. Each counts in a PID namespace: programs of one instance may be in
//! several (pid_namespaces(7)), where the same number is another process's.

use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicU64, Ordering};
use std::fs;
use std::os::unix::fs::MetadataExt;

use crate::gate;

/// A number, and the namespace that it counts in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pid {
    pub number: u32,
    /// The number of its file, [`UNKNOWN`] if there is none.
    pub namespace: u32,
}

/// The namespace of a process that sees no /proc.
const UNKNOWN: u32 = 0;

impl Pid {
    /// Nobody.
    pub const NONE: Self = Self { number: 0, namespace: 0 };
    /// A child that is about to be forked.
    pub const TO_COME: Self = Self { number: u32::MAX, namespace: u32::MAX };

    /// The calling process.
    pub fn own() -> Self {
        Self { number: own_number(), namespace: own_namespace() }
    }

    /// Whether there is such a process, or was.
    pub fn is_process(self) -> bool {
        self != Self::NONE && self != Self::TO_COME
    }

    /// Whether both are the same process, as far as can be told.
    pub fn is(self, other: Self) -> bool {
        self.number == other.number && self.is_beside(other)
    }

    /// Whether both count in the same namespace, as far as can be told.
    pub fn is_beside(self, other: Self) -> bool {
        let namespaces = [self.namespace, other.namespace];
        namespaces.contains(&UNKNOWN) || self.namespace == other.namespace
    }

    /// Whether all others of the namespace end with this one, as its first.
    pub fn is_init(self) -> bool {
        self.number == 1
    }

    /// The number by which a process that counts as `from` does knows this one; `None` if it is gone, or
    /// not to be seen from there. Reads /proc where they count differently.
    pub fn seen_from(self, from: Self) -> Option<u32> {
        if self.is_beside(from) { Some(self.number) } else { self.search() }
    }

    fn search(self) -> Option<u32> {
        let folders = fs::read_dir("/proc").ok()?.flatten();
        let numbers = folders.filter_map(|folder| folder.file_name().to_str()?.parse().ok());
        numbers.into_iter().find(|number| self.is_seen_as(*number))
    }

    fn is_seen_as(self, number: u32) -> bool {
        let namespace = || fs::metadata(format!("/proc/{number}/ns/pid"));
        let status = || fs::read_to_string(format!("/proc/{number}/status"));
        status().is_ok_and(|status| innermost(&status) == Some(self.number))
            && namespace().is_ok_and(|file| file.ino() as u32 == self.namespace)
    }
}

/// A process's number in its own namespace, of what proc_pid_status(5) has.
fn innermost(status: &str) -> Option<u32> {
    let numbers = status.lines().find_map(|line| line.strip_prefix("NSpid:"))?;
    numbers.split_whitespace().last()?.parse().ok()
}

/// This process's number in its own namespace.
pub(crate) fn own_number() -> u32 {
    // SAFETY: asks for a number.
    unsafe { gate::syscall(libc::SYS_getpid, [0; 6]) as u32 }
}

fn own_namespace() -> u32 {
    let mut stat = MaybeUninit::<libc::stat>::zeroed();
    let path = c"/proc/self/ns/pid";
    // SAFETY: a path, and room for what is known of its file.
    let failed = unsafe {
        let args = [path.as_ptr() as usize, stat.as_mut_ptr() as usize, 0, 0, 0, 0];
        gate::syscall(libc::SYS_stat, args)
    };
    // SAFETY: zeroed, or filled in.
    if failed == 0 { unsafe { stat.assume_init() }.st_ino as u32 } else { UNKNOWN }
}

/// One that is read and changed as a whole.
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
        let own = Pid::own();
        assert_eq!(own.number, std::process::id());
        assert_ne!(own.namespace, UNKNOWN);
        assert_eq!(own.seen_from(own), Some(own.number));
        assert_eq!(own.search(), Some(own.number));
    }

    #[test]
    fn a_number_counts_in_its_namespace() {
        let [here, there, anywhere] = [7, 8, UNKNOWN].map(|namespace| Pid { number: 1, namespace });
        assert!(!here.is(there) && here.is(here));
        assert!(here.is(anywhere) && anywhere.is(there));
        assert_eq!(there.seen_from(here), None);
    }

    #[test]
    fn the_last_number_is_the_innermost() {
        assert_eq!(innermost("Name:\tx\nNSpid:\t4711\t57\t1\nVmPeak:\t9 kB\n"), Some(1));
        assert_eq!(innermost("NSpid:\t12\n"), Some(12));
        assert_eq!(innermost("Name:\tx\n"), None);
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

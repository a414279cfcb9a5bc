// SPDX-License-Identifier: GPL-2.0

//! The descriptor table: whose each number is. A number that is the library's is taken on the host
//! too, by a placeholder, so that it means one thing in the whole process.

use core::ffi::c_int;
use core::sync::atomic::{AtomicI32, AtomicU8, Ordering};

/// Numbers from here on are the host's, always.
pub const LIMIT: c_int = 65536;

/// Whose a descriptor is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Owner {
    /// The host's, or nobody's.
    Host = 0,
    /// The library's. On the host there is a placeholder.
    Library = 1,
    /// The host's, with a stand-in at the same number in the library, for poll and epoll.
    Mirrored = 2,
}

impl Owner {
    fn from(byte: u8) -> Self {
        match byte {
            1 => Owner::Library,
            2 => Owner::Mirrored,
            _ => Owner::Host,
        }
    }
}

/// A table of descriptors. That of owners comes first: static programs look at it.
#[repr(C)]
pub struct Table {
    owners: [AtomicU8; LIMIT as usize],
    /// No number above this one has ever been other than the host's.
    highest: AtomicI32,
}

/// The process's own.
pub static TABLE: Table = Table::new();

impl Table {
    const fn new() -> Self {
        Table { owners: [const { AtomicU8::new(0) }; LIMIT as usize], highest: AtomicI32::new(-1) }
    }

    #[inline]
    pub fn owner(&self, fd: c_int) -> Owner {
        self.entry(fd).map_or(Owner::Host, |entry| Owner::from(entry.load(Ordering::Acquire)))
    }

    #[inline]
    pub fn is_library(&self, fd: c_int) -> bool {
        self.owner(fd) == Owner::Library
    }

    /// Sets whose `fd` is, and says whose it was. Numbers out of range stay the host's.
    pub fn set(&self, fd: c_int, owner: Owner) -> Owner {
        if owner != Owner::Host {
            self.highest.fetch_max(fd.min(LIMIT - 1), Ordering::Relaxed);
        }
        self.entry(fd)
            .map_or(Owner::Host, |entry| Owner::from(entry.swap(owner as u8, Ordering::AcqRel)))
    }

    /// The numbers from `first` to `last` that are not the host's alone.
    pub fn foreign(&self, first: c_int, last: c_int) -> impl Iterator<Item = c_int> {
        let last = last.min(self.highest.load(Ordering::Relaxed));
        (first.max(0)..=last).filter(|&fd| self.owner(fd) != Owner::Host)
    }

    /// The host's that have a stand-in.
    pub fn mirrored(&self) -> impl Iterator<Item = c_int> {
        self.foreign(0, LIMIT).filter(|&fd| self.owner(fd) == Owner::Mirrored)
    }

    #[inline]
    fn entry(&self, fd: c_int) -> Option<&AtomicU8> {
        self.owners.get(usize::try_from(fd).ok()?)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_is_the_hosts_at_first() {
        let table = Table::new();
        for fd in [-1, 0, LIMIT - 1, LIMIT, c_int::MAX, c_int::MIN] {
            assert_eq!(table.owner(fd), Owner::Host);
        }
        assert_eq!(table.foreign(0, c_int::MAX).count(), 0);
    }

    #[test]
    fn setting_tells_what_was() {
        let table = Table::new();
        assert_eq!(table.set(5, Owner::Library), Owner::Host);
        assert!(table.is_library(5) && !table.is_library(4) && !table.is_library(6));
        assert_eq!(table.set(5, Owner::Mirrored), Owner::Library);
        assert_eq!(table.set(5, Owner::Host), Owner::Mirrored);
        assert_eq!(table.owner(5), Owner::Host);
    }

    #[test]
    fn numbers_out_of_range_stay_the_hosts() {
        let table = Table::new();
        for fd in [-1, LIMIT, c_int::MAX] {
            assert_eq!(table.set(fd, Owner::Library), Owner::Host);
            assert_eq!(table.owner(fd), Owner::Host);
        }
    }

    #[test]
    fn ranges_list_what_is_foreign() {
        let table = Table::new();
        table.set(3, Owner::Library);
        table.set(7, Owner::Mirrored);
        table.set(9, Owner::Library);
        table.set(9, Owner::Host);
        let foreign = |first, last| table.foreign(first, last).collect::<Vec<_>>();
        assert_eq!(foreign(0, c_int::MAX), [3, 7]);
        assert_eq!(foreign(4, 7), [7]);
        assert_eq!(foreign(-5, 3), [3]);
        assert_eq!(foreign(8, 2), []);
        assert_eq!(table.mirrored().collect::<Vec<_>>(), [7]);
    }
}

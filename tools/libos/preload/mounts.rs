// SPDX-License-Identifier: GPL-2.0

//! Where a file is in its file system. The path by which a process sees it does not say, if only a part of the
//! file system is mounted there, as by `mount --bind`.

use core::ffi::c_int;
use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicU64, Ordering};

use libos_host::procfs;

use crate::{host, opened};

/// Where a file is.
pub enum Within {
    /// Below the place where the whole file system is mounted.
    Whole,
    /// At this path in its file system.
    Part(Vec<u8>),
    /// The process does not see where.
    Unknown,
}

/// Where, in its file system, what `fd` is, which this process sees at `path`.
pub fn path_within(fd: c_int, path: &[u8]) -> Within {
    if is_root_within() {
        return Within::Unknown;
    }
    let unique = mount(fd, STATX_MNT_ID_UNIQUE);
    if unique.is_some_and(|unique| known(unique).load(Ordering::Relaxed) == unique) {
        return Within::Whole;
    }
    let number = mount(fd, libc::STATX_MNT_ID);
    let found = number.and_then(|number| find(&mounts()?, number));
    match found {
        None => Within::Unknown,
        Some((root, _)) if root == b"/" => {
            unique.inspect(|unique| known(*unique).store(*unique, Ordering::Relaxed));
            Within::Whole
        }
        Some((root, place)) => Within::Part([&*root, below(path, &place)].concat()),
    }
}

/// What follows the place of a mount.
fn below<'a>(path: &'a [u8], place: &[u8]) -> &'a [u8] {
    let place = place.strip_suffix(b"/").unwrap_or(place);
    path.strip_prefix(place).unwrap_or(path)
}

/// Whether the process has changed its root to a folder of procfs or sysfs: which one, a path does not say.
fn is_root_within() -> bool {
    opened::system_of(libc::SYS_statfs, c"/".as_ptr() as usize).is_some()
}

/// From `<linux/stat.h>`; Linux 6.8 has it.
const STATX_MNT_ID_UNIQUE: u32 = 0x4000;

/// Mounts that were seen to be of whole file systems, by numbers that are never given again; most files are in
/// one of few.
static WHOLE: [AtomicU64; 16] = [const { AtomicU64::new(0) }; 16];

fn known(mount: u64) -> &'static AtomicU64 {
    &WHOLE[mount as usize % WHOLE.len()]
}

/// The number of the mount that `fd` is in, of this kind.
fn mount(fd: c_int, kind: u32) -> Option<u64> {
    let mut found = MaybeUninit::<libc::statx>::zeroed();
    let (empty, flags) = (c"".as_ptr() as usize, libc::AT_EMPTY_PATH as usize);
    let args = [fd as usize, empty, flags, kind as usize, found.as_mut_ptr() as usize];
    host::syscall(libc::SYS_statx, args).ok()?;
    // SAFETY: plain data, zeroed at least.
    let found = unsafe { found.assume_init() };
    (found.stx_mask & kind != 0).then_some(found.stx_mnt_id)
}

/// The mounts that this process sees, as proc(5) has them.
fn mounts() -> Option<Vec<u8>> {
    let flags = libc::O_RDONLY | libc::O_CLOEXEC;
    let fd = procfs::open(libos_host::process(), format_args!("mountinfo"), flags);
    let fd = usize::try_from(fd).ok()?;
    let mut table = Vec::new();
    loop {
        let len = table.len();
        table.resize(len + 4096, 0);
        let args = [fd, table[len..].as_mut_ptr() as usize, 4096];
        let read = host::syscall(libc::SYS_read, args).unwrap_or(0) as usize;
        table.truncate(len + read);
        if read == 0 {
            let _ = host::close(fd as c_int);
            return Some(table);
        }
    }
}

/// The part of a file system that is mounted under this number, and where.
fn find(table: &[u8], number: u64) -> Option<(Vec<u8>, Vec<u8>)> {
    let lines = table.split(|byte| *byte == b'\n');
    let mut found = lines.filter_map(|line| {
        let mut words = line.split(|byte| *byte == b' ');
        let is_it = words.next()? == number.to_string().as_bytes();
        let (root, place) = (words.nth(2)?, words.next()?);
        is_it.then(|| (plain(root), plain(place)))
    });
    found.next()
}

/// A word of the table, in which some bytes are written as a backslash and three digits.
fn plain(word: &[u8]) -> Vec<u8> {
    let mut plain = Vec::with_capacity(word.len());
    let mut rest = word;
    while let Some((first, others)) = rest.split_first() {
        let digits = others.get(..3).filter(|_| *first == b'\\');
        let byte = digits
            .and_then(|digits| u8::from_str_radix(core::str::from_utf8(digits).ok()?, 8).ok());
        plain.push(byte.unwrap_or(*first));
        rest = if byte.is_some() { &others[3..] } else { others };
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    const TABLE: &[u8] = b"\
22 27 0:21 / /proc rw,relatime shared:12 - proc proc rw
45 27 0:21 /sys/net /srv/a\\040b rw shared:12 - proc proc rw
46 27 0:23 /class/net\\134x /m rw - sysfs sysfs rw
";

    #[test]
    fn parts_are_found() {
        let found = |number| {
            let text = |bytes| String::from_utf8(bytes).unwrap();
            find(TABLE, number).map(|(root, place)| (text(root), text(place)))
        };
        assert_eq!(found(22), Some(("/".into(), "/proc".into())));
        assert_eq!(found(45), Some(("/sys/net".into(), "/srv/a b".into())));
        assert_eq!(found(46), Some(("/class/net\\x".into(), "/m".into())));
        assert_eq!(found(4), None);
    }

    #[test]
    fn paths_below_places() {
        assert_eq!(below(b"/srv/x/y", b"/srv"), b"/x/y");
        assert_eq!(below(b"/x/y", b"/"), b"/x/y");
        assert_eq!(below(b"/srv", b"/srv"), b"");
    }
}

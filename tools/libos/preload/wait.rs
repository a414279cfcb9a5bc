// SPDX-License-Identifier: GPL-2.0

//! Waiting for descriptors: poll, select and epoll. If one of them is the library's, the library
//! waits for all; the host's have stand-ins there. Their numbers are the same, so what the program
//! gave is passed on as it is.

use core::ffi::c_int;
use core::mem::MaybeUninit;

use libc::pollfd;

use crate::call::Call;
use crate::errno::{Errno, Outcome};
use crate::signals::{held, mask};
use crate::table::{LIMIT, TABLE};
use crate::{descriptors, host, limits, memory, route};

/// poll(2).
pub fn poll(call: Call) -> Outcome {
    poll_under(call, None)
}

/// ppoll(2).
pub fn poll_masked(call: Call) -> Outcome {
    poll_under(call, mask::at(call.args[3]))
}

fn poll_under(call: Call, mask: Option<u64>) -> Outcome {
    let files = || polled(call.args[0], call.args[1] as u32 as usize);
    if !files().any(|fd| TABLE.is_library(fd)) {
        return host_under(call, 3, mask);
    }
    limits::allow_polling(call.args[1] as u32 as usize)?;
    files().try_for_each(descriptors::mirror)?;
    library_under(call, 3, mask)
}

/// The host executes `call`, whose argument of this index is a mask.
fn host_under(mut call: Call, index: usize, mask: Option<u64>) -> Outcome {
    let less = mask.map(|mask| mask & !mask::own());
    if let Some(less) = &less {
        call.args[index] = core::ptr::from_ref(less) as usize;
    }
    held::during(mask, || call.to_host())
}

/// The library executes `call`. The masks that matter are the host's.
fn library_under(mut call: Call, index: usize, mask: Option<u64>) -> Outcome {
    if mask.is_some() {
        call.args[index] = 0;
    }
    mask::during(mask, || call.to_library())
}

/// The descriptors in an array of poll(2). What cannot be read is left out; the kernel that gets the
/// call says what is wrong with it.
fn polled(first: usize, count: usize) -> impl Iterator<Item = c_int> {
    const PIECE: usize = 32;
    (0..count)
        .step_by(PIECE)
        .map(move |index| (index, count - index))
        .map_while(move |(index, left)| {
            let at = first.wrapping_add(index * size_of::<pollfd>());
            let (files, read) = memory::read_some::<pollfd, PIECE>(at, left);
            // SAFETY: as many are there as were read.
            let fd = |file: MaybeUninit<pollfd>| unsafe { file.assume_init() }.fd;
            (read > 0).then(|| files.into_iter().take(read).map(fd))
        })
        .flatten()
}

/// select(2).
pub fn select(call: Call) -> Outcome {
    if mirror_sets(call)? { call.to_library() } else { call.to_host() }
}

/// The last argument of pselect6(2).
#[derive(Clone, Copy)]
#[repr(C)]
struct Masked {
    mask: usize,
    size: usize,
}

/// pselect6(2).
pub fn select_masked(mut call: Call) -> Outcome {
    const LAST: usize = 5;
    let mask = memory::read(call.args[LAST]).and_then(|last: Masked| mask::at(last.mask));
    if mirror_sets(call)? {
        return library_under(call, LAST, mask);
    }
    let less = mask.map(|mask| mask & !mask::own());
    let address = less.as_ref().map_or(0, |less| core::ptr::from_ref(less) as usize);
    let masked = Masked { mask: address, size: mask::SIZE };
    if mask.is_some() {
        call.args[LAST] = &raw const masked as usize;
    }
    held::during(mask, || call.to_host())
}

/// Whether the library has to wait; if so, it can.
fn mirror_sets(call: Call) -> Result<bool, Errno> {
    let count = call.int(0).clamp(0, LIMIT);
    let sets = Sets { count, sets: [call.args[1], call.args[2], call.args[3]] };
    if !sets.descriptors().any(|fd| TABLE.is_library(fd)) {
        return Ok(false);
    }
    sets.descriptors().try_for_each(descriptors::mirror)?;
    Ok(true)
}

/// The sets of select(2): for reading, for writing, for exceptions.
struct Sets {
    count: c_int,
    /// Addresses of bitmaps, or null.
    sets: [usize; 3],
}

impl Sets {
    /// The members of any of the sets, up to the last word that has one below `count`.
    fn descriptors(&self) -> impl Iterator<Item = c_int> {
        let words = (self.count as usize).div_ceil(64);
        (0..words)
            .flat_map(move |index| {
                let word = self.sets.iter().fold(0, |all, &set| all | word_of(set, index));
                let first = index as c_int * 64;
                (0..64).filter(move |bit| word >> bit & 1 != 0).map(move |bit| first + bit)
            })
            .take_while(move |&fd| fd < self.count)
    }
}

fn word_of(set: usize, index: usize) -> u64 {
    if set == 0 { 0 } else { memory::read(set + index * size_of::<u64>()).unwrap_or(0) }
}

/// epoll_ctl(2).
pub fn epoll_control(call: Call) -> Outcome {
    let (epoll, fd) = (call.int(0), call.int(2));
    match (TABLE.is_library(epoll), TABLE.is_library(fd)) {
        (false, false) => call.to_host(),
        // An epoll instance from before there was a library.
        (false, true) => Err(Errno(libc::EPERM)),
        (true, true) => call.to_library(),
        (true, false) if !can_be_watched(fd) => Err(Errno(libc::EPERM)),
        (true, false) => {
            descriptors::mirror(fd)?;
            call.to_library()
        }
    }
}

/// Whether the host would take a descriptor of its own into an epoll instance: not a file on a
/// disk, nor a directory.
fn can_be_watched(fd: c_int) -> bool {
    // SAFETY: plain data.
    let mut stat: libc::stat = unsafe { core::mem::zeroed() };
    let known = host::syscall(libc::SYS_fstat, [fd as usize, &raw mut stat as usize]);
    known.is_err() || !matches!(stat.st_mode & libc::S_IFMT, libc::S_IFREG | libc::S_IFDIR)
}

/// epoll_pwait(2), epoll_pwait2(2).
pub fn epoll_masked(call: Call) -> Outcome {
    const MASK: usize = 4;
    match mask::at(call.args[MASK]) {
        None => route::by_descriptor(call),
        mask if TABLE.is_library(call.int(0)) => library_under(call, MASK, mask),
        mask => host_under(call, MASK, mask),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn members(count: c_int, sets: [&[u64]; 3]) -> Vec<c_int> {
        let address = |set: &[u64]| {
            if set.is_empty() { 0 } else { set.as_ptr() as usize }
        };
        Sets { count, sets: sets.map(address) }.descriptors().collect()
    }

    #[test]
    fn sets_are_joined() {
        assert_eq!(members(128, [&[0b1001, 0], &[0b10, 1], &[]]), [0, 1, 3, 64]);
    }

    #[test]
    fn what_is_beyond_the_count_is_not_asked_for() {
        assert_eq!(members(3, [&[0b1111], &[], &[]]), [0, 1, 2]);
        assert_eq!(members(0, [&[], &[], &[]]), []);
        assert_eq!(members(64, [&[1 << 63], &[], &[]]), [63]);
    }
}

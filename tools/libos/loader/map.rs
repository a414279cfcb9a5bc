// SPDX-License-Identifier: GPL-2.0

//! Bringing an instance to its place: a file of memory that several processes map at one address.

use std::ffi::CString;
use std::fs::File;
use std::io;
use std::ops::Range;
use std::os::fd::{AsRawFd, FromRawFd};
use std::ptr::null_mut;

use crate::common::Common;
use crate::error::Error;
use crate::layout::{ARENA_OFFSET, IMAGE_OFFSET, PAGE, PRIVATE, PROCESS_OFFSET, SHARED_OFFSET};

/// madvise(2): make huge pages of this. Since Linux 6.1.
const MADV_COLLAPSE: i32 = 25;
const HUGE: usize = 2 << 20;

/// Memory of `size` bytes as a file, for instances and what is shared about them. The name is seen in
/// /proc/PID/maps, as far as the host takes it.
pub fn memfd(name: &str, size: usize) -> Result<File, Error> {
    const LONGEST: usize = 249;
    let name = &name.as_bytes()[..name.len().min(LONGEST)];
    let name = CString::new(name).unwrap_or_default();
    // SAFETY: makes a descriptor, which the file owns.
    let file = unsafe {
        let fd = libc::memfd_create(name.as_ptr(), libc::MFD_CLOEXEC);
        if fd < 0 {
            return Err(Error::last("memory for the instance"));
        }
        File::from_raw_fd(fd)
    };
    let what = "memory for the instance";
    file.set_len(size as u64).map_err(|reason| Error::Host { what, reason })?;
    Ok(file)
}

/// Takes addresses that nothing uses.
///
/// # Safety
///
/// For a range of the layout.
pub unsafe fn reserve(base: usize, size: usize) -> Result<(), Error> {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    // SAFETY: takes a free range, or none.
    let at = unsafe {
        libc::mmap(base as *mut _, size, libc::PROT_NONE, flags | libc::MAP_FIXED_NOREPLACE, -1, 0)
    };
    if at as usize == base { Ok(()) } else { Err(not_reserved(base, size)) }
}

/// Why the last mapping is not where it should be.
pub(crate) fn not_reserved(base: usize, size: usize) -> Error {
    match io::Error::last_os_error().raw_os_error() {
        Some(libc::ENOMEM) => Error::NoRoom { size },
        _ => Error::Taken { from: base, to: base + size },
    }
}

/// Unmaps what is at these addresses, which stay taken.
///
/// # Safety
///
/// The range is the caller's, and nothing uses it.
pub unsafe fn reserve_again(base: usize, size: usize) {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE | libc::MAP_FIXED;
    // SAFETY: as the caller promises.
    unsafe { libc::mmap(base as *mut _, size, libc::PROT_NONE, flags, -1, 0) };
}

/// Maps an instance: its private pages, and all that is shared.
///
/// # Safety
///
/// The range is reserved by the caller.
pub unsafe fn map_shared(base: usize, size: usize, memfd: i32) -> Result<(), Error> {
    let rw = libc::PROT_READ | libc::PROT_WRITE;
    let private = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED;
    let shared = libc::MAP_SHARED | libc::MAP_FIXED;
    let rest = size - SHARED_OFFSET;
    // SAFETY: as the caller promises.
    unsafe {
        let pages = libc::mmap((base + PROCESS_OFFSET) as *mut _, PRIVATE, rw, private, -1, 0);
        let memory = libc::mmap(
            (base + SHARED_OFFSET) as *mut _,
            rest,
            rw,
            shared,
            memfd,
            SHARED_OFFSET as libc::off_t,
        );
        if pages == libc::MAP_FAILED || memory == libc::MAP_FAILED {
            return Err(Error::last("mapping the instance"));
        }
    }
    Ok(())
}

/// A core (core(5)) of this process has no copy of what is shared, which is large, and not the program's.
///
/// # Safety
///
/// The instance is mapped.
pub unsafe fn leave_out_of_cores(base: usize, size: usize) {
    let (at, rest) = (base + SHARED_OFFSET, size - SHARED_OFFSET);
    // SAFETY: as the caller promises. A host that cannot do so writes larger ones.
    unsafe { libc::madvise(at as *mut _, rest, libc::MADV_DONTDUMP) };
}

/// Maps what all instances have in common, of the file `library`. Privately, so that a debugger can
/// write its breakpoints into it.
///
/// # Safety
///
/// The image is mapped, and nothing executes it.
pub unsafe fn map_common(base: usize, common: &Common, library: i32) -> Result<(), Error> {
    let map = |range: Range<usize>, access| {
        let (at, flags) = (base + IMAGE_OFFSET + range.start, libc::MAP_PRIVATE | libc::MAP_FIXED);
        let from = range.start as libc::off_t;
        // SAFETY: as the caller promises.
        let at = unsafe { libc::mmap(at as *mut _, range.len(), access, flags, library, from) };
        if at == libc::MAP_FAILED { Err(Error::last("mapping the library")) } else { Ok(()) }
    };
    map(common.text(), libc::PROT_READ | libc::PROT_EXEC)?;
    common.constants().try_for_each(|range| map(range, libc::PROT_READ))
}

/// Moves the first `size` bytes of `file` to huge pages, as far as the host has any.
pub(crate) fn use_huge_pages(file: &File, size: usize) -> Result<(), Error> {
    let (none, noreserve) = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS, libc::MAP_NORESERVE);
    // SAFETY: takes a free range that is large enough for an aligned one, and frees it again.
    unsafe {
        let room = size + HUGE;
        let at = libc::mmap(null_mut(), room, libc::PROT_NONE, none | noreserve, -1, 0);
        if at == libc::MAP_FAILED {
            return Err(Error::last("addresses for the library"));
        }
        let aligned = at.byte_add(at.align_offset(HUGE));
        let flags = libc::MAP_SHARED | libc::MAP_FIXED;
        let mapped = libc::mmap(aligned, size, libc::PROT_READ, flags, file.as_raw_fd(), 0);
        libc::madvise(aligned, size, MADV_COLLAPSE);
        libc::munmap(at, room);
        if mapped == libc::MAP_FAILED { Err(Error::last("mapping the library")) } else { Ok(()) }
    }
}

/// Has the host map at once what booting touches anyway: each page fault costs more than the page. In
/// huge pages, as far as the host has any.
///
/// # Safety
///
/// The instance is mapped, and `private` is what it has for itself of its image; what is common among that
/// is mapped over it later: that much of a huge page is not worth splitting it.
pub unsafe fn populate(base: usize, private: Range<usize>, memory: usize) {
    /// Where the page allocator begins: it first takes the largest blocks, and the first is not whole.
    const BLOCK: usize = 4 << 20;
    /// What memblock takes from the end of the arena, less the map of its pages,
    const TABLES: usize = 3 << 19;
    /// which is a sixty-fourth.
    const MAP: usize = 64;
    // What the allocator gives away grows with the kernel, about as its data does.
    let slabs = private.len() * 3 / 2;
    let tables = TABLES + memory / MAP;
    let block = BLOCK.min(memory)..(BLOCK + slabs).min(memory);
    let parts = [0..private.len(), block, memory.saturating_sub(tables)..memory];
    let at = [IMAGE_OFFSET + private.start, ARENA_OFFSET, ARENA_OFFSET].map(|offset| base + offset);
    let limit = (base + ARENA_OFFSET + memory) & !(HUGE - 1);
    for (at, part) in at.into_iter().zip(parts) {
        let (begin, end) = (at + part.start, at + part.end);
        let huge = begin & !(HUGE - 1)..end.next_multiple_of(HUGE).min(limit);
        // SAFETY: all of it is inside the instance, whose parts begin with a huge page. A host that cannot do
        // it faults instead.
        unsafe {
            for page in huge.clone().step_by(HUGE) {
                // Of an empty one none is made.
                touch(page);
            }
            if libc::madvise(huge.start as *mut _, huge.len(), MADV_COLLAPSE) < 0 {
                let first = begin & !(PAGE - 1);
                libc::madvise(first as *mut _, end - first, libc::MADV_POPULATE_WRITE);
            }
        }
    }
}

/// Has the page at this address exist.
///
/// # Safety
///
/// It is mapped, and nobody else writes there.
unsafe fn touch(page: usize) {
    let first = page as *mut u8;
    // SAFETY: as the caller promises.
    unsafe { first.write_volatile(first.read_volatile()) };
}

/// Gives pages back to the host in which there is nothing but zeroes: tables that are still empty, stacks
/// of which little was used. Whoever needs them gets them again as they were.
///
/// # Safety
///
/// The instance that `memfd` holds `size` bytes of is mapped at `base`, and nothing executes in it.
pub unsafe fn give_back_zeroes(base: usize, size: usize, memfd: i32) -> Result<(), Error> {
    // SAFETY: they are zeroes already, and nobody writes there meanwhile.
    let give = |run: Option<Range<usize>>| run.map_or(Ok(()), |run| unsafe { punch(memfd, run) });
    let mut at = SHARED_OFFSET;
    while let Some(used) = next_used(memfd, at) {
        let pages = used.clone().step_by(PAGE);
        // SAFETY: as the caller promises; these pages exist.
        let is_zero =
            |at: usize| unsafe { *((base + at) as *const [u64; PAGE / 8]) } == [0; PAGE / 8];
        let mut zeroes = None;
        for page in pages.filter(|page| *page < size) {
            zeroes = match (zeroes.take(), is_zero(page)) {
                (None, true) => Some(page..page + PAGE),
                (Some(run), true) => Some(run.start..page + PAGE),
                (run, false) => {
                    give(run)?;
                    None
                }
            };
        }
        give(zeroes)?;
        at = used.end;
    }
    Ok(())
}

/// The first part of a file from `at` on that takes memory.
fn next_used(file: i32, at: usize) -> Option<Range<usize>> {
    // SAFETY: moves the place of a descriptor that nobody reads from.
    let seek = |at, whence| unsafe { libc::lseek(file, at, whence) };
    let begin = seek(at as libc::off_t, libc::SEEK_DATA);
    (begin >= 0).then(|| begin as usize..seek(begin, libc::SEEK_HOLE) as usize)
}

/// Gives this part of a file in memory back to the host; it is zeroes then.
///
/// # Safety
///
/// Nothing depends on what is there.
pub unsafe fn punch(file: i32, hole: Range<usize>) -> Result<(), Error> {
    let flags = libc::FALLOC_FL_PUNCH_HOLE | libc::FALLOC_FL_KEEP_SIZE;
    let (at, len) = (hole.start as libc::off_t, hole.len() as libc::off_t);
    // SAFETY: as the caller promises.
    let failed = unsafe { libc::fallocate(file, flags, at, len) };
    if failed < 0 { Err(Error::last("giving memory back")) } else { Ok(()) }
}

/// Descriptors of an instance have numbers from here on, above those that programs use.
pub const KEPT_FROM: i32 = 128;

/// Moves a descriptor there.
pub fn keep(fd: i32) -> Result<i32, Error> {
    // SAFETY: copies one descriptor and closes the other.
    unsafe {
        let high = libc::fcntl(fd, libc::F_DUPFD_CLOEXEC, KEPT_FROM);
        if high < 0 {
            return Err(Error::last("a descriptor above 128 (see `ulimit -n`) for the instance"));
        }
        libc::close(fd);
        Ok(high)
    }
}

// SPDX-License-Identifier: GPL-2.0

//! brk(2). The process's own is libc's: the program gets a range of its own.

use core::sync::atomic::{AtomicUsize, Ordering};

use libos_host::layout::PAGE;

use crate::errno::Outcome;
use crate::host;

/// Sizes to be tried: nobody has more memory than the first.
const SIZES: [usize; 3] = [1 << 38, 1 << 32, 1 << 26];

static BEGIN: AtomicUsize = AtomicUsize::new(0);
static END: AtomicUsize = AtomicUsize::new(0);
/// The end of what the program has.
static BREAK: AtomicUsize = AtomicUsize::new(0);

/// brk(2): never an error, but where the break is.
pub fn set_break(wanted: usize) -> Outcome {
    if BEGIN.load(Ordering::Relaxed) == 0 {
        reserve();
    }
    let (begin, end) = (BEGIN.load(Ordering::Relaxed), END.load(Ordering::Relaxed));
    let now = BREAK.load(Ordering::Relaxed);
    if (begin..=end).contains(&wanted) && begin != 0 && change(now, wanted).is_ok() {
        BREAK.store(wanted, Ordering::Relaxed);
        return Ok(wanted as isize);
    }
    Ok(now as isize)
}

fn reserve() {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    let map = |size: usize| {
        let args = [0, size, libc::PROT_NONE as usize, flags as usize, usize::MAX, 0];
        host::syscall(libc::SYS_mmap, args).map(|at| (at as usize, size))
    };
    if let Some((at, size)) = SIZES.into_iter().find_map(|size| map(size).ok()) {
        BEGIN.store(at, Ordering::Relaxed);
        END.store(at + size, Ordering::Relaxed);
        BREAK.store(at, Ordering::Relaxed);
    }
}

/// Pages up to the break can be used; those behind it are gone.
fn change(from: usize, to: usize) -> Outcome {
    let (from, to) = (from.next_multiple_of(PAGE), to.next_multiple_of(PAGE));
    let access = (libc::PROT_READ | libc::PROT_WRITE) as usize;
    if to > from {
        host::syscall(libc::SYS_mprotect, [from, to - from, access])
    } else if to < from {
        host::syscall(libc::SYS_madvise, [to, from - to, libc::MADV_DONTNEED as usize])?;
        host::syscall(libc::SYS_mprotect, [to, from - to, libc::PROT_NONE as usize])
    } else {
        Ok(0)
    }
}

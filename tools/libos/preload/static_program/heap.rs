// SPDX-License-Identifier: GPL-2.0

//! brk(2). The process's own is libc's: the program's is elsewhere, at the lower end of a range that is free.
//! Whatever else is mapped comes to the upper end.

use core::sync::atomic::{AtomicUsize, Ordering};

use libos_host::layout::PAGE;

use crate::errno::{Errno, Outcome};
use crate::host;

/// Sizes to be tried: nobody has more memory than the first.
const SIZES: [usize; 3] = [1 << 38, 1 << 32, 1 << 26];

const FLAGS: i32 = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS;

static BEGIN: AtomicUsize = AtomicUsize::new(0);
static END: AtomicUsize = AtomicUsize::new(0);
/// The end of what the program has.
static BREAK: AtomicUsize = AtomicUsize::new(0);

/// brk(2): never an error, but where the break is.
pub fn set_break(wanted: usize) -> Outcome {
    if BEGIN.load(Ordering::Relaxed) == 0 {
        find_room();
    }
    let (begin, end) = (BEGIN.load(Ordering::Relaxed), END.load(Ordering::Relaxed));
    let now = BREAK.load(Ordering::Relaxed);
    if (begin..=end).contains(&wanted) && begin != 0 && change(now, wanted).is_ok() {
        BREAK.store(wanted, Ordering::Relaxed);
        return Ok(wanted as isize);
    }
    Ok(now as isize)
}

fn find_room() {
    let (access, flags) = (libc::PROT_NONE as usize, FLAGS | libc::MAP_NORESERVE);
    let free = |size: usize| {
        let args = [0, size, access, flags as usize, usize::MAX, 0];
        let at = host::syscall(libc::SYS_mmap, args)? as usize;
        host::syscall(libc::SYS_munmap, [at, size])?;
        Ok::<_, Errno>((at, size))
    };
    if let Some((at, size)) = SIZES.into_iter().find_map(|size| free(size).ok()) {
        BEGIN.store(at, Ordering::Relaxed);
        END.store(at + size, Ordering::Relaxed);
        BREAK.store(at, Ordering::Relaxed);
    }
}

/// Pages up to the break are there; those behind it are gone.
fn change(from: usize, to: usize) -> Outcome {
    let (from, to) = (from.next_multiple_of(PAGE), to.next_multiple_of(PAGE));
    if to > from {
        map(from, to - from)
    } else if to < from {
        host::syscall(libc::SYS_munmap, [to, from - to])
    } else {
        Ok(0)
    }
}

fn map(at: usize, len: usize) -> Outcome {
    let access = (libc::PROT_READ | libc::PROT_WRITE) as usize;
    let flags = (FLAGS | libc::MAP_FIXED_NOREPLACE) as usize;
    let got = host::syscall(libc::SYS_mmap, [at, len, access, flags, usize::MAX, 0])?;
    if got as usize == at {
        return Ok(0);
    }
    // A host that does not know the flag has put it elsewhere: something is there.
    host::syscall(libc::SYS_munmap, [got as usize, len])?;
    Err(Errno(libc::ENOMEM))
}

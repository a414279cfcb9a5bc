// SPDX-License-Identifier: GPL-2.0

//! Letters: descriptors of the library on their way through a socket of the host (SCM_RIGHTS).
//!
//! The library holds the file under a name; what is sent is a *letter*, a descriptor of the host whose
//! position is the number of the place where the name is kept. All letters of an instance are one
//! empty memory file, opened anew for each and locked at that number: the host takes the lock away
//! with the last copy of the letter, wherever that was, in a table or in a socket that nobody read.
//! So whether somebody still can open a letter is a question that anybody can ask.
//!
//! To others than programs of the instance a letter is a file that can be neither read nor written.

use core::mem::MaybeUninit;
use core::sync::atomic::{AtomicU64, Ordering};
use std::fs::File;
use std::os::fd::FromRawFd;

use crate::error::Error;
use crate::layout::{LETTERS, Shared};
use crate::process::{Process, process};
use crate::{current, gate, procfs, sys, thread};

/// A letter that this process has a descriptor of.
#[derive(Debug)]
pub struct Letter {
    pub fd: i32,
    place: usize,
}

/// The file that letters are.
pub(crate) fn file() -> Result<File, Error> {
    const SEALS: i32 =
        libc::F_SEAL_SEAL | libc::F_SEAL_SHRINK | libc::F_SEAL_GROW | libc::F_SEAL_WRITE;
    let failed = || libos_loader::Error::last("a file for descriptors that are sent").into();
    // SAFETY: makes a descriptor, which the file owns.
    unsafe {
        let flags = libc::MFD_CLOEXEC | libc::MFD_ALLOW_SEALING;
        let fd = libc::memfd_create(c"descriptor of a network stack".as_ptr(), flags);
        if fd < 0 {
            return Err(failed());
        }
        let file = File::from_raw_fd(fd);
        if libc::fcntl(fd, libc::F_ADD_SEALS, SEALS) < 0 { Err(failed()) } else { Ok(file) }
    }
}

fn call<const N: usize>(nr: i64, args: [usize; N]) -> Result<usize, i32> {
    let mut all = [0; 6];
    all[..N].copy_from_slice(&args);
    // SAFETY: on descriptors of ours, and memory of the callers.
    match unsafe { gate::syscall(nr, all) } {
        errno @ -4095..0 => Err(-errno as i32),
        value => Ok(value as usize),
    }
}

/// Locks one place of the file for an opened one, or asks whether that were possible.
fn lock(fd: i32, command: i32, place: usize) -> Result<i16, i32> {
    // SAFETY: plain data.
    let mut lock: libc::flock = unsafe { core::mem::zeroed() };
    lock.l_type = libc::F_WRLCK as i16;
    lock.l_whence = libc::SEEK_SET as i16;
    lock.l_start = place as i64;
    lock.l_len = 1;
    call(libc::SYS_fcntl, [fd as usize, command as usize, &raw mut lock as usize])?;
    Ok(lock.l_type)
}

/// Writes a letter about the descriptor `fd` of this process; an errno if that fails.
pub fn write(fd: i32) -> Result<Letter, i32> {
    let process = process();
    let letter = open(process)?;
    let place = take_place(process.shared(), letter).inspect_err(|_| close(letter))?;
    let letter = Letter { fd: letter, place };
    match letter.address(process.shared(), fd) {
        Ok(()) => Ok(letter),
        Err(errno) => {
            letter.destroy();
            Err(errno)
        }
    }
}

/// The file of letters, opened anew.
fn open(process: &Process) -> Result<i32, i32> {
    let flags = libc::O_WRONLY | libc::O_CLOEXEC;
    match procfs::open(process, format_args!("fd/{}", process.letters), flags) {
        error @ ..0 => Err(-error as i32),
        fd => Ok(fd as i32),
    }
}

/// A place that is nobody's, locked for `letter`.
fn take_place(shared: &Shared, letter: i32) -> Result<usize, i32> {
    let free = |place: &usize| shared.letter[*place].load(Ordering::Acquire) == 0;
    let lock = |place: &usize| lock(letter, libc::F_OFD_SETLK, *place).is_ok();
    (0..LETTERS).filter(free).find(lock).ok_or(libc::ETOOMANYREFS)
}

fn close(fd: i32) {
    let _ = call(libc::SYS_close, [fd as usize]);
}

impl Letter {
    /// It is about the library's `fd`. The name is in its place before the library has it: should
    /// this process be killed, it is found there.
    fn address(&self, shared: &Shared, fd: i32) -> Result<(), i32> {
        call(libc::SYS_lseek, [self.fd as usize, self.place + 1, libc::SEEK_SET as usize])?;
        let name = shared.letter_names.fetch_add(1, Ordering::Relaxed) + 1;
        shared.letters.fetch_add(1, Ordering::Relaxed);
        shared.letter[self.place].store(name, Ordering::Release);
        match thread::file_hold(fd, name) {
            0 => Ok(()),
            errno => Err(-errno as i32),
        }
    }

    /// The letter that `fd` is, if it is one of this instance.
    pub fn at(fd: i32) -> Option<Self> {
        if identity(fd)? != identity(process().letters)? {
            return None;
        }
        let position = call(libc::SYS_lseek, [fd as usize, 0, libc::SEEK_CUR as usize]).ok()?;
        let place = position.checked_sub(1).filter(|place| *place < LETTERS)?;
        Some(Letter { fd, place })
    }

    /// Puts the file that the letter is about at `fd` of this process; an errno if that fails.
    pub fn deliver(&self, fd: i32, close_on_exec: bool) -> Result<(), i32> {
        let name = process().shared().letter[self.place].load(Ordering::Acquire);
        let flags = if close_on_exec { libc::O_CLOEXEC } else { 0 };
        match thread::file_take(name, fd, flags) {
            0.. => Ok(()),
            errno => Err(-errno as i32),
        }
    }

    /// This process has no copy of it any more.
    pub fn forget(self) {
        let process = process();
        let name = process.shared().letter[self.place].load(Ordering::Acquire);
        release_if_gone(process, self.place, name);
    }

    /// Nobody is to get it.
    pub fn destroy(self) {
        close(self.fd);
        self.forget();
    }
}

/// What a file is.
fn identity(fd: i32) -> Option<(u64, u64)> {
    let mut stat = MaybeUninit::<libc::stat>::uninit();
    call(libc::SYS_fstat, [fd as usize, stat.as_mut_ptr() as usize]).ok()?;
    // SAFETY: written by the host.
    let stat = unsafe { stat.assume_init() };
    Some((stat.st_dev, stat.st_ino))
}

/// If the letter in this place is nowhere any more, its file is released.
fn release_if_gone(process: &Process, place: usize, name: u64) {
    let unlocked = || lock(process.letters, libc::F_OFD_GETLK, place) == Ok(libc::F_UNLCK as i16);
    if name != 0 && unlocked() {
        release(process, place, name);
    }
}

/// Releases the file of a letter, once.
fn release(process: &Process, place: usize, name: u64) {
    let shared = process.shared();
    let (order, failed) = (Ordering::AcqRel, Ordering::Relaxed);
    if shared.letter[place].compare_exchange(name, 0, order, failed).is_ok() {
        shared.letters.fetch_sub(1, Ordering::Relaxed);
        if let Some(release) = process.exported().file_release {
            // SAFETY: this thread is outside the kernel.
            current::busy(|| unsafe { release(name) });
        }
    }
}

/// How often letters that nobody opened are looked for, in nanoseconds.
const EVERY_NS: u64 = 50_000_000;

/// When that was done last, by this process, which is the launcher.
static COLLECTED: AtomicU64 = AtomicU64::new(0);

/// Whether it is time to.
pub(crate) fn is_time_to_collect(process: &Process) -> bool {
    process.shared().letters.load(Ordering::Relaxed) != 0
        && sys::now() >= COLLECTED.load(Ordering::Relaxed) + EVERY_NS
}

/// Releases the files of letters that are nowhere any more.
pub(crate) fn collect(process: &Process) {
    COLLECTED.store(sys::now(), Ordering::Relaxed);
    for (place, name) in process.shared().letter.iter().enumerate() {
        release_if_gone(process, place, name.load(Ordering::Acquire));
    }
}

/// Releases all: the last program has ended, and others can do nothing with letters.
pub(crate) fn end(process: &Process) {
    for (place, name) in process.shared().letter.iter().enumerate() {
        match name.load(Ordering::Acquire) {
            0 => {}
            name => release(process, place, name),
        }
    }
}

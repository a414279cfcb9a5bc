// SPDX-License-Identifier: GPL-2.0

//! Memory of the instance at addresses of a program's own: what mmap(2) of a file of the library
//! gives, the rings of a packet socket. The instance's memory is a file, so it can be mapped once
//! more, in pieces, one behind the other.
//!
//! A mapping keeps its file open, as any does: by a descriptor of the library at one of the numbers
//! where the host has the instance's own, which no program can use. So fork(2) copies it, and it is
//! closed by execve(2), by the end of the process, and by munmap(2).

use core::sync::atomic::{AtomicUsize, Ordering};

use liblinux_abi::SimIovec;

use crate::layout::{DESCRIPTORS, PAGE};
use crate::process::{Process, process};
use crate::{gate, thread};

/// Mappings that a process can have.
const MAPPINGS: usize = 16;
const _: () = assert!(MAPPINGS <= DESCRIPTORS);

/// The addresses of one.
struct Mapping {
    /// Its first byte; [`FREE`], or [`TAKEN`] while it is being made.
    begin: AtomicUsize,
    len: AtomicUsize,
}

const FREE: usize = 0;
const TAKEN: usize = 1;

static MAPPED: [Mapping; MAPPINGS] =
    [const { Mapping { begin: AtomicUsize::new(FREE), len: AtomicUsize::new(0) } }; MAPPINGS];

/// mmap(2) of the library's descriptor `fd` from its beginning: the address, or an errno.
pub fn map(address: usize, len: usize, access: i32, flags: i32, fd: i32) -> Result<usize, i32> {
    if flags & libc::MAP_TYPE == libc::MAP_PRIVATE {
        return Err(libc::EINVAL);
    }
    let pieces = pieces(fd)?;
    let len = len.next_multiple_of(PAGE);
    if pieces.iter().map(|piece| piece.len).sum::<usize>() != len {
        return Err(libc::EINVAL);
    }
    let process = process();
    let number = take()?;
    let made = keep(process, number, fd).and_then(|()| {
        place(process, &pieces, address, len, access, flags).inspect_err(|_| close(process, number))
    });
    MAPPED[number].len.store(len, Ordering::Relaxed);
    MAPPED[number].begin.store(*made.as_ref().unwrap_or(&FREE), Ordering::Release);
    made
}

/// The pieces of memory that `fd` shares.
fn pieces(fd: i32) -> Result<Vec<SimIovec>, i32> {
    let ask = |room: &mut [SimIovec]| match thread::file_pieces(fd, room) {
        count @ 0.. => Ok(count as usize),
        errno => Err(-errno as i32),
    };
    let none = SimIovec { base: core::ptr::null_mut(), len: 0 };
    let mut pieces = vec![none; ask(&mut [])?];
    // The ring may change meanwhile, as on any kernel before mmap(2) has looked at it.
    if ask(&mut pieces)? == pieces.len() { Ok(pieces) } else { Err(libc::EAGAIN) }
}

/// A free place.
fn take() -> Result<usize, i32> {
    let (order, failed) = (Ordering::Acquire, Ordering::Relaxed);
    MAPPED
        .iter()
        .position(|mapping| mapping.begin.compare_exchange(FREE, TAKEN, order, failed).is_ok())
        .ok_or(libc::ENOMEM)
}

/// The library's descriptor of a mapping.
fn descriptor(process: &Process, number: usize) -> usize {
    process.memfd as usize + number
}

fn library(nr: i64, args: [usize; 3]) -> Result<(), i32> {
    let [a, b, c] = args;
    match thread::syscall(nr, [a, b, c, 0, 0, 0]) {
        0.. => Ok(()),
        errno => Err(-errno as i32),
    }
}

fn keep(process: &Process, number: usize, fd: i32) -> Result<(), i32> {
    let to = descriptor(process, number);
    library(libc::SYS_dup3, [fd as usize, to, libc::O_CLOEXEC as usize])
}

fn close(process: &Process, number: usize) {
    // It cannot fail, or it has been closed with everything else.
    let _ = library(libc::SYS_close, [descriptor(process, number), 0, 0]);
}

fn host(nr: i64, args: [usize; 6]) -> Result<usize, i32> {
    // SAFETY: the program's own call, or one on addresses that it was given.
    match unsafe { gate::syscall(nr, args) } {
        errno @ -4095..0 => Err(-errno as i32),
        value => Ok(value as usize),
    }
}

/// Maps the pieces where the program wants them, or where there is room.
fn place(
    process: &Process,
    pieces: &[SimIovec],
    address: usize,
    len: usize,
    access: i32,
    flags: i32,
) -> Result<usize, i32> {
    let reserve = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    let where_told = libc::MAP_FIXED | libc::MAP_FIXED_NOREPLACE;
    let reserve = reserve | flags & where_told;
    let begin = host(libc::SYS_mmap, [address, len, 0, reserve as usize, usize::MAX, 0])?;
    let (mut at, again) = (begin, (libc::MAP_SHARED | libc::MAP_FIXED) as usize);
    for piece in pieces {
        let offset = piece.base as usize - process.base;
        let args = [at, piece.len, access as usize, again, process.memfd as usize, offset];
        host(libc::SYS_mmap, args).inspect_err(|_| {
            let _ = host(libc::SYS_munmap, [begin, len, 0, 0, 0, 0]);
        })?;
        at += piece.len;
    }
    Ok(begin)
}

/// munmap(2) has unmapped these addresses: the files that were mapped there are not kept any more.
pub fn unmapped(address: usize, len: usize) {
    let end = address.saturating_add(len);
    for (number, mapping) in MAPPED.iter().enumerate() {
        let begin = mapping.begin.load(Ordering::Acquire);
        let covered =
            begin > TAKEN && address <= begin && begin + mapping.len.load(Ordering::Relaxed) <= end;
        let (order, failed) = (Ordering::AcqRel, Ordering::Relaxed);
        if covered && mapping.begin.compare_exchange(begin, TAKEN, order, failed).is_ok() {
            close(process(), number);
            mapping.begin.store(FREE, Ordering::Release);
        }
    }
}

// SPDX-License-Identifier: GPL-2.0

//! Memory of the instance at addresses of a program's own: what mmap(2) of a file of the library
//! gives, the rings of a packet socket. The instance's memory is a file, so it can be mapped once
//! more, in pieces, one behind the other.
//!
//! A mapping keeps its file open, as any does: by a descriptor of the library at a number that no
//! program uses. So fork(2) copies it, and it is closed by execve(2), by the end of the process, and
//! by munmap(2).
//!
//! Called in signal handlers, too: nothing is allocated.

use core::sync::atomic::{AtomicUsize, Ordering};

use liblinux_abi::SimIovec;

use crate::gate;
use crate::layout::PAGE;

/// Mappings that a process can have.
pub const MAPPINGS: usize = 16;

/// What a mapping needs of the process that has it. Errors are errnos.
pub trait Process {
    /// The file of the instance's memory, and where all of it is mapped.
    fn memory(&self) -> (i32, usize);

    /// The library's `file_pieces`.
    fn pieces(&self, fd: i32, room: &mut [SimIovec]) -> isize;

    /// Copies the library's descriptor `fd` to the one of mapping `number`, to be closed by execve(2).
    fn keep(&self, number: usize, fd: i32) -> Result<(), i32>;

    /// Closes that of mapping `number`.
    fn close(&self, number: usize);
}

/// mmap(2), but for its descriptor and offset.
#[derive(Clone, Copy)]
pub struct Request {
    pub address: usize,
    pub len: usize,
    /// `PROT_*`.
    pub access: i32,
    /// `MAP_*`.
    pub flags: i32,
}

/// The addresses of a mapping.
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
pub fn map(process: &impl Process, fd: i32, request: Request) -> Result<usize, i32> {
    if request.flags & libc::MAP_TYPE == libc::MAP_PRIVATE {
        return Err(libc::EINVAL);
    }
    let request = Request { len: request.len.next_multiple_of(PAGE), ..request };
    let pieces = Pieces::of(process, fd)?;
    if pieces.list().iter().map(|piece| piece.len).sum::<usize>() != request.len {
        return Err(libc::EINVAL);
    }
    let number = take()?;
    let made = process.keep(number, fd).and_then(|()| {
        place(process.memory(), pieces.list(), request).inspect_err(|_| process.close(number))
    });
    MAPPED[number].len.store(request.len, Ordering::Relaxed);
    MAPPED[number].begin.store(*made.as_ref().unwrap_or(&FREE), Ordering::Release);
    made
}

/// The pieces of memory that a file shares, in memory of their own.
struct Pieces {
    at: usize,
    count: usize,
}

impl Pieces {
    fn of(process: &impl Process, fd: i32) -> Result<Self, i32> {
        let ask = |room: &mut [SimIovec]| match process.pieces(fd, room) {
            count @ 0.. => Ok(count as usize),
            errno => Err(-errno as i32),
        };
        let count = ask(&mut [])?;
        let access = (libc::PROT_READ | libc::PROT_WRITE) as usize;
        let flags = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as usize;
        let len = count * size_of::<SimIovec>();
        let at = host(libc::SYS_mmap, [0, len, access, flags, usize::MAX, 0])?;
        let pieces = Pieces { at, count };
        // SAFETY: just mapped, zeroed, and nobody else's.
        let room = unsafe { core::slice::from_raw_parts_mut(at as *mut SimIovec, count) };
        // The ring may change meanwhile, as on any kernel before mmap(2) has looked at it.
        if ask(room)? == count { Ok(pieces) } else { Err(libc::EAGAIN) }
    }

    fn list(&self) -> &[SimIovec] {
        // SAFETY: mapped by `of`, and filled.
        unsafe { core::slice::from_raw_parts(self.at as *const SimIovec, self.count) }
    }
}

impl Drop for Pieces {
    fn drop(&mut self) {
        let len = self.count * size_of::<SimIovec>();
        let _ = host(libc::SYS_munmap, [self.at, len, 0, 0, 0, 0]);
    }
}

/// A free place.
fn take() -> Result<usize, i32> {
    let (order, failed) = (Ordering::Acquire, Ordering::Relaxed);
    MAPPED
        .iter()
        .position(|mapping| mapping.begin.compare_exchange(FREE, TAKEN, order, failed).is_ok())
        .ok_or(libc::ENOMEM)
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
    (memory, base): (i32, usize),
    pieces: &[SimIovec],
    request: Request,
) -> Result<usize, i32> {
    let Request { address, len, access, flags } = request;
    let where_told = libc::MAP_FIXED | libc::MAP_FIXED_NOREPLACE;
    let reserve = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    let reserve = reserve | flags & where_told;
    let begin = host(libc::SYS_mmap, [address, len, 0, reserve as usize, usize::MAX, 0])?;
    let (mut at, again) = (begin, (libc::MAP_SHARED | libc::MAP_FIXED) as usize);
    for piece in pieces {
        let offset = piece.base as usize - base;
        let args = [at, piece.len, access as usize, again, memory as usize, offset];
        host(libc::SYS_mmap, args).inspect_err(|_| {
            let _ = host(libc::SYS_munmap, [begin, len, 0, 0, 0, 0]);
        })?;
        at += piece.len;
    }
    Ok(begin)
}

/// munmap(2) has unmapped these addresses: the files that were mapped there are not kept any more.
pub fn unmapped(process: &impl Process, address: usize, len: usize) {
    let end = address.saturating_add(len);
    for (number, mapping) in MAPPED.iter().enumerate() {
        let begin = mapping.begin.load(Ordering::Acquire);
        let covered =
            begin > TAKEN && address <= begin && begin + mapping.len.load(Ordering::Relaxed) <= end;
        let (order, failed) = (Ordering::AcqRel, Ordering::Relaxed);
        if covered && mapping.begin.compare_exchange(begin, TAKEN, order, failed).is_ok() {
            process.close(number);
            mapping.begin.store(FREE, Ordering::Release);
        }
    }
}

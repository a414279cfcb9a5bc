// SPDX-License-Identifier: GPL-2.0

//! Making, copying and closing descriptors, in both tables alike.
//!
//! A number is the library's only after the host has given it, to a placeholder: an O_PATH
//! descriptor, of which every read, write and poll by somebody who does not ask us fails with
//! EBADF. It is given back last, so that nobody else gets the number in between.

use core::ffi::{CStr, c_int};
use core::ops::Range;

use libc::rlimit;
use libos_host::letter::Letter;
use nuse_filter::WINDOW;

use crate::call::{Call, Origin};
use crate::errno::{Errno, Outcome};
use crate::table::{LIMIT, Owner, TABLE};
use crate::{apart, host, instance, library, limits, standard};

/// Has the library execute `call`, which makes a descriptor.
pub fn create(call: Call, close_on_exec: bool) -> Outcome {
    let fd = reserve(call.origin, close_on_exec)?;
    match call.to_library_making(fd) {
        Ok(_) => {
            TABLE.set(fd, Owner::Library);
            standard::follow(fd);
            Ok(fd as isize)
        }
        Err(error) => {
            let _ = host::close(fd);
            Err(error)
        }
    }
}

/// A number on the host, for a descriptor of the library.
fn reserve(origin: Origin, close_on_exec: bool) -> Result<c_int, Errno> {
    let fd = placeholder(close_on_exec)?;
    let fd = if origin == Origin::Inline { move_to_window(fd, close_on_exec) } else { fd };
    forget_stale(fd);
    if fd < LIMIT {
        return Ok(fd);
    }
    let _ = host::close(fd);
    Err(Errno(libc::EMFILE))
}

/// Of a folder in which nobody can do harm by it: chown(2) of `/proc/self/fd/N`, or fchownat(2), may not mean
/// `/`, which it only is for who may not search there.
fn placeholder(close_on_exec: bool) -> Result<c_int, Errno> {
    let flag = if close_on_exec { libc::O_CLOEXEC } else { 0 };
    let open = |path: &CStr| {
        let flags = (libc::O_PATH | flag) as usize;
        host::syscall(libc::SYS_openat, [instance::nowhere(), path.as_ptr() as usize, flags])
    };
    let fd = open(c".").or_else(|_| open(c"/"))?;
    Ok(fd as c_int)
}

/// What an inline call has made will be read and closed by inline calls too: it goes to where the
/// filter looks. If there is no room, `fd` itself.
fn move_to_window(fd: c_int, close_on_exec: bool) -> c_int {
    let command = if close_on_exec { libc::F_DUPFD_CLOEXEC } else { libc::F_DUPFD };
    let args = [fd as usize, command as usize, WINDOW.start as usize];
    let moved = with_room(WINDOW, || host::syscall(libc::SYS_fcntl, args));
    match moved {
        Ok(high) if WINDOW.contains(&(high as c_int)) => {
            let _ = host::close(fd);
            high as c_int
        }
        Ok(beyond) => {
            let _ = host::close(beyond as c_int);
            fd
        }
        Err(_) => fd,
    }
}

/// Does `action` with descriptors up to the end of `range` allowed. The program keeps its limit.
fn with_room(range: Range<c_int>, action: impl FnOnce() -> Outcome) -> Outcome {
    let limit = |new| limits::of_host(0, libc::RLIMIT_NOFILE, new);
    let before = limit(None)?;
    let needed = range.end as u64;
    if before.rlim_cur >= needed {
        return action();
    }
    limit(Some(rlimit { rlim_cur: needed.min(before.rlim_max), ..before }))?;
    let outcome = action();
    limit(Some(before))?;
    outcome
}

/// The host has just given this number. If the library has something there, somebody has closed
/// the descriptor without telling us.
pub fn forget_stale(fd: c_int) {
    if TABLE.set(fd, Owner::Host) != Owner::Host {
        let _ = library::close(fd);
    }
}

/// The host has made a descriptor.
pub fn made(outcome: Outcome) -> Outcome {
    outcome.inspect(|&fd| forget_stale(fd as c_int))
}

/// A message has brought this descriptor of the host's, which may be a letter about one of the
/// library's: then it becomes that. If it cannot, the letter stays, with which nothing can be done.
pub fn received(fd: c_int, close_on_exec: bool) {
    forget_stale(fd);
    let Some(letter) = Letter::at(fd) else { return };
    if fd >= LIMIT || letter.deliver(fd, close_on_exec).is_err() {
        return;
    }
    match replace_by_placeholder(fd, close_on_exec) {
        Err(_) => drop(library::close(fd)),
        Ok(()) => {
            TABLE.set(fd, Owner::Library);
            standard::follow(fd);
            letter.forget();
        }
    }
}

fn replace_by_placeholder(fd: c_int, close_on_exec: bool) -> Result<(), Errno> {
    let placeholder = placeholder(close_on_exec)?;
    let flags = if close_on_exec { libc::O_CLOEXEC } else { 0 };
    let args = [placeholder as usize, fd as usize, flags as usize];
    let replaced = host::syscall(libc::SYS_dup3, args);
    let _ = host::close(placeholder);
    replaced.map(drop)
}

/// The host makes two descriptors; the argument of this index says where it puts them.
pub fn made_pair(call: Call, index: usize) -> Outcome {
    let outcome = call.to_host()?;
    // SAFETY: the host has just written them there.
    let pair = unsafe { (call.args[index] as *const [c_int; 2]).read_unaligned() };
    pair.into_iter().for_each(forget_stale);
    Ok(outcome)
}

/// close(2).
pub fn close(call: Call) -> Outcome {
    let fd = call.int(0);
    match TABLE.set(fd, Owner::Host) {
        Owner::Host if instance::owns(fd) => Err(Errno(libc::EBADF)),
        Owner::Host => call.to_host(),
        Owner::Library => {
            let outcome = library::close(fd);
            let _ = host::close(fd);
            outcome
        }
        Owner::Mirrored => {
            let _ = library::close(fd);
            call.to_host()
        }
    }
}

/// close_range(2).
pub fn close_range(call: Call) -> Outcome {
    let end = |index: usize| (call.args[index] as u32).min(c_int::MAX as u32) as c_int;
    let (first, last, flags) = (end(0), end(1), call.args[2] as u32);
    if flags & libc::CLOSE_RANGE_UNSHARE != 0 {
        apart::of_process()?;
    }
    let only_marked = flags & libc::CLOSE_RANGE_CLOEXEC != 0;
    for fd in TABLE.foreign(first, last) {
        if only_marked {
            let args = [fd as usize, libc::F_SETFD as usize, libc::FD_CLOEXEC as usize];
            let _ = library::syscall(libc::SYS_fcntl, args);
        } else {
            TABLE.set(fd, Owner::Host);
            let _ = library::close(fd);
        }
    }
    close_range_of_host(call, first, last)
}

/// Leaves out what is the instance's.
fn close_range_of_host(call: Call, first: c_int, last: c_int) -> Outcome {
    let range = |first: c_int, last: usize| {
        call.with(libc::SYS_close_range, [first as usize, last, call.args[2]]).to_host()
    };
    let mut from = first;
    for kept in instance::descriptors_between(first, last) {
        if from < kept {
            range(from, kept as usize - 1)?;
        }
        from = kept + 1;
    }
    if from > last && from > first { Ok(0) } else { range(from, call.args[1]) }
}

/// dup(2).
pub fn duplicate(call: Call) -> Outcome {
    copy(call, false)
}

/// Has the host copy the descriptor, which may be a placeholder; and the library, if it is.
pub fn copy(call: Call, close_on_exec: bool) -> Outcome {
    let old = call.int(0);
    let new = made(call.to_host())? as c_int;
    if !TABLE.is_library(old) {
        return Ok(new as isize);
    }
    let new = if call.origin == Origin::Inline { move_to_window(new, close_on_exec) } else { new };
    forget_stale(new);
    copy_in_library(old, new, close_on_exec)?;
    Ok(new as isize)
}

/// dup2(2), dup3(2).
pub fn duplicate_to(call: Call) -> Outcome {
    let (old, new) = (call.int(0), call.int(1));
    if instance::owns(new) {
        return Err(Errno(libc::EBADF));
    }
    if old == new {
        return call.to_host();
    }
    call.to_host()?;
    if TABLE.is_library(old) {
        let close_on_exec = call.nr == libc::SYS_dup3 && call.int(2) & libc::O_CLOEXEC != 0;
        copy_in_library(old, new, close_on_exec)?;
    } else {
        forget_stale(new);
    }
    Ok(new as isize)
}

/// The host has a placeholder at `new`. What the library has there is closed.
fn copy_in_library(old: c_int, new: c_int, close_on_exec: bool) -> Result<(), Errno> {
    let flags = if close_on_exec { libc::O_CLOEXEC } else { 0 };
    let copied = library::syscall(libc::SYS_dup3, [old as usize, new as usize, flags as usize]);
    if copied.is_ok() && new < LIMIT {
        TABLE.set(new, Owner::Library);
        standard::follow(new);
        return Ok(());
    }
    forget_stale(new);
    let _ = host::close(new);
    Err(copied.err().unwrap_or(Errno(libc::EMFILE)))
}

/// This program has replaced another, whose descriptors are still in the library: those whose
/// placeholders the host has kept are its own now; the others were to be closed.
pub fn take_over() {
    for fd in library::open_descriptors() {
        if is_placeholder(fd) {
            TABLE.set(fd, Owner::Library);
            standard::follow(fd);
        } else {
            let _ = library::close(fd);
        }
    }
}

pub fn is_placeholder(fd: c_int) -> bool {
    let flags = host::syscall(libc::SYS_fcntl, [fd as usize, libc::F_GETFL as usize]);
    flags.is_ok_and(|flags| flags as c_int & libc::O_PATH != 0)
}

/// Puts a stand-in for a descriptor of the host into the library, to be polled there. What is not
/// open gets none, and the library says so.
pub fn mirror(fd: c_int) -> Result<(), Errno> {
    if !(0..LIMIT).contains(&fd) || TABLE.owner(fd) != Owner::Host || !host::is_open(fd) {
        return Ok(());
    }
    library::mirror(fd)?;
    TABLE.set(fd, Owner::Mirrored);
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use super::*;
    use crate::library::fake;
    use crate::route::dispatch;

    const CLOSE: i64 = libc::SYS_close;

    /// These tests count on numbers, which the whole process shares.
    fn alone() -> MutexGuard<'static, ()> {
        static TURN: Mutex<()> = Mutex::new(());
        TURN.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn call<const N: usize>(nr: i64, args: [usize; N]) -> Result<c_int, Errno> {
        dispatch(Call::new(Origin::Function, nr, args)).map(|value| value as c_int)
    }

    fn socket(flags: c_int) -> Result<c_int, Errno> {
        let kind = libc::SOCK_STREAM | flags;
        call(libc::SYS_socket, [libc::AF_INET as usize, kind as usize, 0])
    }

    fn host_flags(fd: c_int, command: c_int) -> c_int {
        host::syscall(libc::SYS_fcntl, [fd as usize, command as usize]).unwrap_or(-1) as c_int
    }

    /// What the library was asked: the call, and its first argument or the number for the result.
    fn seen() -> Vec<(i64, c_int)> {
        let short = |(nr, args, fd): fake::Seen| (nr, if fd < 0 { args[0] as c_int } else { fd });
        fake::seen().into_iter().map(short).collect()
    }

    #[test]
    fn a_socket_has_one_number_on_both_sides() {
        let _alone = alone();
        let fd = socket(libc::SOCK_CLOEXEC).expect("a socket");
        assert!(TABLE.is_library(fd));
        assert_ne!(host_flags(fd, libc::F_GETFL) & libc::O_PATH, 0);
        assert_eq!(host_flags(fd, libc::F_GETFD), libc::FD_CLOEXEC);
        assert_eq!(call(CLOSE, [fd as usize]), Ok(0));
        assert!(!TABLE.is_library(fd) && !host::is_open(fd));
        assert_eq!(seen(), [(libc::SYS_socket, fd), (CLOSE, fd)]);
    }

    #[test]
    fn a_socket_that_is_refused_leaves_nothing() {
        let _alone = alone();
        fake::answer(&[-(libc::EAFNOSUPPORT as isize)]);
        assert_eq!(socket(0), Err(Errno(libc::EAFNOSUPPORT)));
        let [(_, fd)] = seen()[..] else { panic!("one call") };
        assert!(!TABLE.is_library(fd) && !host::is_open(fd));
    }

    #[test]
    fn unix_sockets_are_the_hosts() {
        let _alone = alone();
        let args = [libc::AF_UNIX as usize, libc::SOCK_STREAM as usize, 0];
        let fd = call(libc::SYS_socket, args).expect("a socket");
        assert!(!TABLE.is_library(fd));
        assert_eq!(call(CLOSE, [fd as usize]), Ok(0));
        assert_eq!(seen(), []);
    }

    #[test]
    fn inline_sockets_are_where_the_filter_looks() {
        let limit = || limits::of_host(0, libc::RLIMIT_NOFILE, None).map(|limit| limit.rlim_cur);
        let _alone = alone();
        let before = limit();
        let inet = libc::AF_INET as usize;
        let inline = Call::new(Origin::Inline, libc::SYS_socket, [inet, 1, 0]);
        let fd = dispatch(inline).expect("a socket") as c_int;
        assert!(WINDOW.contains(&fd), "{fd}");
        assert_eq!(limit(), before);
        assert_eq!(call(CLOSE, [fd as usize]), Ok(0));
        seen();
    }

    #[test]
    fn copies_are_made_on_both_sides() {
        let _alone = alone();
        let fd = socket(0).expect("a socket");
        let copy = call(libc::SYS_dup, [fd as usize]).expect("a copy");
        assert!(TABLE.is_library(copy) && host::is_open(copy));
        assert_eq!(call(libc::SYS_dup2, [fd as usize, 700]), Ok(700));
        assert!(TABLE.is_library(700) && host::is_open(700));
        assert_eq!(seen(), [(libc::SYS_socket, fd), (libc::SYS_dup3, fd), (libc::SYS_dup3, fd)]);
        for fd in [fd, copy, 700] {
            assert_eq!(call(CLOSE, [fd as usize]), Ok(0));
        }
        seen();
    }

    #[test]
    fn a_file_takes_the_place_of_a_socket() {
        let _alone = alone();
        let fd = socket(0).expect("a socket");
        let root = [c"/".as_ptr() as usize, libc::O_RDONLY as usize];
        let file = call(libc::SYS_open, root).expect("a file");
        seen();
        assert_eq!(call(libc::SYS_dup2, [file as usize, fd as usize]), Ok(fd));
        assert!(!TABLE.is_library(fd) && host::is_open(fd));
        assert_eq!(seen(), [(CLOSE, fd)]);
        let range = [fd.min(file) as usize, fd.max(file) as usize, 0];
        assert_eq!(call(libc::SYS_close_range, range), Ok(0));
        assert!(!host::is_open(fd) && !host::is_open(file));
    }

    #[test]
    fn what_was_closed_behind_our_back_is_noticed() {
        let _alone = alone();
        let fd = socket(0).expect("a socket");
        host::close(fd).expect("the placeholder");
        seen();
        let again = socket(0).expect("a socket");
        assert_eq!(again, fd);
        assert_eq!(seen(), [(CLOSE, fd), (libc::SYS_socket, fd)]);
        assert_eq!(call(CLOSE, [fd as usize]), Ok(0));
        seen();
    }

    #[test]
    fn a_stand_in_goes_with_its_descriptor() {
        const FILE_CREATE: i64 = -1;
        let _alone = alone();
        let mut pair = [0 as c_int; 2];
        assert_eq!(call(libc::SYS_pipe, [pair.as_mut_ptr() as usize]), Ok(0));
        let [from, to] = pair;
        assert_eq!(mirror(from), Ok(()));
        assert_eq!(mirror(from), Ok(()));
        assert_eq!(TABLE.owner(from), Owner::Mirrored);
        assert_eq!(seen(), [(FILE_CREATE, from)]);
        assert_eq!(call(CLOSE, [from as usize]), Ok(0));
        assert_eq!(seen(), [(CLOSE, from)]);
        assert_eq!(call(CLOSE, [to as usize]), Ok(0));
        assert_eq!(mirror(from), Ok(()));
        assert_eq!(seen(), []);
    }
}

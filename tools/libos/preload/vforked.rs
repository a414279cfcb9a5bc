// SPDX-License-Identifier: GPL-2.0

//! Children of which the library does not know: those of an inline clone(2), as Go makes them for
//! os/exec, or of libc's own, for wordexp(3). Mostly such a child shares its parent's memory, whose
//! calling thread waits until it has executed a program or has ended (CLONE_VM, CLONE_VFORK); it does
//! little but to put its descriptors in order. One with a copy of the memory has nothing of the library.
//!
//! It has a table of descriptors for itself on the host, and none in the library. What it does to a
//! descriptor of the library, it does to the placeholder. When it executes a program, the placeholders
//! that are left tell which descriptors that is to have: each is replaced by a letter
//! ([`libos_host::letter`]), which the program opens as it begins. It is told in the environment where
//! they are. Until then the child is a thread of its parent's for the library: the one that waits.

use core::cell::RefCell;
use core::ffi::c_int;
use std::ffi::CString;
use std::fmt::Write;

use libos_host::letter::{self, Letter};

use crate::call::Call;
use crate::descriptors::{is_placeholder, received};
use crate::errno::Outcome;
use crate::exec::{Environment, Runner};
use crate::library::{self, kernel};
use crate::policy::{self, Class};
use crate::signals::mask;
use crate::table::{LIMIT, TABLE};
use crate::{host, route};

/// The numbers of the letters, with commas between them, in the environment.
pub const LETTERS: &[u8] = b"NUSE_LETTERS=";
const VARIABLE: &str = "NUSE_LETTERS";

/// `KCMP_FILE` and `KCMP_VM` of `<linux/kcmp.h>`.
const FILE: usize = 0;
const MEMORY: usize = 1;

/// As [`route::route`], for an inline call, which may be made by such a child: the table that it
/// changes is its own, and what it opens is the host's.
pub fn route(call: Call) -> Outcome {
    let is_for_itself = matches!(
        policy::class(call.nr),
        Class::Close | Class::Fcntl | Class::Open | Class::OpenAt | Class::OpenAt2 | Class::Create
    );
    if is_for_itself && !kernel::is_own() { call.to_host() } else { route::route(call) }
}

/// Whether a call of such a child's, be it by a function of libc, is for its own table: to the library it would
/// be one of the parent's. Others are not asked for their number.
pub fn is_for_own_table(call: &Call, class: Class) -> bool {
    let is_library = |index| TABLE.is_library(call.int(index));
    let changes = match class {
        Class::Close | Class::Duplicate => is_library(0),
        Class::DuplicateTo => is_library(0) || is_library(1),
        Class::CloseRange => true,
        Class::Fcntl => is_library(0) && CHANGES.contains(&call.int(1)),
        _ => false,
    };
    changes && !kernel::is_own()
}

/// Requests of fcntl(2) that change the table.
const CHANGES: [c_int; 3] = [libc::F_DUPFD, libc::F_DUPFD_CLOEXEC, libc::F_SETFD];

/// In such a child, which is about to execute a program: has letters in the place of descriptors of the
/// library. What the program is to find in its environment.
pub fn write_letters() -> Option<CString> {
    let own = host::syscall::<0>(libc::SYS_getpid, []).ok()? as usize;
    let parent = kernel::parent() as usize;
    // One with a memory for itself would be in the library beside its parent's thread.
    if !is_same(MEMORY, [parent, own], [0; 2]) {
        return None;
    }
    let had_task = kernel::has_task();
    // A signal would end this process in the library.
    let before = mask::set(mask::ALL);
    let letter_at = |fd: &c_int| {
        let here = Letter::at(*fd).is_some();
        here || is_placeholder(*fd)
            && stands_for(*fd, [parent, own]).is_some_and(|of| write(of, *fd))
    };
    let letters: Vec<_> = library::listed(host::syscall::<3>)
        .into_iter()
        .filter(|fd| *fd < LIMIT && !closes_on_exec(*fd))
        .filter(letter_at)
        .collect();
    if !had_task {
        // One that was made here has the wrong number of the thread.
        kernel::exit();
    }
    mask::restore(before);
    told(&letters)
}

fn told(letters: &[c_int]) -> Option<CString> {
    let mut told = String::new();
    for (at, fd) in letters.iter().enumerate() {
        let _ = write!(told, "{}{fd}", if at == 0 { "" } else { "," });
    }
    let all = [LETTERS, told.as_bytes()].concat();
    (!letters.is_empty()).then(|| CString::new(all).ok()).flatten()
}

/// The parent's descriptor of the library whose placeholder is at `fd` of the child.
fn stands_for(fd: c_int, processes: [usize; 2]) -> Option<c_int> {
    let is_it = |of: &c_int| is_same(FILE, processes, [*of as usize, fd as usize]);
    let same_number = Some(fd).filter(|fd| TABLE.is_library(*fd) && is_it(fd));
    let all = || TABLE.foreign(0, LIMIT).filter(|of| TABLE.is_library(*of));
    same_number.or_else(|| all().find(is_it))
}

/// kcmp(2): whether two processes have the same, by two numbers.
fn is_same(what: usize, [one, other]: [usize; 2], [of, at]: [usize; 2]) -> bool {
    host::syscall(libc::SYS_kcmp, [one, other, what, of, at]) == Ok(0)
}

fn closes_on_exec(fd: c_int) -> bool {
    let flags = host::syscall(libc::SYS_fcntl, [fd as usize, libc::F_GETFD as usize]);
    flags.is_ok_and(|flags| flags as c_int & libc::FD_CLOEXEC != 0)
}

/// Puts a letter about the parent's `of` in the place of the placeholder at `fd`.
fn write(of: c_int, fd: c_int) -> bool {
    let Ok(letter) = letter::write(of) else { return false };
    host::syscall(libc::SYS_dup3, [letter.fd as usize, fd as usize, 0]).is_ok()
}

thread_local! {
    /// What the last child of this thread has left in the memory.
    static LEFT: RefCell<Option<(Environment, Option<Runner>)>> = const { RefCell::new(None) };
}

/// In such a child: executes a program by `run`, for which the rest is. It stays with the parent: if `run`
/// succeeds, nobody is there any more to give it back.
pub fn executing(rest: (Environment, Option<Runner>), run: impl FnOnce() -> Outcome) -> Outcome {
    let (environment, mut runner) = rest;
    let copy = runner.as_mut().and_then(Runner::take_copy);
    LEFT.with_borrow_mut(|left| *left = Some((environment, runner)));
    let failed = run();
    drop(copy);
    failed
}

/// A program begins, which is no process of the library yet: opens the letters that it has been left.
pub fn receive() {
    let told = std::env::var(VARIABLE).unwrap_or_default();
    for fd in told.split(',').filter_map(|fd| fd.parse().ok()) {
        received(fd, false);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_program_is_told_where_letters_are() {
        assert_eq!(told(&[]), None);
        assert_eq!(told(&[3]).as_deref(), Some(c"NUSE_LETTERS=3"));
        assert_eq!(told(&[3, 17]).as_deref(), Some(c"NUSE_LETTERS=3,17"));
    }

    #[test]
    fn copies_of_a_descriptor_are_the_same() {
        let own = host::syscall::<0>(libc::SYS_getpid, []).expect("a number") as usize;
        let root = c"/".as_ptr() as usize;
        let open = || host::syscall(libc::SYS_open, [root, libc::O_PATH as usize]);
        let (one, other) = (open().expect("a file") as usize, open().expect("a file") as usize);
        let copy = host::syscall(libc::SYS_dup, [one]).expect("a copy") as usize;
        assert!(is_same(FILE, [own; 2], [one, copy]));
        assert!(!is_same(FILE, [own; 2], [one, other]));
        assert!(is_same(MEMORY, [own; 2], [0; 2]));
        for fd in [one, other, copy] {
            host::close(fd as c_int).expect("open");
        }
    }
}

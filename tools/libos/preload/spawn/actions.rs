// SPDX-License-Identifier: GPL-2.0

//! posix_spawn_file_actions_*(3): what the child does to its descriptors. The list is kept in the
//! program's object, in a form of our own: none but our functions look at it.

use core::ffi::c_int;
use core::ptr::null_mut;
use std::ffi::CString;

use crate::call::{Call, Origin};
use crate::errno::{Errno, Outcome};
use crate::{host, route};

/// One of them.
pub enum Action {
    Close(c_int),
    Duplicate {
        from: c_int,
        to: c_int,
    },
    Open {
        fd: c_int,
        path: CString,
        flags: c_int,
        mode: u32,
    },
    Enter(CString),
    EnterOpened(c_int),
    CloseFrom(c_int),
    /// The child's process group becomes that of the terminal.
    Foreground(c_int),
}

fn call<const N: usize>(nr: i64, args: [usize; N]) -> Outcome {
    route::route(Call::new(Origin::Function, nr, args))
}

impl Action {
    /// In the child.
    pub fn perform(&self) -> Result<(), Errno> {
        match self {
            Action::Close(fd) => {
                // One that is not open is closed.
                let _ = call(libc::SYS_close, [*fd as usize]);
                Ok(())
            }
            Action::Duplicate { from, to } => duplicate(*from, *to),
            Action::Open { fd, path, flags, mode } => {
                open(*fd, [path.as_ptr() as usize, *flags as usize, *mode as usize])
            }
            Action::Enter(path) => call(libc::SYS_chdir, [path.as_ptr() as usize]).map(drop),
            Action::EnterOpened(fd) => call(libc::SYS_fchdir, [*fd as usize]).map(drop),
            Action::CloseFrom(first) => {
                call(libc::SYS_close_range, [*first as usize, u32::MAX as usize, 0]).map(drop)
            }
            Action::Foreground(fd) => foreground(*fd),
        }
    }
}

/// A descriptor that is copied to itself is not closed by the program's start.
fn duplicate(from: c_int, to: c_int) -> Result<(), Errno> {
    if from != to {
        return call(libc::SYS_dup2, [from as usize, to as usize]).map(drop);
    }
    let fcntl =
        |command: c_int, value| call(libc::SYS_fcntl, [from as usize, command as usize, value]);
    let flags = fcntl(libc::F_GETFD, 0)? as usize;
    fcntl(libc::F_SETFD, flags & !(libc::FD_CLOEXEC as usize)).map(drop)
}

fn open(fd: c_int, args: [usize; 3]) -> Result<(), Errno> {
    let _ = call(libc::SYS_close, [fd as usize]);
    let opened = call(libc::SYS_open, args)? as c_int;
    if opened != fd {
        call(libc::SYS_dup2, [opened as usize, fd as usize])?;
        call(libc::SYS_close, [opened as usize])?;
    }
    Ok(())
}

fn foreground(fd: c_int) -> Result<(), Errno> {
    let group = host::syscall(libc::SYS_getpgid, [0])? as c_int;
    let args = [fd as usize, libc::TIOCSPGRP as usize, &raw const group as usize];
    call(libc::SYS_ioctl, args).map(drop)
}

/// The program's `posix_spawn_file_actions_t`.
#[repr(C)]
pub struct FileActions {
    list: *mut Vec<Action>,
}

const _: () = assert!(size_of::<FileActions>() <= size_of::<libc::posix_spawn_file_actions_t>());

impl FileActions {
    pub const EMPTY: FileActions = FileActions { list: null_mut() };

    pub fn add(&mut self, action: Action) {
        if self.list.is_null() {
            self.list = Box::into_raw(Box::default());
        }
        // SAFETY: made here, and the program uses the object in one thread at a time.
        unsafe { (*self.list).push(action) };
    }

    pub fn all(&self) -> &[Action] {
        // SAFETY: null, or made by `add`.
        unsafe { self.list.as_ref() }.map_or(&[], Vec::as_slice)
    }

    pub fn clear(&mut self) {
        let list = core::mem::replace(&mut self.list, null_mut());
        if !list.is_null() {
            // SAFETY: made by `add`, and now nobody's.
            drop(unsafe { Box::from_raw(list) });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_kept_in_order() {
        let mut actions = FileActions::EMPTY;
        assert!(actions.all().is_empty());
        actions.add(Action::Close(3));
        actions.add(Action::Duplicate { from: 4, to: 3 });
        assert!(matches!(actions.all(), [Action::Close(3), Action::Duplicate { from: 4, to: 3 }]));
        actions.clear();
        assert!(actions.all().is_empty());
    }
}

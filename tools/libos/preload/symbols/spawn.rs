// SPDX-License-Identifier: GPL-2.0

//! `<spawn.h>`, and system(3).

use core::ffi::{CStr, c_char, c_int, c_uint};

use libc::{pid_t, posix_spawn_file_actions_t, posix_spawnattr_t};

use crate::errno::{self, Errno};
use crate::exec::List;
use crate::shell;
use crate::spawn::{Action, Attributes, FileActions, Plan, Program};

/// posix_spawn(3).
///
/// # Safety
///
/// As for posix_spawn(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn posix_spawn(
    child: *mut pid_t,
    path: *const c_char,
    actions: *const posix_spawn_file_actions_t,
    attributes: *const posix_spawnattr_t,
    arguments: List,
    environment: List,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe {
        let program = Program::at(CStr::from_ptr(path));
        spawn(child, program, actions, attributes, [arguments, environment])
    }
}

/// posix_spawnp(3).
///
/// # Safety
///
/// As for posix_spawnp(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn posix_spawnp(
    child: *mut pid_t,
    file: *const c_char,
    actions: *const posix_spawn_file_actions_t,
    attributes: *const posix_spawnattr_t,
    arguments: List,
    environment: List,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe {
        let program = Program::found(CStr::from_ptr(file));
        spawn(child, program, actions, attributes, [arguments, environment])
    }
}

/// # Safety
///
/// As for posix_spawn(3).
unsafe fn spawn(
    child: *mut pid_t,
    program: Program,
    actions: *const posix_spawn_file_actions_t,
    attributes: *const posix_spawnattr_t,
    [arguments, environment]: [List; 2],
) -> c_int {
    // SAFETY: as the caller promises; the actions are in our form.
    unsafe {
        let actions = actions.cast::<FileActions>().as_ref().map_or(&[][..], FileActions::all);
        let attributes = Attributes::read(attributes);
        match (Plan { program, actions, attributes, arguments, environment }).carry_out() {
            Err(Errno(errno)) => errno,
            Ok(_) if child.is_null() => 0,
            Ok(number) => {
                child.write(number);
                0
            }
        }
    }
}

/// posix_spawn_file_actions_init(3).
///
/// # Safety
///
/// As for posix_spawn_file_actions_init(3).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_spawn_file_actions_init(
    actions: *mut posix_spawn_file_actions_t,
) -> c_int {
    // SAFETY: as the caller promises; ours is not larger.
    unsafe { actions.cast::<FileActions>().write(FileActions::EMPTY) };
    0
}

/// posix_spawn_file_actions_destroy(3).
///
/// # Safety
///
/// As for posix_spawn_file_actions_destroy(3).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn posix_spawn_file_actions_destroy(
    actions: *mut posix_spawn_file_actions_t,
) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { (*actions.cast::<FileActions>()).clear() };
    0
}

/// Adds an action about the descriptors `fds`.
///
/// # Safety
///
/// The actions are initialized.
unsafe fn add(actions: *mut posix_spawn_file_actions_t, fds: &[c_int], action: Action) -> c_int {
    // SAFETY: asks for a number.
    let limit = unsafe { libc::sysconf(libc::_SC_OPEN_MAX) };
    if fds.iter().any(|fd| *fd < 0 || i64::from(*fd) >= limit) {
        return libc::EBADF;
    }
    // SAFETY: as the caller promises.
    unsafe { (*actions.cast::<FileActions>()).add(action) };
    0
}

/// Functions that add an action about descriptors.
macro_rules! actions {
    ($($name:ident($($arg:ident: $type:ty),*), [$($fd:ident),*], $action:expr;)*) => {
        $(
            /// # Safety
            ///
            /// As libc's function of this name.
            #[unsafe(no_mangle)]
            pub unsafe extern "C" fn $name(
                actions: *mut posix_spawn_file_actions_t,
                $($arg: $type),*
            ) -> c_int {
                // SAFETY: as the caller promises.
                unsafe { add(actions, &[$($fd),*], $action) }
            }
        )*
    };
}

actions! {
    posix_spawn_file_actions_addclose(fd: c_int), [fd], Action::Close(fd);
    posix_spawn_file_actions_adddup2(from: c_int, to: c_int), [from, to],
        Action::Duplicate { from, to };
    posix_spawn_file_actions_addopen(fd: c_int, path: *const c_char, flags: c_int, mode: c_uint),
        [fd], Action::Open { fd, path: CStr::from_ptr(path).into(), flags, mode };
    posix_spawn_file_actions_addchdir_np(path: *const c_char), [],
        Action::Enter(CStr::from_ptr(path).into());
    posix_spawn_file_actions_addfchdir_np(fd: c_int), [fd], Action::EnterOpened(fd);
    posix_spawn_file_actions_addclosefrom_np(first: c_int), [first], Action::CloseFrom(first);
    posix_spawn_file_actions_addtcsetpgrp_np(fd: c_int), [fd], Action::Foreground(fd);
}

/// system(3).
///
/// # Safety
///
/// As for system(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn system(command: *const c_char) -> c_int {
    // SAFETY: a string, or null.
    let command = (!command.is_null()).then(|| unsafe { CStr::from_ptr(command) });
    errno::returned(shell::run(command)) as c_int
}

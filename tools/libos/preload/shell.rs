// SPDX-License-Identifier: GPL-2.0

//! Commands of the shell: system(3) and popen(3), of [`crate::spawn`].

use core::ffi::{CStr, c_char, c_int};
use core::ptr::null;
use std::sync::{Mutex, MutexGuard, PoisonError};

use libc::FILE;

use crate::call::{Call, Origin};
use crate::errno::{Errno, Outcome};
use crate::exec::List;
use crate::signals::action::{self, Action};
use crate::signals::mask;
use crate::spawn::{self, Attributes, Plan, Program};
use crate::{process, route, stdio};

unsafe extern "C" {
    static environ: List;
}

/// Starts the shell with `command`. Its number.
fn start(
    command: &CStr,
    actions: &[spawn::Action],
    attributes: Attributes,
) -> Result<c_int, Errno> {
    let words = [c"sh", c"-c", c"--", command].map(CStr::as_ptr);
    let mut arguments = [null::<c_char>(); 5];
    arguments[..words.len()].copy_from_slice(&words);
    let plan = Plan {
        program: Program::at(c"/bin/sh"),
        actions,
        attributes,
        arguments: arguments.as_ptr(),
        // SAFETY: the program's own.
        environment: unsafe { environ },
    };
    // SAFETY: two lists.
    unsafe { plan.carry_out() }
}

fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

// ---- system(3) ----

/// What is ignored while commands run.
const IGNORED: [c_int; 2] = [libc::SIGINT, libc::SIGQUIT];

/// What the program had for these before, and how many threads wait for a command.
struct Ignoring {
    threads: u32,
    before: [Action; 2],
}

static IGNORING: Mutex<Ignoring> =
    Mutex::new(Ignoring { threads: 0, before: [Action::DEFAULT; 2] });

/// Ignores them for one thread more. Those that were not, as a mask.
fn ignore() -> u64 {
    let mut ignoring = locked(&IGNORING);
    ignoring.threads += 1;
    if ignoring.threads == 1 {
        let ignore = Action { handler: libc::SIG_IGN, ..Action::DEFAULT };
        ignoring.before = IGNORED.map(|signal| action::exchange(signal, ignore));
    }
    let active = |(signal, before): (&c_int, &Action)| {
        if before.handler == libc::SIG_IGN { 0 } else { mask::bit(*signal) }
    };
    IGNORED.iter().zip(&ignoring.before).map(active).sum()
}

fn ignore_no_more() {
    let mut ignoring = locked(&IGNORING);
    ignoring.threads -= 1;
    if ignoring.threads == 0 {
        for (signal, before) in IGNORED.into_iter().zip(ignoring.before) {
            action::exchange(signal, before);
        }
    }
}

/// system(3): the status of the command. Without one, whether there is a shell.
pub fn run(command: Option<&CStr>) -> Outcome {
    match command {
        Some(command) => execute(command),
        None => execute(c"exit 0").map(|status| (status == 0).into()),
    }
}

fn execute(command: &CStr) -> Outcome {
    /// A shell that cannot be executed is like one that exits so.
    const NO_SHELL: isize = 127 << 8;
    let default = ignore();
    let before = mask::block(mask::bit(libc::SIGCHLD));
    let attributes = Attributes::of_signals(default, before);
    let status = match start(command, &[], attributes) {
        Ok(child) => process::wait(child).map(|status| status as isize),
        Err(_) => Ok(NO_SHELL),
    };
    mask::restore(before);
    ignore_no_more();
    status
}

// ---- popen(3) ----

/// A stream of popen(3).
struct Opened {
    stream: usize,
    fd: c_int,
    child: c_int,
}

static OPENED: Mutex<Vec<Opened>> = Mutex::new(Vec::new());

fn call<const N: usize>(nr: i64, args: [usize; N]) -> Outcome {
    route::route(Call::new(Origin::Function, nr, args))
}

fn close(fd: c_int) {
    let _ = call(libc::SYS_close, [fd as usize]);
}

/// popen(3).
pub fn open(command: &CStr, mode: &[u8]) -> Result<*mut FILE, Errno> {
    let (own, standard, name) = match (mode.contains(&b'r'), mode.contains(&b'w')) {
        (true, false) => (0, libc::STDOUT_FILENO, c"r"),
        (false, true) => (1, libc::STDIN_FILENO, c"w"),
        _ => return Err(Errno(libc::EINVAL)),
    };
    let mut pair = [0 as c_int; 2];
    call(libc::SYS_pipe2, [pair.as_mut_ptr() as usize, libc::O_CLOEXEC as usize])?;
    let (fd, other) = (pair[own], pair[1 - own]);
    let mut opened = locked(&OPENED);
    let child = begin(command, other, standard, &opened);
    close(other);
    let child = child.inspect_err(|_| close(fd))?;
    if !mode.contains(&b'e') {
        call(libc::SYS_fcntl, [fd as usize, libc::F_SETFD as usize, 0])?;
    }
    // SAFETY: a new descriptor, and a literal.
    let stream = unsafe { stdio::open_descriptor(fd, name.as_ptr()) };
    opened.push(Opened { stream: stream as usize, fd, child });
    Ok(stream)
}

/// The child has `end` for its standard stream, and none of the others that were opened so.
fn begin(command: &CStr, end: c_int, standard: c_int, opened: &[Opened]) -> Result<c_int, Errno> {
    let others = opened.iter().map(|opened| opened.fd).filter(|fd| *fd != standard);
    let mut actions = vec![spawn::Action::Duplicate { from: end, to: standard }];
    actions.extend(others.map(spawn::Action::Close));
    start(command, &actions, Attributes::default())
}

/// pclose(3), and fclose(3) of any stream.
///
/// # Safety
///
/// As for fclose(3).
pub unsafe fn close_stream(stream: *mut FILE) -> c_int {
    let child = take(stream);
    // SAFETY: as the caller promises.
    let closed = unsafe { stdio::close_stream(stream) };
    match child {
        None => closed,
        Some(child) => crate::errno::returned(process::wait(child).map(|s| s as isize)) as c_int,
    }
}

/// The child behind a stream, which is forgotten.
fn take(stream: *mut FILE) -> Option<c_int> {
    let mut opened = locked(&OPENED);
    let index = opened.iter().position(|opened| opened.stream == stream as usize)?;
    Some(opened.swap_remove(index).child)
}

// SPDX-License-Identifier: GPL-2.0

//! System calls of the library, with what the host's kernel does around its own: signals, the
//! restart of interrupted calls, cancellation.

use core::cell::Cell;
use core::ffi::{CStr, c_int, c_void};
use core::sync::atomic::{AtomicU32, Ordering};

#[cfg(not(test))]
pub use libos_host::thread as kernel;

#[cfg(test)]
pub use fake as kernel;

use crate::call::{Call, Origin};
use crate::errno::{self, Outcome};
use crate::signals::{deferral, restart};
use crate::{aside, cancel, credentials, instance};

/// Has the library execute `call`; the descriptors that it makes get the numbers `fds`, where these
/// are not -1.
pub fn call(call: &Call, fds: [c_int; 2]) -> Outcome {
    remember_thread();
    credentials::follow()?;
    let mut nr = call.nr;
    loop {
        test_cancellation(call);
        let result = cancel::never(|| enter(nr, call.args, fds));
        if result == -(libc::EINTR as isize) {
            test_cancellation(call);
        }
        match restart::decide(result, deferral::finish()) {
            restart::Decision::Return(result) => {
                return errno::outcome(result);
            }
            restart::Decision::Again => {}
            restart::Decision::Continue => nr = libc::SYS_restart_syscall,
        }
    }
}

#[inline]
fn enter(nr: i64, args: [usize; 6], fds: [c_int; 2]) -> isize {
    if fds[0] < 0 { kernel::syscall(nr, args) } else { kernel::syscall_fds(nr, args, fds) }
}

fn test_cancellation(call: &Call) {
    if call.origin == Origin::Point {
        cancel::test();
    }
}

/// Does `action`, which enters the library for something else than a system call.
pub fn outside_calls<R>(action: impl FnOnce() -> R) -> R {
    let result = action();
    kernel::forget_interruption();
    deferral::finish();
    result
}

/// System call `nr` of the library with up to six arguments.
pub fn syscall<const N: usize>(nr: i64, args: [usize; N]) -> Outcome {
    Call::new(Origin::Function, nr, args).to_library()
}

pub fn close(fd: c_int) -> Outcome {
    syscall(libc::SYS_close, [fd as usize])
}

/// The descriptors that the process has in the library.
pub fn open_descriptors() -> Vec<c_int> {
    listed(syscall::<3>)
}

/// The descriptors that the process has where `syscall` goes.
pub fn listed(syscall: fn(i64, [usize; 3]) -> Outcome) -> Vec<c_int> {
    const NAME: usize = core::mem::offset_of!(libc::dirent64, d_name);
    const LENGTH: usize = core::mem::offset_of!(libc::dirent64, d_reclen);
    let path = c"/proc/self/fd".as_ptr() as usize;
    let flags = (libc::O_RDONLY | libc::O_DIRECTORY) as usize;
    let Ok(folder) = syscall(libc::SYS_open, [path, flags, 0]) else { return Vec::new() };
    let mut found = Vec::new();
    let mut entries = [0u8; 4096];
    let room = [folder as usize, entries.as_mut_ptr() as usize, entries.len()];
    while let Ok(len @ 1..) = syscall(libc::SYS_getdents64, room) {
        let mut rest = &entries[..len as usize];
        while rest.len() > NAME {
            let length = usize::from(u16::from_ne_bytes([rest[LENGTH], rest[LENGTH + 1]]));
            let name = CStr::from_bytes_until_nul(&rest[NAME..]).unwrap_or_default();
            found.extend(name.to_str().ok().and_then(|name| name.parse::<c_int>().ok()));
            rest = rest.get(length..).unwrap_or_default();
        }
    }
    let _ = syscall(libc::SYS_close, [folder as usize, 0, 0]);
    found.retain(|fd| *fd != folder as c_int);
    found
}

/// Puts a stand-in for the host's `fd` at the same number.
pub fn mirror(fd: c_int) -> Outcome {
    remember_thread();
    errno::outcome(kernel::file_create(fd))
}

// ---- the end of threads ----

thread_local! {
    /// The end of this thread will be noticed.
    static REMEMBERED: Cell<bool> = const { Cell::new(false) };
}

/// A pthread key plus one; 0 before there is one.
static KEY: AtomicU32 = AtomicU32::new(0);

/// Prepares for threads to end.
pub fn watch_threads() {
    let mut key = 0;
    // SAFETY: the key is written.
    if unsafe { libc::pthread_key_create(&raw mut key, Some(forget_thread)) } == 0 {
        KEY.store(key + 1, Ordering::Release);
    }
}

#[inline]
pub fn remember_thread() {
    if !REMEMBERED.get() {
        set_key();
    }
}

#[cold]
fn set_key() {
    REMEMBERED.set(true);
    if let Some(key) = KEY.load(Ordering::Acquire).checked_sub(1) {
        // SAFETY: the key exists; any value but null has the destructor called.
        unsafe { libc::pthread_setspecific(key, (&raw const KEY).cast()) };
    }
}

/// The calling thread ends without libc's knowledge.
pub fn forget_own_thread() {
    REMEMBERED.set(false);
    // Where the process is ending, the library has forgotten it, and lets nobody in: a destructor of another
    // library may wait for this thread.
    if !instance::has_ended() {
        kernel::exit();
    }
    aside::forget();
}

/// The thread ends. If another destructor after this one calls the library, the thread is there
/// again, and so is this.
unsafe extern "C" fn forget_thread(_value: *mut c_void) {
    forget_own_thread();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::errno::Errno;

    fn read(answers: &[isize]) -> (Outcome, Vec<i64>) {
        kernel::answer(answers);
        let outcome = syscall(libc::SYS_read, [5, 0, 0]);
        (outcome, kernel::seen().into_iter().map(|(nr, ..)| nr).collect())
    }

    #[test]
    fn results_and_errors_come_back() {
        assert_eq!(read(&[7]), (Ok(7), vec![libc::SYS_read]));
        let errno = -(libc::ECONNRESET as isize);
        assert_eq!(read(&[errno]), (Err(Errno(libc::ECONNRESET)), vec![libc::SYS_read]));
    }

    #[test]
    fn without_a_handler_calls_go_on() {
        assert_eq!(read(&[-512, -513, 3]), (Ok(3), vec![libc::SYS_read; 3]));
        let continued = vec![libc::SYS_read, libc::SYS_restart_syscall];
        assert_eq!(read(&[-516, 3]), (Ok(3), continued));
    }
}

/// A library for the tests: answers as they say, and remembers what it was asked.
#[cfg(test)]
pub mod fake {
    use std::cell::{Cell, RefCell};
    use std::collections::VecDeque;

    /// A call that was made: number, first three arguments, descriptor.
    pub type Seen = (i64, [usize; 3], i32);

    thread_local! {
        static ANSWERS: RefCell<VecDeque<isize>> = const { RefCell::new(VecDeque::new()) };
        static SEEN: RefCell<Vec<Seen>> = const { RefCell::new(Vec::new()) };
        static INTERRUPTIONS: Cell<usize> = const { Cell::new(0) };
    }

    /// What the next calls give; later ones give 0.
    pub fn answer(answers: &[isize]) {
        ANSWERS.with_borrow_mut(|queue| queue.extend(answers));
    }

    /// The calls since the last time.
    pub fn seen() -> Vec<Seen> {
        SEEN.take()
    }

    pub fn syscall(nr: i64, args: [usize; 6]) -> isize {
        syscall_fds(nr, args, [-1; 2])
    }

    pub fn syscall_fds(nr: i64, args: [usize; 6], fds: [i32; 2]) -> isize {
        SEEN.with_borrow_mut(|seen| seen.push((nr, [args[0], args[1], args[2]], fds[0])));
        ANSWERS.with_borrow_mut(VecDeque::pop_front).unwrap_or(0)
    }

    pub fn file_create(fd: i32) -> isize {
        SEEN.with_borrow_mut(|seen| seen.push((-1, [0; 3], fd)));
        0
    }

    pub fn inside() -> bool {
        false
    }

    pub fn interrupt_self() {
        INTERRUPTIONS.set(INTERRUPTIONS.get() + 1);
    }

    pub fn is_own() -> bool {
        true
    }
    pub fn follow_credentials(_others: bool) -> isize {
        0
    }
    pub fn parent() -> u32 {
        0
    }
    pub fn has_task() -> bool {
        true
    }
    pub fn file_watch(_fd: i32) {}
    pub fn forget_interruption() {}
    pub fn exit() {}
    pub fn process_exit() {}
    pub fn fork_prepare() -> isize {
        0
    }
    pub fn fork_failed() {}
    pub fn fork_done() {}
    pub fn fork_parent(_pid: u32) {}
    pub fn kill(_target: i32, _signal: i32) -> isize {
        0
    }
    pub fn leave() {}
    pub fn stay() {}
    pub fn fork_child() -> isize {
        0
    }
}

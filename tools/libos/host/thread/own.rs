// SPDX-License-Identifier: GPL-2.0

//! The calling thread's task in the program's only instance, made at its first call.

use core::cell::UnsafeCell;
use core::mem::ManuallyDrop;
use core::ptr::null_mut;
use core::sync::atomic::{Ordering, fence};

use liblinux_abi::SimIovec;

use super::Thread;
use crate::current::{self, busy};
use crate::kill;
use crate::layout::Slot;
use crate::pid::own_number;
use crate::process::process;
use crate::{credentials, entry, stray, wait, wake, watch};

thread_local! {
    /// This thread in the program's only instance. Not dropped with the thread's other variables:
    /// their destructors may still call, and [`exit`] is told when none is left.
    static OWN: UnsafeCell<Option<ManuallyDrop<Thread>>> = const { UnsafeCell::new(None) };
}

/// The calling thread's task in the program's instance, made when first needed. A process that the
/// library does not know has no descriptors there.
pub(super) fn with_own(call: impl FnOnce(&Thread) -> isize) -> isize {
    if stray::is_stray() {
        return -(libc::EBADF as isize);
    }
    OWN.with(|own| {
        // SAFETY: only this thread has it, and `call` does not come back here: a signal handler
        // that interrupts it does not call the library.
        let own = unsafe { &mut *own.get() };
        if own.is_none() {
            *own = Thread::new(process()).ok().map(ManuallyDrop::new);
        }
        match own {
            Some(thread) => call(thread),
            None => no_memory(),
        }
    })
}

/// System call `nr` in the program's instance; see [`Thread::syscall`].
#[inline]
pub fn syscall(nr: i64, args: [usize; 6]) -> isize {
    with_own(|thread| thread.syscall(nr, args))
}

/// See [`Thread::syscall_fds`].
#[inline]
pub fn syscall_fds(nr: i64, args: [usize; 6], fds: [i32; 2]) -> isize {
    // One that is to make a descriptor.
    if stray::is_stray() {
        return -(libc::ENETDOWN as isize);
    }
    with_own(|thread| thread.syscall_fds(nr, args, fds))
}

/// See [`Thread::file_create`].
pub fn file_create(fd: i32) -> isize {
    with_own(|thread| busy(|| thread.file_create(fd)))
}

/// Tells the library who the calling thread is on the host; with `others`, also of those that come after
/// it in this process.
pub fn follow_credentials(others: bool) -> isize {
    credentials::with_own(|credentials| {
        with_own(|thread| busy(|| thread.set_credentials(credentials, others)))
    })
}

/// Watches a file of the host that has a stand-in already: after fork(2), in the child.
pub fn file_watch(fd: i32) {
    if !stray::is_stray() {
        watch::arm(process(), fd);
    }
}

/// See [`Thread::file_pieces`].
pub(crate) fn file_pieces(fd: i32, room: &mut [SimIovec]) -> isize {
    with_own(|thread| thread.file_pieces(fd, room))
}

/// See [`crate::letter`].
pub(crate) fn file_hold(fd: i32, name: u64) -> isize {
    with_own(|thread| thread.file_hold(fd, name))
}

/// See [`crate::letter`].
pub(crate) fn file_take(name: u64, fd: i32, flags: i32) -> isize {
    with_own(|thread| thread.file_take(name, fd, flags))
}

pub(super) fn no_memory() -> isize {
    -(libc::ENOMEM as isize)
}

/// Makes the call return soon that this thread is in, or its next one that would wait. For a signal
/// handler.
pub fn interrupt_self() {
    if let Some(slot) = current::want_back() {
        let process = process();
        let number = (core::ptr::from_ref(slot) as usize - process.slot(0) as *const Slot as usize)
            / size_of::<Slot>();
        wake::wake(process, number + 1);
    }
}

/// Whether the calling process is the one that attached, and no child of which the library does not
/// know.
pub fn is_own() -> bool {
    !stray::is_stray() && parent() == own_number()
}

/// The number of that process.
pub fn parent() -> u32 {
    process().pid.load(Ordering::Relaxed)
}

/// Whether the calling thread has its task already.
pub fn has_task() -> bool {
    // SAFETY: only this thread has it, and it makes no call.
    OWN.with(|own| unsafe { &*own.get() }.is_some())
}

/// The calling thread ends. It may be one of a launcher's, whose instance is gone.
pub fn exit() {
    if !has_task() || stray::is_stray() {
        return;
    }
    OWN.with(|own| {
        // SAFETY: only this thread has it, and it makes no call.
        drop(unsafe { (*own.get()).take() }.map(ManuallyDrop::into_inner));
    });
}

/// The process ends: its descriptors are closed in the library.
pub fn process_exit() {
    if stray::is_stray() {
        return;
    }
    leave();
    let process = process();
    kill::keep_out_with(process, process.own_slot().pid.load(), true);
    if let Some(kill) = process.exported().process_kill {
        // SAFETY: callable by a thread outside the kernel, for whom there is no task from now on.
        busy(|| unsafe { kill(process.key()) });
    }
    let shared = process.shared();
    // SAFETY: only this thread has it, and it makes no call.
    if let Some(own) = OWN.with(|own| unsafe { (*own.get()).take() }) {
        process.forget_tasks(&[own.task as u64]);
        shared.free_slot(own.number);
    }
    // Other threads may be in the middle of waiting: their slots are freed when they are gone.
    fence(Ordering::SeqCst);
    if !shared.has_threads(process.index.load(Ordering::Relaxed)) {
        process.own_slot().free();
    }
}

/// Before this process ends or executes another program: none of its threads may be in the kernel
/// then. Followed by [`stay`] if nothing comes of it; the calling thread makes no call in between.
pub fn leave() {
    if stray::is_stray() {
        return;
    }
    entry::set_leaver(true);
    set_leaving(true);
    wait::step_down(process());
}

/// Undoes [`leave`].
pub fn stay() {
    if stray::is_stray() {
        return;
    }
    set_leaving(false);
    entry::set_leaver(false);
}

fn set_leaving(leave: bool) {
    // SAFETY: only this thread has it, and it makes no call.
    let own = OWN.with(|own| unsafe { &*own.get() }.as_ref().map_or(null_mut(), |own| own.task));
    entry::keep_out(process(), process().own_slot(), leave, own);
}

/// kill(2), see [`crate::kill`].
pub fn kill(target: i32, signal: i32) -> isize {
    crate::kill::kill(process(), target, signal)
}

/// In the child of fork(2): this is the thread's task from now on; the parent's is the parent's.
pub(super) fn replace(thread: Thread) {
    // SAFETY: only this thread has it, and it makes no call.
    OWN.with(|own| unsafe { *own.get() = Some(ManuallyDrop::new(thread)) });
}

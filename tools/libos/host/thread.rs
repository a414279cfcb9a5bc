// SPDX-License-Identifier: GPL-2.0

//! Threads of the host and their tasks in the library.
//!
//! A [`Thread`] is one thread's task in one instance. A program under NUSE has one instance, and
//! each of its threads gets its task at its first call: the functions of this module.

use core::cell::{Cell, UnsafeCell};
use core::mem::ManuallyDrop;
use core::ptr::null_mut;
use core::sync::atomic::{Ordering, fence};

use liblinux_abi::{SimIovec, SimTask};

use crate::error::Error;
use crate::layout::{PARK_NONE, PID_TO_COME, ProcessSlot, SLOTS, Slot};
use crate::look::LastLook;
use crate::process::{Process, own_pid, process};
use crate::{gate, guard, look, sys, transmit, wait, wake, watch};

/// The calling thread's task in one instance. It may be used by this thread only.
pub struct Thread {
    process: &'static Process,
    task: *mut SimTask,
    /// Number of its slot; the library knows it plus one as the task's `private`.
    number: usize,
    last_look: LastLook,
}

thread_local! {
    /// The task for which this thread is in the library.
    static CURRENT: Cell<*mut SimTask> = const { Cell::new(null_mut()) };
    /// The slot of that task, for a signal handler.
    static INSIDE: Cell<Option<&'static Slot>> = const { Cell::new(None) };
    /// This thread is in the library for no task.
    static BUSY: Cell<bool> = const { Cell::new(false) };
    /// This thread has its process leave, or another one: it may enter the library as before.
    static LEAVER: Cell<bool> = const { Cell::new(false) };
    /// A signal handler wants the call to return.
    static INTERRUPTED: Cell<bool> = const { Cell::new(false) };
    /// This thread in the program's only instance. Not dropped with the thread's other variables:
    /// their destructors may still call, and [`exit`] is told when none is left.
    static OWN: UnsafeCell<Option<ManuallyDrop<Thread>>> = const { UnsafeCell::new(None) };
}

/// The library's `task_current`.
pub(crate) fn current_task() -> *mut SimTask {
    CURRENT.get()
}

type Create = unsafe extern "C" fn(*mut core::ffi::c_void, core::ffi::c_ulong) -> *mut SimTask;

impl Thread {
    /// A task for the calling thread.
    pub fn new(process: &'static Process) -> Result<Self, Error> {
        let number = take_slot(process)?;
        // Whoever has the process end sees the slot, or this thread that it is to stay out.
        fence(Ordering::SeqCst);
        while !may_enter(process) {
            stay_out(process);
        }
        let private = (number + 1) as *mut core::ffi::c_void;
        // SAFETY: the instance has been booted.
        let create = |create: Create| busy(|| unsafe { create(private, process.key()) });
        let task = process.exported().task_create.map_or(null_mut(), create);
        if task.is_null() {
            process.shared().free_slot(number);
            return Err(Error::host("a task in the instance", libc::ENOMEM));
        }
        Ok(Self::with(process, task, number))
    }

    fn with(process: &'static Process, task: *mut SimTask, number: usize) -> Self {
        process.slot(number).task.store(task as u64, Ordering::Relaxed);
        Thread { process, task, number, last_look: LastLook::default() }
    }

    /// System call `nr` in the instance. The result, or a negative errno; -512 to -514 are
    /// ERESTARTSYS, ERESTARTNOINTR and ERESTARTNOHAND.
    #[inline]
    pub fn syscall(&self, nr: i64, args: [usize; 6]) -> isize {
        self.syscall_fds(nr, args, [-1; 2])
    }

    /// As [`Thread::syscall`]; descriptors that the call makes get the numbers `fds`.
    #[inline]
    pub fn syscall_fds(&self, nr: i64, args: [usize; 6], fds: [i32; 2]) -> isize {
        look::look(self.process, &self.last_look, nr);
        let args = args.map(|arg| arg as u64);
        let exported = self.process.exported();
        self.enter(|task| {
            // Files of the host that are ready must be among the first answer.
            if watch::needed(self.process) && look::asks_what_is_ready(nr) {
                watch::report(self.process, false);
            }
            // SAFETY: this thread's own task; the arguments are the call's own risk.
            unsafe {
                match (fds[0] >= 0, exported.task_syscall, exported.task_syscall_fds) {
                    (false, Some(syscall), _) => syscall(task, nr, &args) as isize,
                    (true, _, Some(syscall)) => syscall(task, nr, &args, &fds) as isize,
                    _ => -(libc::ENOSYS as isize),
                }
            }
        })
    }

    /// Puts a stand-in for the host's descriptor `fd` at the same number of the library's table.
    pub fn file_create(&self, fd: i32) -> isize {
        let Some(create) = self.process.exported().file_create else {
            return -(libc::ENOSYS as isize);
        };
        if !watch::make(self.process) {
            return no_memory();
        }
        let private = fd as usize as *mut core::ffi::c_void;
        // SAFETY: this thread's own task.
        self.enter(|task| unsafe { create(task, fd, private) } as isize)
    }

    /// Holds the file at the library's descriptor `fd` under `name`.
    fn file_hold(&self, fd: i32, name: u64) -> isize {
        let Some(hold) = self.process.exported().file_hold else {
            return -(libc::ENOSYS as isize);
        };
        // SAFETY: this thread's own task.
        self.enter(|task| unsafe { hold(task, fd, name) } as isize)
    }

    /// Puts the file held under `name` at the library's descriptor `fd`.
    fn file_take(&self, name: u64, fd: i32, flags: i32) -> isize {
        let Some(take) = self.process.exported().file_take else {
            return -(libc::ENOSYS as isize);
        };
        // SAFETY: this thread's own task.
        self.enter(|task| unsafe { take(task, name, fd, flags) } as isize)
    }

    /// Where the memory is that the library's descriptor `fd` shares by mmap(2), as far as there is
    /// room for the pieces. How many there are, or a negative errno.
    fn file_pieces(&self, fd: i32, room: &mut [SimIovec]) -> isize {
        let Some(pieces) = self.process.exported().file_pieces else {
            return -(libc::ENODEV as isize);
        };
        // SAFETY: this thread's own task, and the caller's room.
        self.enter(|task| unsafe { pieces(task, fd, room.as_mut_ptr(), room.len()) } as isize)
    }

    /// Executes `call` with this task as the current one.
    #[inline]
    pub fn enter<R>(&self, call: impl FnOnce(*mut SimTask) -> R) -> R {
        let before = CURRENT.replace(self.task);
        let outer = INSIDE.replace(Some(self.process.slot(self.number)));
        let result = call(self.task);
        INSIDE.set(outer);
        CURRENT.set(before);
        if outer.is_none() {
            INTERRUPTED.set(false);
        }
        transmit::flush(self.process);
        self.process.shared().moved();
        result
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        if let Some(destroy) = self.process.exported().task_destroy {
            // SAFETY: this thread's own task, in no call.
            self.enter(|task| unsafe { destroy(task) });
        }
        self.process.shared().free_slot(self.number);
    }
}

fn take_slot(process: &Process) -> Result<usize, Error> {
    for (number, slot) in process.shared().slot.iter().enumerate() {
        let free = slot.used.compare_exchange(0, 1, Ordering::AcqRel, Ordering::Relaxed);
        if free.is_ok() {
            process.shared().threads.fetch_add(1, Ordering::Relaxed);
            own_slot(process, slot);
            return Ok(number);
        }
    }
    Err(Error::Full { what: "threads", limit: SLOTS })
}

fn own_slot(process: &Process, slot: &Slot) {
    // SAFETY: asks for a number.
    let tid = unsafe { gate::syscall(libc::SYS_gettid, [0; 6]) };
    slot.tid.store(tid as u32, Ordering::Relaxed);
    slot.process.store(process.index.load(Ordering::Relaxed), Ordering::Relaxed);
    slot.follows.store(0, Ordering::Relaxed);
    slot.task.store(0, Ordering::Relaxed);
    slot.park.store(PARK_NONE, Ordering::Release);
}

/// Called by the waiting thread before it waits: hands a signal handler's wish to the library.
pub(crate) fn take_interruption(process: &Process) -> bool {
    if BUSY.get() || !INTERRUPTED.replace(false) {
        return false;
    }
    if let Some(interrupt) = process.exported().task_interrupt {
        // SAFETY: this thread's own task, and the processor is not held.
        unsafe { interrupt(CURRENT.get()) };
    }
    true
}

// ---- the program's only instance ----

/// The calling thread's task in the program's instance, made when first needed.
fn with_own<R>(call: impl FnOnce(&Thread) -> R, failed: impl FnOnce() -> R) -> R {
    OWN.with(|own| {
        // SAFETY: only this thread has it, and `call` does not come back here: a signal handler
        // that interrupts it does not call the library.
        let own = unsafe { &mut *own.get() };
        if own.is_none() {
            *own = Thread::new(process()).ok().map(ManuallyDrop::new);
        }
        match own {
            Some(thread) => call(thread),
            None => failed(),
        }
    })
}

/// System call `nr` in the program's instance; see [`Thread::syscall`].
#[inline]
pub fn syscall(nr: i64, args: [usize; 6]) -> isize {
    with_own(|thread| thread.syscall(nr, args), no_memory)
}

/// See [`Thread::syscall_fds`].
#[inline]
pub fn syscall_fds(nr: i64, args: [usize; 6], fds: [i32; 2]) -> isize {
    with_own(|thread| thread.syscall_fds(nr, args, fds), no_memory)
}

/// See [`Thread::file_create`].
pub fn file_create(fd: i32) -> isize {
    with_own(|thread| thread.file_create(fd), no_memory)
}

/// Watches a file of the host that has a stand-in already: after fork(2), in the child.
pub fn file_watch(fd: i32) {
    watch::arm(process(), fd);
}

/// See [`Thread::file_pieces`].
pub(crate) fn file_pieces(fd: i32, room: &mut [SimIovec]) -> isize {
    with_own(|thread| thread.file_pieces(fd, room), no_memory)
}

/// See [`crate::letter`].
pub(crate) fn file_hold(fd: i32, name: u64) -> isize {
    with_own(|thread| thread.file_hold(fd, name), no_memory)
}

/// See [`crate::letter`].
pub(crate) fn file_take(name: u64, fd: i32, flags: i32) -> isize {
    with_own(|thread| thread.file_take(name, fd, flags), no_memory)
}

fn no_memory() -> isize {
    -(libc::ENOMEM as isize)
}

/// Whether this thread is in the library: executing it, or waiting in it. For a signal handler.
#[must_use]
pub fn inside() -> bool {
    INSIDE.get().is_some() || BUSY.get()
}

/// Makes the call return soon that this thread is in, or its next one that would wait. For a signal
/// handler.
pub fn interrupt_self() {
    INTERRUPTED.set(true);
    if let Some(slot) = INSIDE.get() {
        let process = process();
        let number = (core::ptr::from_ref(slot) as usize - process.slot(0) as *const Slot as usize)
            / size_of::<Slot>();
        wake::wake(process, number + 1);
    }
}

/// The calling thread ends.
pub fn exit() {
    OWN.with(|own| {
        // SAFETY: only this thread has it, and it makes no call.
        drop(unsafe { (*own.get()).take() }.map(ManuallyDrop::into_inner));
    });
}

/// Before this process ends or executes another program: none of its threads may be in the kernel
/// then. Followed by [`stay`] if nothing comes of it; the calling thread makes no call in between.
pub fn leave() {
    LEAVER.set(true);
    set_leaving(true);
    wait::step_down(process());
}

/// kill(2), see [`crate::kill`].
pub fn kill(target: i32, signal: i32) -> isize {
    crate::kill::kill(process(), target, signal)
}

/// Undoes [`leave`].
pub fn stay() {
    set_leaving(false);
    LEAVER.set(false);
}

fn set_leaving(leave: bool) {
    // SAFETY: only this thread has it, and it makes no call.
    let own = OWN.with(|own| unsafe { &*own.get() }.as_ref().map_or(null_mut(), |own| own.task));
    keep_out(process(), process().own_slot(), leave, own);
}

/// Keeps the threads of the process with this slot out, or lets them in again: those that come for their
/// tasks, all but `except`, and, by the slot, those that come for none. When this returns, none is in.
pub(crate) fn keep_out(process: &Process, slot: &ProcessSlot, out: bool, except: *mut SimTask) {
    let before = LEAVER.replace(true);
    if out {
        slot.leaving.store(1, Ordering::SeqCst);
    }
    if let Some(leave) = process.exported().process_leave {
        // SAFETY: the calling thread is outside the kernel.
        busy(|| unsafe { leave(slot.key.load(Ordering::Acquire), out, except) });
    }
    if !out {
        slot.leaving.store(0, Ordering::SeqCst);
        sys::futex_wake(&slot.leaving, u32::MAX >> 1);
    }
    LEAVER.set(before);
}

/// The library's `thread_may_enter`.
pub(crate) fn may_enter(process: &Process) -> bool {
    process.own_slot().leaving.load(Ordering::SeqCst) == 0 || LEAVER.get()
}

/// The library's `thread_stay_out`.
pub(crate) fn stay_out(process: &Process) {
    sys::futex_wait(&process.own_slot().leaving, 1, None);
}

/// Makes `call` of the library, which is made for no task and cannot be interrupted: what wants to is
/// for the call that follows.
pub(crate) fn busy<R>(call: impl FnOnce() -> R) -> R {
    let before = BUSY.replace(true);
    let result = call();
    BUSY.set(before);
    result
}

/// No call follows.
pub fn forget_interruption() {
    INTERRUPTED.set(false);
}

/// The process ends: its descriptors are closed in the library.
pub fn process_exit() {
    leave();
    let process = process();
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
        process.own_slot().pid.store(0, Ordering::Release);
    }
}

/// What [`fork_prepare`] has made for the child.
#[derive(Clone, Copy)]
struct Child {
    key: u64,
    place: usize,
    number: usize,
    task: *mut SimTask,
}

thread_local! {
    static CHILD: Cell<Option<Child>> = const { Cell::new(None) };
}

/// Before fork(2): makes the child's process in the library. 0 or a negative errno.
pub fn fork_prepare() -> isize {
    with_own(
        |thread| match thread.make_child() {
            Ok(child) => {
                CHILD.set(Some(child));
                0
            }
            Err(Error::Full { .. }) => -(libc::EAGAIN as isize),
            Err(_) => no_memory(),
        },
        no_memory,
    )
}

impl Thread {
    fn make_child(&self) -> Result<Child, Error> {
        let process = self.process;
        let place = process.take_place(PID_TO_COME)?;
        let free_place = || process.shared().process[place].pid.store(0, Ordering::Release);
        let number = take_slot(process).inspect_err(|_| free_place())?;
        let key = process.new_key();
        process.shared().process[place].parent.store(process.key(), Ordering::Relaxed);
        process.shared().process[place].key.store(key, Ordering::Release);
        let private = (number + 1) as *mut core::ffi::c_void;
        let task = process.exported().task_fork.map_or(null_mut(), |fork| {
            // SAFETY: this thread's own task.
            self.enter(|task| unsafe { fork(task, private, key) })
        });
        if task.is_null() {
            process.shared().free_slot(number);
            free_place();
            return Err(Error::host("a process in the instance", libc::ENOMEM));
        }
        process.slot(number).task.store(task as u64, Ordering::Relaxed);
        Ok(Child { key, place, number, task })
    }
}

/// After fork(2), in the parent: the child's number, by which its end will be noticed, should it
/// not come to say so itself.
pub fn fork_parent(pid: u32) {
    if let Some(child) = CHILD.take() {
        tell_pid(child.place, pid);
    }
}

/// As [`fork_parent`], if the number is not known: the child tells it itself.
pub fn fork_done() {
    CHILD.take();
}

fn tell_pid(place: usize, pid: u32) {
    let place = &process().shared().process[place].pid;
    let _ = place.compare_exchange(PID_TO_COME, pid, Ordering::AcqRel, Ordering::Relaxed);
}

/// After fork(2) has failed: undoes [`fork_prepare`].
pub fn fork_failed() {
    let Some(child) = CHILD.take() else { return };
    let process = process();
    if let Some(kill) = process.exported().process_kill {
        // SAFETY: as in `process_exit`.
        busy(|| unsafe { kill(child.key) });
    }
    process.forget_tasks(&[child.task as u64]);
    process.shared().free_slot(child.number);
    process.shared().process[child.place].pid.store(0, Ordering::Release);
}

/// After fork(2), in the child: becomes the process that [`fork_prepare`] made.
pub fn fork_child() -> isize {
    let Some(child) = CHILD.take() else { return no_memory() };
    let process = process();
    tell_pid(child.place, own_pid());
    guard::watch(process);
    process.settle(child.place, child.key);
    watch::forget(process);
    watch::make(process);
    own_slot(process, process.slot(child.number));
    CURRENT.set(null_mut());
    INSIDE.set(None);
    LEAVER.set(false);
    OWN.with(|own| {
        // SAFETY: only this thread is left; the parent's task is the parent's.
        unsafe {
            *own.get() = Some(ManuallyDrop::new(Thread::with(process, child.task, child.number)));
        }
    });
    0
}

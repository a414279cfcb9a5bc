// SPDX-License-Identifier: GPL-2.0

//! Threads of the host and their tasks in the library.
//!
//! A [`Thread`] is one thread's task in one instance. A program under NUSE has one instance, and
//! each of its threads gets its task at its first call: the functions of this module.

mod fork;
mod own;

use core::ptr::null_mut;
use core::sync::atomic::{Ordering, fence};

use liblinux_abi::{SimCredentials, SimIovec, SimTask};

use crate::current::busy;
use crate::error::Error;
use crate::layout::{PARK_NONE, SLOTS, Slot};
use crate::look::LastLook;
use crate::process::Process;
use crate::{current, entry, gate, look, transmit, wait, watch};

pub use crate::current::{forget_interruption, inside};
pub use fork::{fork_child, fork_done, fork_failed, fork_parent, fork_prepare};
pub use own::{
    exit, file_create, file_watch, follow_credentials, has_task, interrupt_self, is_own, kill,
    leave, parent, process_exit, stay, syscall, syscall_fds,
};
pub(crate) use own::{file_hold, file_pieces, file_take};

/// The calling thread's task in one instance. It may be used by this thread only.
pub struct Thread {
    process: &'static Process,
    task: *mut SimTask,
    /// Number of its slot; the library knows it plus one as the task's `private`.
    number: usize,
    last_look: LastLook,
}

type Create = unsafe extern "C" fn(*mut core::ffi::c_void, core::ffi::c_ulong) -> *mut SimTask;

impl Thread {
    /// A task for the calling thread.
    pub fn new(process: &'static Process) -> Result<Self, Error> {
        let number = take_slot(process, process.index.load(Ordering::Relaxed))?;
        // Whoever has the process end sees the slot, or this thread that it is to stay out.
        fence(Ordering::SeqCst);
        while !entry::may_enter(process) {
            entry::stay_out(process);
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
                watch::take(self.process, false).report(self.process);
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
            return own::no_memory();
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

    /// Who the thread is in the library from now on; with `others`, so are threads to come.
    fn set_credentials(&self, credentials: &SimCredentials, others: bool) -> isize {
        let Some(set) = self.process.exported().task_set_credentials else { return 0 };
        // SAFETY: this thread's own task.
        self.enter(|task| unsafe { set(task, credentials, others) } as isize)
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
        // What it has sent is written before a handler of a signal may leave this by longjmp(3).
        let result = current::with(self.task, self.process.slot(self.number), |task| {
            let result = call(task);
            transmit::flush(self.process);
            result
        });
        wait::pass_on(self.process, self.number + 1);
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

/// A slot for a thread of the process in the place `index`.
fn take_slot(process: &Process, index: u32) -> Result<usize, Error> {
    let taken = process.shared().slot.iter().position(|slot| slot.take(index));
    let number = taken.ok_or(Error::Full { what: "threads", limit: SLOTS })?;
    process.shared().threads.fetch_add(1, Ordering::Relaxed);
    let slot = process.slot(number);
    slot.follows.store(0, Ordering::Relaxed);
    slot.task.store(0, Ordering::Relaxed);
    slot.park.store(PARK_NONE, Ordering::Release);
    belongs_to_caller(slot);
    Ok(number)
}

/// The slot is the calling thread's.
fn belongs_to_caller(slot: &Slot) {
    // SAFETY: asks for a number.
    let tid = unsafe { gate::syscall(libc::SYS_gettid, [0; 6]) };
    slot.tid.store(tid as u32, Ordering::Relaxed);
}

// SPDX-License-Identifier: GPL-2.0

//! The virtual processor: a lock that a thread of the host holds while it executes the kernel.
//!
//! ```text
//!   host thread (the carrier)                  kernel stacks
//!   ─────────────────────────                  ─────────────
//!   lock ── enter() ─────── switch ──────────▶ the context that left last goes on:
//!                                              takes interrupts, runs its call, schedules …
//!        ◀── Exit::… ────── switch ─────────── leave(): idle, or back in a program
//!   unlock, wake whom the kernel woke
//! ```
//!
//! Nothing here is tied to a thread: whoever enters carries on with the context that left last,
//! whatever thread that was in, and the scheduler switches to others from there.

use core::cell::{Cell, UnsafeCell};
use core::ptr::null_mut;
use core::sync::atomic::{AtomicBool, Ordering, fence};

use crate::bindings;
use crate::isa;
use crate::kernel::host::{self, host};
use crate::kernel::irq;
use crate::kernel::lock::Lock;
use crate::kernel::task::{self, SimTask};

/// Why the kernel was left.
#[derive(Clone, Copy, PartialEq, Eq, Debug)]
#[repr(usize)]
pub enum Exit {
    /// Nothing can run.
    Idle,
    /// The current task is back in its program, and nothing else can run.
    Program,
    /// The instance has ended; see [`Vcpu::ended`].
    Ended,
}

/// A function of the host's side to be executed as an interrupt, on whatever kernel stack.
pub struct Work {
    pub function: fn(argument: *mut ()),
    pub argument: *mut (),
}

/// Threads woken at a time.
const WAKE_BATCH: usize = 16;

pub struct Vcpu {
    lock: Lock,
    /// Who has the lock changes things: it must not die before it has finished.
    changing: AtomicBool,
    /// The stack of the thread that is inside.
    host_sp: UnsafeCell<usize>,
    /// The kernel context that left last.
    kernel_sp: UnsafeCell<usize>,
    /// For which task the thread inside entered; null for none.
    carrier: Cell<*const SimTask>,
    /// To which process of the host the thread inside belongs.
    process: Cell<u64>,
    /// The task whose program is running, if the context that left last is one.
    parked: Cell<*const SimTask>,
    /// Tasks with a call to make that are not the parked one; linked through `next_entrant`.
    entrants: Cell<*const SimTask>,
    /// Tasks whose threads must be woken once the lock is free; linked through `next_wake`.
    wakes: Cell<*const SimTask>,
    work: Cell<*const Work>,
    /// Whoever enters wants the kernel idle rather than parked in a program.
    want_idle: Cell<bool>,
    /// 0, or the errno that every further call returns.
    ended: Cell<i32>,
}

// SAFETY: everything but the lock is only touched by the thread that holds it.
unsafe impl Sync for Vcpu {}

/// The only one, so far. What must become per-processor goes through [`this`].
static VCPU: Vcpu = Vcpu {
    lock: Lock::new(),
    changing: AtomicBool::new(false),
    host_sp: UnsafeCell::new(0),
    kernel_sp: UnsafeCell::new(0),
    carrier: Cell::new(null_mut()),
    process: Cell::new(0),
    parked: Cell::new(null_mut()),
    entrants: Cell::new(null_mut()),
    wakes: Cell::new(null_mut()),
    work: Cell::new(null_mut()),
    want_idle: Cell::new(false),
    ended: Cell::new(0),
};

/// The virtual processor of this thread.
pub fn this() -> &'static Vcpu {
    &VCPU
}

/// The host's side: by a thread that is outside.
impl Vcpu {
    /// Takes the processor for a thread of `process`, which enters for no task of its own. Waits if the
    /// process is leaving.
    pub fn acquire(&self, process: u64) {
        while !self.acquire_if(process, null_mut(), host::thread_may_enter) {
            host::thread_stay_out();
        }
    }

    /// Takes the processor for a thread of `process`, which enters for `task` or for none, if `may`, asked
    /// with the processor held, says so. A thread that may not can be killed at any moment, here too.
    #[inline(always)]
    pub fn acquire_if(
        &self,
        process: u64,
        task: *const SimTask,
        may: impl FnOnce() -> bool,
    ) -> bool {
        self.lock.acquire(process);
        if !may() {
            self.lock.release();
            return false;
        }
        self.begin_changes();
        self.process.set(process);
        self.carrier.set(task);
        true
    }

    #[inline(always)]
    fn begin_changes(&self) {
        self.changing.store(true, Ordering::Relaxed);
        fence(Ordering::Release);
    }

    #[inline(always)]
    fn unlock(&self) {
        self.changing.store(false, Ordering::Release);
        self.lock.release();
    }

    /// Gives the processor back, and wakes the threads whose calls are finished. Only then: a
    /// thread woken under the lock would run into it.
    #[inline]
    pub fn release(&self) {
        if self.wakes.get().is_null() {
            self.unlock();
        } else {
            self.release_and_wake();
        }
    }

    #[cold]
    fn release_and_wake(&self) {
        let process = self.process.get();
        loop {
            let mut woken = [null_mut(); WAKE_BATCH];
            let mut count = 0;
            while count < WAKE_BATCH
                && let Some(private) = SimTask::unlink_wake(&self.wakes)
            {
                woken[count] = private;
                count += 1;
            }
            self.unlock();
            for private in &woken[..count] {
                host!(task_wakeup, *private);
            }
            if count < WAKE_BATCH {
                break;
            }
            // Whoever enters next wakes the others.
            if !self.acquire_if(process, null_mut(), host::thread_may_enter) {
                break;
            }
        }
    }

    /// Whether `process`, which has died, died in here: what it was changing is torn.
    pub fn is_torn_by(&self, process: u64) -> bool {
        self.lock.is_held_by(process) && self.changing.load(Ordering::Acquire)
    }

    /// Gives the processor back that `process` had, which died before it changed anything.
    pub fn take_from(&self, process: u64) {
        if self.lock.is_held_by(process) {
            self.lock.release();
        }
    }

    /// Ends the instance for all, in the place of a thread that died in here.
    pub fn give_up_torn(&self) {
        self.ended.set(bindings::ENOTRECOVERABLE as i32);
        self.unlock();
    }

    /// A process has died that may have been woken to be next.
    pub fn pass_on_wake(&self) {
        self.lock.pass_on_wake();
    }

    /// Sets where the first entry begins.
    pub fn begin_at(&self, sp: usize) {
        // SAFETY: the caller holds the lock.
        unsafe { *self.kernel_sp.get() = sp };
    }

    /// Executes the kernel until it is left again.
    ///
    /// # Safety
    ///
    /// The processor is held, and the instance has not ended.
    #[inline(always)]
    pub unsafe fn enter(&self) -> Exit {
        // SAFETY: `kernel_sp` is the context that left last; nobody else is inside.
        let message = unsafe { isa::switch(self.host_sp.get(), *self.kernel_sp.get(), 0) };
        match message {
            m if m == Exit::Idle as usize => Exit::Idle,
            m if m == Exit::Program as usize => Exit::Program,
            _ => Exit::Ended,
        }
    }

    /// Has `task`, which has a call to make, run by the next entry.
    pub fn post(&self, task: &SimTask) {
        if !core::ptr::eq(self.parked.get(), task) {
            task::append(task, &self.entrants, |task| &task.next_entrant);
            irq::raise(irq::ENTRANT);
        }
    }

    /// Executes `function(argument)` in interrupt context.
    ///
    /// # Safety
    ///
    /// The processor is held and the instance has not ended.
    pub unsafe fn interrupt_with(&self, work: &Work) -> Exit {
        self.work.set(work);
        irq::raise(irq::WORK);
        // SAFETY: as the caller promises.
        unsafe { self.enter() }
    }

    /// Whether whoever is inside wants the kernel idle.
    pub fn set_want_idle(&self, want: bool) {
        self.want_idle.set(want);
    }

    /// The errno with which every call ends since the instance did, or 0.
    pub fn ended(&self) -> i32 {
        self.ended.get()
    }
}

/// The kernel's side: by whoever executes it.
impl Vcpu {
    /// Leaves the kernel; returns when somebody enters.
    #[inline(always)]
    pub fn leave(&self, why: Exit) {
        // SAFETY: the carrier waits in `enter`, whose stack pointer `host_sp` is.
        unsafe { isa::switch(self.kernel_sp.get(), *self.host_sp.get(), why as usize) };
    }

    /// Leaves the kernel because `task` is back in its program.
    #[inline(always)]
    pub fn leave_to_program(&self, task: &SimTask) {
        self.parked.set(task);
        self.leave(Exit::Program);
        self.parked.set(null_mut());
    }

    /// Leaves the kernel for good.
    pub fn end(&self, errno: i32) -> ! {
        self.ended.set(errno);
        loop {
            self.leave(Exit::Ended);
        }
    }

    /// Whether the thread inside entered for `task`.
    pub fn carries(&self, task: &SimTask) -> bool {
        core::ptr::eq(self.carrier.get(), task)
    }

    /// The process of the thread inside.
    pub fn process(&self) -> u64 {
        self.process.get()
    }

    pub fn want_idle(&self) -> bool {
        self.want_idle.get()
    }

    /// The tasks that wait to be let in; the list is the caller's now.
    pub fn take_entrants(&self) -> *const SimTask {
        self.entrants.replace(null_mut())
    }

    /// Has the thread of `task` woken when the processor is free.
    pub fn wake_later(&self, task: &SimTask) {
        task.link_wake(&self.wakes);
    }

    /// `task` is to be freed: its thread may have died before it could enter, or be woken.
    pub fn forget(&self, task: &SimTask) {
        task.unlink_own_wake(&self.wakes);
        task::unlink(task, &self.entrants, |task| &task.next_entrant);
    }

    /// Executes what [`Vcpu::interrupt_with`] asked for.
    pub fn do_work(&self) {
        let work = self.work.replace(null_mut());
        if !work.is_null() {
            // SAFETY: its owner waits until the kernel is left.
            let work = unsafe { &*work };
            (work.function)(work.argument);
        }
    }
}

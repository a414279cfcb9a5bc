// SPDX-License-Identifier: GPL-2.0

//! Tasks: their kernel stacks, and the ones that make calls for threads of the host.
//!
//! A program's task spends its life in [`SimTask::live`] on its kernel stack: it executes the
//! call that its thread posted, and is "in its program" in between. Back in its program it stays
//! the current task, as on hardware, so that its next call costs two stack switches; only if
//! somebody else has something to execute does it sleep there.

use core::cell::Cell;
use core::ffi::c_void;
use core::ptr::{null, null_mut};
use core::sync::atomic::{AtomicU32, Ordering};

use crate::bindings::{self, kernel_clone_args, task_struct};
use crate::isa::{self, Stack};
use crate::kernel::host;
use crate::kernel::host::host;
use crate::kernel::lock::Lock;
use crate::kernel::vcpu::{self, Vcpu};
use crate::kernel::{irq, process, signal};

/// What a call executes: a function, its arguments, its result.
pub type Function = fn(task: &SimTask, args: &Args) -> isize;

/// Arguments of a [`Function`]. Kept with the task, not on the caller's stack: another process
/// may execute the call.
pub type Args = [usize; 7];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// In its program.
    Outside,
    /// A call waits to be executed.
    Posted,
    /// A call is being executed.
    Inside,
    /// The result waits to be fetched.
    Done,
}

/// A task that makes calls for a thread of the host; `struct SimTask` of the interface.
pub struct SimTask {
    private: *mut c_void,
    /// The process of the host whose memory the task's pointers mean; 0: all see the same.
    pub process: u64,
    pub task: Cell<*mut task_struct>,
    phase: Cell<Phase>,
    function: Cell<Function>,
    args: Cell<Args>,
    result: Cell<isize>,
    /// The task can only go on in a thread of its own process.
    pub homesick: Cell<bool>,
    /// Numbers that the next descriptors shall get; see `descriptor`.
    pub wanted: Cell<[i32; 2]>,
    pub promised: Cell<[(i32, u32); 2]>,
    pub next_entrant: Cell<*const SimTask>,
    next_wake: Cell<*const SimTask>,
    wake_linked: Cell<bool>,
    pub next: Cell<*const SimTask>,
    /// Serializes callers of a task that several threads use.
    pub turn: Lock,
    /// The host has one, and the kernel's task.
    references: AtomicU32,
    /// The leader of its process, for the tasks that make calls for threads of the host.
    home: Cell<*const SimTask>,
    /// Of a leader: not 0 while its process is leaving, and its threads must not come in.
    leaving: AtomicU32,
    /// Of a leader: whose thread may come in all the same.
    leaver: Cell<*const SimTask>,
    /// Its process is one of the library's own programs.
    own: bool,
    /// It has ended, with this status of wait(2).
    ended: Cell<Option<i32>>,
}

fn nothing(_task: &SimTask, _args: &Args) -> isize {
    0
}

impl SimTask {
    /// Allocates one. Null if there is no memory.
    pub fn allocate(private: *mut c_void, process: u64) -> *mut SimTask {
        Self::allocate_as(private, process, false)
    }

    /// As [`SimTask::allocate`], for one of the library's own programs.
    pub fn allocate_own(private: *mut c_void, process: u64) -> *mut SimTask {
        Self::allocate_as(private, process, true)
    }

    fn allocate_as(private: *mut c_void, process: u64, own: bool) -> *mut SimTask {
        // SAFETY: kzalloc returns null or enough memory, aligned for any type.
        unsafe {
            let memory = bindings::lib_kzalloc(size_of::<SimTask>()).cast::<SimTask>();
            if !memory.is_null() {
                memory.write(SimTask::new(private, process, own));
            }
            memory
        }
    }

    fn new(private: *mut c_void, process: u64, own: bool) -> SimTask {
        SimTask {
            private,
            process,
            task: Cell::new(null_mut()),
            phase: Cell::new(Phase::Outside),
            function: Cell::new(nothing),
            args: Cell::new([0; 7]),
            result: Cell::new(0),
            homesick: Cell::new(false),
            wanted: Cell::new([-1; 2]),
            promised: Cell::new([(-1, 0); 2]),
            next_entrant: Cell::new(null()),
            next_wake: Cell::new(null()),
            wake_linked: Cell::new(false),
            next: Cell::new(null()),
            turn: Lock::new(),
            references: AtomicU32::new(2),
            home: Cell::new(null()),
            leaving: AtomicU32::new(0),
            leaver: Cell::new(null()),
            own,
            ended: Cell::new(None),
        }
    }

    /// Whether its process is one of the library's own programs.
    pub fn is_own(&self) -> bool {
        self.own
    }

    /// How it has ended, as wait(2) has it.
    pub fn ended(&self) -> Option<i32> {
        self.ended.get()
    }

    /// Of a task of the kernel's, if it makes calls for the host.
    ///
    /// # Safety
    ///
    /// The task is valid.
    pub unsafe fn of<'a>(task: *mut task_struct) -> Option<&'a SimTask> {
        // SAFETY: as the caller promises; a program's SimTask lives as long as it.
        unsafe { (*task).thread.program.cast::<SimTask>().as_ref() }
    }

    /// How the host knows it: its process, and what of it is the host's.
    pub fn owner(&self) -> (u64, *mut c_void) {
        (self.process, self.private)
    }

    /// What the host calls its own.
    pub fn private(&self) -> *mut c_void {
        self.private
    }

    /// Drops one of the two references.
    ///
    /// # Safety
    ///
    /// Executed by the kernel; each of the two is dropped once.
    pub unsafe fn put(task: *const SimTask) {
        // SAFETY: the caller's reference keeps it alive until here.
        unsafe {
            if (*task).references.fetch_sub(1, Ordering::AcqRel) == 1 {
                vcpu::this().forget(&*task);
                let home = (*task).home.get();
                bindings::lib_kfree(task.cast_mut().cast());
                if !home.is_null() {
                    SimTask::put(home);
                }
            }
        }
    }

    /// Makes `leader` the leader of this task's process; once, before its first call.
    pub fn belong_to(&self, leader: &SimTask) {
        leader.references.fetch_add(1, Ordering::Relaxed);
        self.home.set(leader);
    }

    /// The leader of this task's process, of which its threads are cloned.
    #[cfg(CONFIG_MULTIUSER)]
    pub fn leader(&self) -> Option<&SimTask> {
        // SAFETY: a task has a reference to its leader.
        unsafe { self.home.get().as_ref() }
    }

    /// Of a leader: whether the threads of its process are turned away, all but that of `leaver`.
    pub fn set_leaving(&self, leaving: bool, leaver: *const SimTask) {
        self.leaver.set(leaver);
        self.leaving.store(leaving.into(), Ordering::Release);
        if !leaving && host::table().lock_wake.is_some() {
            host!(lock_wake, self.leaving.as_ptr());
        }
    }

    /// Whether the task's thread must not come in: its process is about to end, or to become
    /// another program.
    pub fn is_turned_away(&self) -> bool {
        // SAFETY: a task has a reference to its leader.
        let home = unsafe { self.home.get().as_ref() };
        home.is_some_and(|home| {
            home.leaving.load(Ordering::Acquire) != 0 && !core::ptr::eq(home.leaver.get(), self)
        })
    }

    /// Waits, outside, until it may come in.
    pub fn wait_to_stay(&self) {
        // SAFETY: as above.
        let Some(home) = (unsafe { self.home.get().as_ref() }) else { return };
        match host::table().lock_wait {
            Some(_) => host!(lock_wait, home.leaving.as_ptr(), 1),
            None => core::hint::spin_loop(),
        }
        // One was woken: the next is its business.
        if !self.is_turned_away() && host::table().lock_wake.is_some() {
            host!(lock_wake, home.leaving.as_ptr());
        }
    }

    /// The caller's side: the call, begun for a thread that has died, is of no interest any more.
    pub fn forget_call(&self) {
        self.phase.set(Phase::Outside);
    }

    /// Whether a call is to be executed, or being executed.
    pub fn is_in_call(&self) -> bool {
        matches!(self.phase.get(), Phase::Posted | Phase::Inside)
    }

    /// The caller's side: has `function(args)` executed by the next entry.
    pub fn begin(&self, function: Function, args: Args) {
        self.function.set(function);
        self.args.set(args);
        self.phase.set(Phase::Posted);
    }

    /// The caller's side: the result, once there is one.
    pub fn finish(&self) -> Option<isize> {
        if self.phase.get() != Phase::Done {
            return None;
        }
        self.phase.set(Phase::Outside);
        Some(self.result.get())
    }

    /// The life of a program's task, on its own kernel stack.
    fn live(&self) -> ! {
        loop {
            if self.phase.get() == Phase::Posted {
                self.execute();
            }
            self.stay_outside(vcpu::this());
            if self.phase.get() != Phase::Posted {
                signal::deliver(self);
            }
        }
    }

    #[inline(always)]
    fn execute(&self) {
        self.phase.set(Phase::Inside);
        // SAFETY: the arguments stay as they are until the call is done.
        let args = unsafe { &*self.args.as_ptr() };
        let result = (self.function.get())(self, args);
        signal::deliver(self);
        self.complete(result);
    }

    fn complete(&self, result: isize) {
        self.result.set(result);
        self.phase.set(Phase::Done);
        let vcpu = vcpu::this();
        if !vcpu.carries(self) {
            vcpu.wake_later(self);
        }
    }

    /// In the program: as the current task while nobody else needs the processor, asleep if
    /// somebody does.
    #[inline(always)]
    fn stay_outside(&self, vcpu: &Vcpu) {
        // SAFETY: this is the current task, in process context.
        unsafe {
            if !vcpu.want_idle() && bindings::single_task_running() {
                vcpu.leave_to_program(self);
                irq::take_in_program();
            } else {
                // The handlers of the library's own programs are called after calls only.
                let stays = if self.own {
                    bindings::lib_set_killable();
                    !bindings::lib_fatal_signal_pending()
                } else {
                    bindings::lib_set_interruptible();
                    !bindings::lib_exit_work_pending()
                };
                if self.phase.get() != Phase::Posted && stays {
                    bindings::schedule();
                }
                bindings::lib_set_running();
            }
        }
    }

    /// Adds the task to a list of those whose threads are to be woken.
    pub fn link_wake(&self, list: &Cell<*const SimTask>) {
        if !self.wake_linked.replace(true) {
            append(self, list, |task| &task.next_wake);
        }
    }

    /// Unlinks this task, which is to be freed, from such a list.
    pub fn unlink_own_wake(&self, list: &Cell<*const SimTask>) {
        if self.wake_linked.replace(false) {
            unlink(self, list, |task| &task.next_wake);
        }
    }

    /// Unlinks the first task of a list made with [`SimTask::link_wake`]; its `private`.
    pub fn unlink_wake(list: &Cell<*const SimTask>) -> Option<*mut c_void> {
        // SAFETY: a task in the list has a call that its thread has not fetched.
        let task = unsafe { list.get().as_ref() }?;
        list.set(task.next_wake.replace(null()));
        task.wake_linked.set(false);
        Some(task.private)
    }
}

/// Adds `task`, which is in no list by this `next`, at the end of one: first come, first served.
pub fn append(
    task: &SimTask,
    list: &Cell<*const SimTask>,
    next: impl Fn(&SimTask) -> &Cell<*const SimTask>,
) {
    let mut end: *const Cell<*const SimTask> = list;
    // SAFETY: whatever is in a list has not been freed; a link of the list.
    unsafe {
        while let Some(found) = (*end).get().as_ref() {
            end = next(found);
        }
        (*end).set(task);
    }
}

/// Takes `task` out of a list, if it is in there.
pub fn unlink(
    task: &SimTask,
    list: &Cell<*const SimTask>,
    next: impl Fn(&SimTask) -> &Cell<*const SimTask>,
) {
    let mut link: *const Cell<*const SimTask> = list;
    // SAFETY: whatever is in a list has not been freed.
    while let Some(found) = unsafe { (*link).get().as_ref() } {
        if core::ptr::eq(found, task) {
            // SAFETY: a link of the list.
            unsafe { (*link).set(next(found).replace(null())) };
            return;
        }
        link = next(found);
    }
}

/// Interrupt handler: tasks with a call to make become runnable.
pub fn wake_entrants() {
    let mut entrant = vcpu::this().take_entrants();
    while !entrant.is_null() {
        // SAFETY: a posted task's thread waits for its result, which keeps the task alive.
        unsafe {
            let next = (*entrant).next_entrant.replace(null());
            bindings::wake_up_process((*entrant).task.get());
            entrant = next;
        }
    }
}

/// The task that [`copy_thread`] is to give to the thread being cloned.
struct Child(Cell<*mut SimTask>);
// SAFETY: touched only under the virtual processor's lock.
unsafe impl Sync for Child {}
static CHILD: Child = Child(Cell::new(null_mut()));

/// Clones the current task with `flags`; the child makes calls for `child`. Its pid, or a
/// negative errno: then `child` is the kernel's to free.
pub fn clone(child: *mut SimTask, flags: u64, exit_signal: u32) -> i32 {
    // SAFETY: valid when zeroed, as its users in kernel/fork.c have it.
    let mut args: kernel_clone_args = unsafe { core::mem::zeroed() };
    args.flags = flags;
    args.exit_signal = exit_signal as i32;
    CHILD.0.set(child);
    // SAFETY: process context.
    let pid = unsafe { bindings::kernel_clone(&mut args) };
    let was_taken = CHILD.0.replace(null_mut()).is_null();
    if pid < 0 {
        // SAFETY: nobody else has it, but a task that was nearly made, if one was: that is freed, and gives
        // its reference back, when RCU has it so.
        unsafe {
            if was_taken {
                SimTask::put(child);
            } else {
                bindings::lib_kfree(child.cast());
            }
        }
    }
    pid
}

/// `copy_thread()`: prepares the kernel stack of a new task.
///
/// # Safety
///
/// Called by `copy_process()`.
#[unsafe(no_mangle)]
unsafe extern "C" fn copy_thread(p: *mut task_struct, args: *const kernel_clone_args) -> i32 {
    // SAFETY: both are valid, and the stack is new.
    unsafe {
        let child = CHILD.0.replace(null_mut());
        if (*args).fn_.is_none() && child.is_null() {
            // clone(2) through the system-call table: only the host can make the thread.
            return -(bindings::EINVAL as i32);
        }
        if !child.is_null() {
            (*child).task.set(p);
        }
        (*p).thread.function = (*args).fn_;
        (*p).thread.argument = (*args).fn_arg;
        (*p).thread.program = child.cast();
        (*bindings::lib_thread_info(p)).irqs_on = 0;
        let top = bindings::lib_stack_of(p) as usize + bindings::LIB_THREAD_SIZE as usize;
        let top = (top - size_of::<bindings::pt_regs>()) & !15;
        (*p).thread.sp = Stack::prepare(top, first_steps) as _;
    }
    0
}

/// Where a new task begins; `previous` is the one that ran before it.
extern "C" fn first_steps(previous: usize) -> ! {
    // SAFETY: the scheduler has just switched here; `thread` was set by `copy_thread`.
    unsafe {
        bindings::schedule_tail(previous as *mut task_struct);
        let thread = &raw mut (*bindings::lib_current()).thread;
        if let Some(function) = (*thread).function {
            // Returns only if it has become a program: the first process.
            function((*thread).argument);
            process::begins(&*(*thread).program.cast());
        }
        (*(*thread).program.cast::<SimTask>()).live()
    }
}

/// `__switch_to()`: runs `next`; returns, when `prev` runs again, the task that ran before it.
///
/// # Safety
///
/// Called by the scheduler.
#[unsafe(no_mangle)]
unsafe extern "C" fn __switch_to(
    prev: *mut task_struct,
    next: *mut task_struct,
) -> *mut task_struct {
    // SAFETY: `next` was left here or prepared by `copy_thread`.
    unsafe {
        isa::switch((&raw mut (*prev).thread.sp).cast(), (*next).thread.sp as usize, prev as usize)
            as *mut task_struct
    }
}

/// The program's task that is current, if it is one.
pub fn current() -> Option<&'static SimTask> {
    // SAFETY: there is always a current task; a program's SimTask lives as long as it.
    unsafe { SimTask::of(bindings::lib_current()) }
}

/// `exit_thread()`: a task ends; if in a call, that never returns to the program.
///
/// # Safety
///
/// Called by `do_exit()`.
#[unsafe(no_mangle)]
unsafe extern "C" fn exit_thread(tsk: *mut task_struct) {
    // SAFETY: `tsk` is the current task.
    if let Some(program) = unsafe { SimTask::of(tsk) } {
        // SAFETY: as above.
        program.ended.set(Some(unsafe { bindings::lib_status_of(tsk) }));
        program.complete(-(bindings::ESRCH as isize));
    }
}

/// `arch_release_task_struct()`: nothing refers to the task any more.
///
/// # Safety
///
/// Called by `free_task()`.
#[unsafe(no_mangle)]
unsafe extern "C" fn arch_release_task_struct(tsk: *mut task_struct) {
    // SAFETY: the kernel's reference is dropped here only.
    unsafe {
        let program = (*tsk).thread.program.cast::<SimTask>();
        if !program.is_null() {
            (*program).task.set(null_mut());
            SimTask::put(program);
        }
    }
}

/// `arch_dup_task_struct()` copies the parent's thread: the child has no program of its own yet.
#[unsafe(no_mangle)]
unsafe extern "C" fn arch_dup_task_struct(dst: *mut task_struct, src: *mut task_struct) -> i32 {
    // SAFETY: both are whole task_structs, `dst` a new one.
    unsafe {
        core::ptr::copy_nonoverlapping(src, dst, 1);
        (*dst).thread.program = null_mut();
    }
    0
}

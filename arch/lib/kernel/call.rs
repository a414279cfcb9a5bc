// SPDX-License-Identifier: GPL-2.0

//! Calls: from a thread of the host to a result.
//!
//! ```text
//!  acquire ─▶ post ─▶ enter ─────────────▶ finished? ──yes─▶ release, return
//!                       ▲                      │ no: it sleeps, and nothing else can run
//!                       │                      ▼
//!                    acquire ◀── task_wait ◀─ release
//! ```

use crate::bindings;
use crate::kernel::host;
use crate::kernel::host::host;
use crate::kernel::task::{Args, Function, SimTask};
use crate::kernel::vcpu::{self, Exit, Vcpu, Work};

/// Has `task` execute `function(args)`, and waits for the result. Called by the task's own thread,
/// outside the kernel.
pub fn make(task: &SimTask, function: Function, args: Args) -> isize {
    let vcpu = vcpu::this();
    come_in(vcpu, task);
    carry_out(vcpu, task, function, args, || come_in(vcpu, task))
}

/// With the processor held: has `task` execute `function(args)`. `come_in` takes the processor again
/// for a thread that has waited.
#[inline(always)]
fn carry_out(
    vcpu: &Vcpu,
    task: &SimTask,
    function: Function,
    args: Args,
    come_in: impl Fn(),
) -> isize {
    if vcpu.ended() != 0 {
        return give_up(vcpu);
    }
    if task.ended().is_some() {
        vcpu.release();
        return error(bindings::ESRCH);
    }
    task.begin(function, args);
    vcpu.post(task);
    loop {
        // SAFETY: the processor is held, and the instance lives.
        let exit = unsafe { vcpu.enter() };
        if let Some(result) = task.finish() {
            vcpu.release();
            return result;
        }
        if exit == Exit::Ended {
            return give_up(vcpu);
        }
        if let Some(result) = wait(vcpu, task, &come_in) {
            return result;
        }
    }
}

/// Waits until there may be something to execute; returns with the processor held, or with the
/// result that another thread made.
fn wait(vcpu: &Vcpu, task: &SimTask, come_in: impl Fn()) -> Option<isize> {
    vcpu.release();
    host!(task_wait, task.private());
    come_in();
    if let Some(result) = task.finish() {
        vcpu.release();
        return Some(result);
    }
    if vcpu.ended() != 0 {
        return Some(give_up(vcpu));
    }
    if task.homesick.get() {
        vcpu.post(task);
    }
    None
}

/// Takes the processor for the task's own thread, unless its process is leaving: it stays out then.
fn come_in(vcpu: &Vcpu, task: &SimTask) {
    while !vcpu.acquire_if(task.process, task, || !task.is_turned_away()) {
        task.wait_to_stay();
    }
}

fn give_up(vcpu: &Vcpu) -> isize {
    let errno = vcpu.ended();
    vcpu.release();
    -errno as isize
}

/// As [`make`], for a task that several threads of the host use.
pub fn make_shared(task: &SimTask, function: Function, args: Args) -> isize {
    // Who has the turn of an instance that has ended may be dead, and nobody gives it back then.
    let ended = vcpu::this().ended();
    if ended != 0 {
        return -ended as isize;
    }
    let (vcpu, process) = (vcpu::this(), host::process());
    let try_to_come_in = || vcpu.acquire_if(process, task, host::thread_may_enter);
    // A thread that must stay out does not keep the turn meanwhile.
    loop {
        task.turn.acquire(process);
        if try_to_come_in() {
            break;
        }
        task.turn.release();
        host::thread_stay_out();
    }
    let result = carry_out(vcpu, task, function, args, || {
        while !try_to_come_in() {
            host::thread_stay_out();
        }
    });
    task.turn.release();
    result
}

/// Carries the calls of shared tasks to their end whose callers are gone: as long as `left`, called
/// with the processor held, finds one.
pub fn finish_shared(left: impl Fn() -> Option<&'static SimTask>) {
    let vcpu = vcpu::this();
    vcpu.acquire(host::process());
    while vcpu.ended() == 0
        && let Some(task) = left()
    {
        if task.is_in_call() {
            // SAFETY: the processor is held, and the instance lives.
            unsafe { vcpu.enter() };
        } else {
            task.forget_call();
            task.turn.release();
        }
    }
    vcpu.release();
}

/// Delivers interrupts and executes what can run, for no task; by a thread of `process`. With
/// `idle`, no task stays current in its program.
pub fn run(process: u64, idle: bool) -> i32 {
    let vcpu = vcpu::this();
    vcpu.acquire(process);
    if vcpu.ended() == 0 {
        vcpu.set_want_idle(idle);
        // SAFETY: the processor is held, and the instance lives.
        unsafe { vcpu.enter() };
        vcpu.set_want_idle(false);
    }
    let errno = vcpu.ended();
    vcpu.release();
    -errno
}

/// Executes `function(argument)` as an interrupt. False if the instance has ended.
pub fn interrupt_with(function: fn(*mut ()), argument: *mut ()) -> bool {
    let vcpu = vcpu::this();
    vcpu.acquire(host::process());
    let alive = vcpu.ended() == 0;
    if alive {
        let work = Work { function, argument };
        // SAFETY: the processor is held, and the instance lives.
        unsafe { vcpu.interrupt_with(&work) };
    }
    vcpu.release();
    alive
}

/// A negative errno as the kernel's functions return it.
pub fn error(errno: u32) -> isize {
    -(errno as isize)
}

// SPDX-License-Identifier: GPL-2.0

//! Calls: from a thread of the host to a result.
//!
//! ```text
//!  acquire ─▶ post ─▶ enter ─────────────▶ finished? ──yes─▶ release, return
//!                       ▲                      │ no: it sleeps, and nothing else can run
//!                       │                      ▼
//!                    acquire ◀── task_wait ◀─ release
//! ```

use core::ptr::null;

use crate::kernel::host::host;
use crate::kernel::task::{Args, Function, SimTask};
use crate::kernel::vcpu::{self, Exit, Vcpu, Work};

/// Has `task` execute `function(args)`, and waits for the result. Called by the task's own thread,
/// outside the kernel.
pub fn make(task: &SimTask, function: Function, args: Args) -> isize {
    let vcpu = vcpu::this();
    vcpu.acquire(task.process, task);
    if vcpu.ended() != 0 {
        return give_up(vcpu);
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
        if let Some(result) = wait(vcpu, task) {
            return result;
        }
    }
}

/// Waits until there may be something to execute; returns with the processor held, or with the
/// result that another thread made.
fn wait(vcpu: &Vcpu, task: &SimTask) -> Option<isize> {
    vcpu.release();
    host!(task_wait, task.private());
    vcpu.acquire(task.process, task);
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

fn give_up(vcpu: &Vcpu) -> isize {
    let errno = vcpu.ended();
    vcpu.release();
    -errno as isize
}

/// As [`make`], for a task that several threads of the host use.
pub fn make_shared(task: &SimTask, function: Function, args: Args) -> isize {
    task.turn.acquire();
    let result = make(task, function, args);
    task.turn.release();
    result
}

/// Delivers interrupts and executes what can run, for no task; by a thread of `process`. With
/// `idle`, no task stays current in its program.
pub fn run(process: u64, idle: bool) -> i32 {
    let vcpu = vcpu::this();
    vcpu.acquire(process, null());
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
    vcpu.acquire(0, null());
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

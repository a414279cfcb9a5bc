// SPDX-License-Identifier: GPL-2.0

//! The group of tasks.

use core::ffi::{c_int, c_long, c_ulong, c_void};

use liblinux_abi::SimSignal;

use crate::bindings;
#[cfg(CONFIG_MULTIUSER)]
use crate::kernel::credentials;
use crate::kernel::host;
use crate::kernel::host::host;
use crate::kernel::task::{Args, Function, SimTask};
use crate::kernel::{call, process, signal, syscall};

type Handle = *mut liblinux_abi::SimTask;

/// # Safety
///
/// `task` is one that the host has and has not destroyed.
unsafe fn borrow<'a>(task: Handle) -> &'a SimTask {
    // SAFETY: as the caller promises; the handle is the address.
    unsafe { &*task.cast::<SimTask>() }
}

/// Executes `function(args)` in the task of the calling thread, or in the first process.
pub fn call_current(function: Function, args: Args) -> isize {
    let current: Handle = host!(task_current);
    if !current.is_null() {
        // SAFETY: the host's own thread has it.
        return call::make(unsafe { borrow(current) }, function, args);
    }
    match process::init() {
        Some(init) => call::make_shared(init, function, args),
        None => call::error(bindings::ESHUTDOWN),
    }
}

pub unsafe extern "C" fn create(private: *mut c_void, process: c_ulong) -> Handle {
    process::create(private, process).cast()
}

pub unsafe extern "C" fn fork(parent: Handle, private: *mut c_void, process: c_ulong) -> Handle {
    // SAFETY: as the interface says.
    process::fork(unsafe { borrow(parent) }, private, process).cast()
}

pub unsafe extern "C" fn destroy(task: Handle) {
    // SAFETY: as the interface says; the host's reference ends with the task's last call.
    let task = unsafe { borrow(task) };
    if task.ended().is_none() && (task.is_own() || host::process() == task.process) {
        call::make(task, exit, [0; 7]);
    }
    call::interrupt_with(put, core::ptr::from_ref(task).cast_mut().cast());
}

/// exit(2) of one thread: never returns here, but to the caller of [`destroy`]. Its process has what it
/// had: there may be threads that have made no call yet.
fn exit(_task: &SimTask, _args: &Args) -> isize {
    // SAFETY: the current task, in process context.
    unsafe { bindings::do_exit(0) }
}

fn put(task: *mut ()) {
    // SAFETY: the host has given its reference back.
    unsafe { SimTask::put(task.cast()) };
}

pub unsafe extern "C" fn create_program(private: *mut c_void, process: c_ulong) -> Handle {
    process::create_program(private, process).cast()
}

pub unsafe extern "C" fn clone_program(
    task: Handle,
    flags: c_ulong,
    private: *mut c_void,
    process: c_ulong,
    child: *mut Handle,
) -> c_long {
    let args = [flags as usize, private as usize, process as usize, child as usize, 0, 0, 0];
    // SAFETY: as the interface says.
    call::make(unsafe { borrow(task) }, process::clone_own, args) as c_long
}

pub unsafe extern "C" fn exec_program(task: Handle) -> c_int {
    // SAFETY: as the interface says.
    call::make(unsafe { borrow(task) }, process::execute_own, [0; 7]) as c_int
}

pub unsafe extern "C" fn signal(task: Handle, signal: *mut SimSignal) -> c_int {
    // SAFETY: as the interface says.
    let task = unsafe { borrow(task) };
    if !signal::waits(task) {
        return if task.ended().is_some() { -(bindings::ESRCH as c_int) } else { 0 };
    }
    call::make(task, signal::take, [signal as usize, 0, 0, 0, 0, 0, 0]) as c_int
}

pub unsafe extern "C" fn status(task: Handle) -> c_int {
    // SAFETY: as the interface says.
    unsafe { borrow(task) }.ended().unwrap_or(-1)
}

pub unsafe extern "C" fn kill(process: c_ulong) {
    process::kill(process);
}

pub unsafe extern "C" fn check(process: c_ulong) -> c_int {
    process::check(process) as c_int
}

pub unsafe extern "C" fn died(process: c_ulong) {
    process::died(process);
}

pub unsafe extern "C" fn leave(process: c_ulong, leave: bool, task: Handle) {
    process::leave(process, leave, task.cast());
}

pub unsafe extern "C" fn exec(former: c_ulong, process: c_ulong) -> c_int {
    process::exec(former, process) as c_int
}

pub unsafe extern "C" fn number(process: c_ulong, private: *mut c_void) -> c_int {
    process::number_of(process, private)
}

pub unsafe extern "C" fn numbered(
    number: c_int,
    process: *mut c_ulong,
    private: *mut *mut c_void,
) -> c_int {
    let Some((owner, its)) = process::numbered(number) else {
        return call::error(bindings::ESRCH) as c_int;
    };
    // SAFETY: as the interface says.
    unsafe {
        *process = owner;
        *private = its;
    }
    0
}

pub unsafe extern "C" fn get_private(task: Handle) -> *mut c_void {
    // SAFETY: as the interface says.
    unsafe { borrow(task) }.private()
}

pub unsafe extern "C" fn syscall(task: Handle, nr: c_long, args: *const [c_ulong; 6]) -> c_long {
    // SAFETY: as the interface says.
    unsafe {
        let args = syscall::args(nr as usize, (*args).map(|arg| arg as usize));
        call::make(borrow(task), syscall::execute, args) as c_long
    }
}

pub unsafe extern "C" fn syscall_fds(
    task: Handle,
    nr: c_long,
    args: *const [c_ulong; 6],
    fds: *const [c_int; 2],
) -> c_long {
    // SAFETY: as the interface says; the task is in no call, so its numbers are ours.
    unsafe {
        let task = borrow(task);
        task.wanted.set(*fds);
        let args = syscall::args(nr as usize, (*args).map(|arg| arg as usize));
        let result = call::make(task, syscall::execute, args);
        task.wanted.set([-1; 2]);
        result as c_long
    }
}

#[cfg(CONFIG_MULTIUSER)]
pub unsafe extern "C" fn set_credentials(
    task: Handle,
    credentials: *const liblinux_abi::SimCredentials,
    others: bool,
) -> c_int {
    let args = [credentials as usize, 0, 0, 0, 0, 0, 0];
    // SAFETY: as the interface says.
    let task = unsafe { borrow(task) };
    let failed = call::make(task, credentials::set, args);
    match task.leader().filter(|_| others && failed == 0) {
        Some(leader) => call::make_shared(leader, credentials::set, args) as c_int,
        None => failed as c_int,
    }
}

pub unsafe extern "C" fn interrupt(task: Handle) {
    call::interrupt_with(signal::interrupt, task.cast());
}

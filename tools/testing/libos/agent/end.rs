// SPDX-License-Identifier: GPL-2.0

//! The end of threads and processes. In the library a process ends as on any kernel; the process of
//! the host follows, and the simulator waits for that.

use core::arch::asm;
use core::sync::atomic::Ordering;

use libos_control::layout::{SIMULATOR, control};
use libos_control::{baton, thread};
use libos_loader::gate;

use crate::dispatch::Call;
use crate::thread::{Current, current};
use crate::{clone, host, library};

/// exit(2): the thread's end, and with the last one the process's.
pub fn exit(call: &Call<'_>) -> isize {
    let me = current();
    let address = me.thread.clear_tid.load(Ordering::Relaxed) as usize;
    if address != 0 && host::write_memory(address, &0u32.to_ne_bytes()) {
        let operation = (libc::FUTEX_WAKE | libc::FUTEX_PRIVATE_FLAG) as usize;
        library::quietly(libc::SYS_futex, [address, operation, 1]);
    }
    let others = thread::of_process(me.process_index()).any(|number| number != me.number);
    if !others {
        return exit_group(call);
    }
    if let Some(syscall) = me.exported().task_syscall {
        // SAFETY: this thread's own task, which ends.
        unsafe { syscall(me.task(), libc::SYS_exit, &[call.args[0] as u64, 0, 0, 0, 0, 0]) };
    }
    release(me);
    leave_to(baton::next().unwrap_or(SIMULATOR))
}

/// exit_group(2).
pub fn exit_group(call: &Call<'_>) -> isize {
    library::quietly(libc::SYS_exit_group, [call.args[0]]);
    host::error(libc::ESRCH)
}

/// After a call has said that there is no such process: does not return if it is the caller's own.
pub fn if_ended(me: Current) {
    let Some(status) = me.exported().task_status else { return };
    // SAFETY: this thread's own task.
    let status = unsafe { status(me.task()) };
    if status >= 0 {
        end_process(me, status);
    }
}

/// The process has ended in the library with this status of wait(2).
fn end_process(me: Current, status: i32) -> ! {
    for number in thread::of_process(me.process_index()) {
        release(crate::thread::at(number));
    }
    me.process.status.store(status as u32, Ordering::Relaxed);
    me.process.ended.store(1, Ordering::Relaxed);
    clone::release_parent(me.process);
    control().ended.push(me.process_index());
    baton::give(SIMULATOR);
    loop {
        host::call(libc::SYS_exit_group, [0]);
    }
}

/// Gives back what a thread has that has ended.
pub fn release(of: Current) {
    if let Some(destroy) = of.exported().task_destroy {
        // SAFETY: the task has ended.
        unsafe { destroy(of.task()) };
    }
    thread::free(of.number);
}

/// Gives the baton to `number` and ends this thread, whose stack another may use from then on.
fn leave_to(number: u32) -> ! {
    let control = control();
    control.holder.store(number, Ordering::Relaxed);
    control.turns.fetch_add(1, Ordering::Relaxed);
    let word = &control.thread[number as usize].word;
    // SAFETY: the last thing this thread does; nothing of it is on its stack.
    unsafe {
        asm!(
            "mov dword ptr [rdi], 1",
            "jmp {exit}",
            exit = in(reg) gate::EXIT,
            in("rax") libc::SYS_futex,
            in("rdi") word.as_ptr(),
            in("rsi") libc::FUTEX_WAKE,
            in("rdx") 1,
            options(noreturn),
        )
    }
}

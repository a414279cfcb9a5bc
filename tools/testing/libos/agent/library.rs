// SPDX-License-Identifier: GPL-2.0

//! Calls of the node's kernel, and what happens on the way out: signals, and calls that begin again,
//! as signal(7) says under "Interruption of system calls".

use core::sync::atomic::Ordering;

use libc::ucontext_t;
use liblinux_abi::SimSignal;

use crate::dispatch::Call;
use crate::thread::current;
use crate::{end, host, signals};

/// The kernel's `<linux/errno.h>`: never seen by programs.
const ERESTARTSYS: isize = -512;
const ERESTARTNOINTR: isize = -513;
const ERESTARTNOHAND: isize = -514;
const ERESTART_RESTARTBLOCK: isize = -516;

/// Signals whose handlers are called after one call. More wait for the next.
const AT_ONCE: usize = 8;

/// The call as it is, by the node's kernel.
pub fn execute(call: &mut Call<'_>) -> isize {
    let (nr, args) = (call.nr, call.args);
    execute_as(call, nr, args)
}

/// As [`execute`]; `then` is called with what has succeeded, before any handler of the program's.
pub fn execute_then(call: &mut Call<'_>, then: impl FnOnce(usize)) -> isize {
    let (nr, args) = (call.nr, call.args);
    carry_out(call, nr, args, then)
}

/// System call `nr` by the node's kernel in the place of `call`.
pub fn execute_as(call: &mut Call<'_>, nr: i64, args: [usize; 6]) -> isize {
    carry_out(call, nr, args, |_| {})
}

fn carry_out(call: &mut Call<'_>, nr: i64, args: [usize; 6], then: impl FnOnce(usize)) -> isize {
    let (mut now, mut then) = ((nr, args), Some(then));
    loop {
        let result = enter(now.0, now.1);
        if result >= 0
            && let Some(then) = then.take()
        {
            then(result as usize);
        }
        let mut taken = [signals::NONE; AT_ONCE];
        let count = take_signals(&mut taken);
        let taken = &taken[..count];
        let decision = decide(result, taken.first().map(|signal| signal.flags));
        let shown = match decision {
            Decision::Return(result) => result,
            _ => host::error(libc::EINTR),
        };
        call.context.uc_mcontext.gregs[libc::REG_RAX as usize] = shown as i64;
        deliver(taken, call.context);
        match decision {
            Decision::Return(result) => return result,
            Decision::Again => {}
            Decision::Continue => now = (libc::SYS_restart_syscall, [0; 6]),
        }
    }
}

/// A call of the agent's own, with no program to go back to in between.
pub fn quietly<const N: usize>(nr: i64, args: [usize; N]) -> isize {
    let mut all = [0; 6];
    all[..N].copy_from_slice(&args);
    loop {
        let result = enter(nr, all);
        if !(ERESTART_RESTARTBLOCK..=ERESTARTSYS).contains(&result) {
            return result;
        }
    }
}

/// Makes a call; ends the process if the thread's task has ended in it.
fn enter(nr: i64, args: [usize; 6]) -> isize {
    let me = current();
    let args = args.map(|arg| arg as u64);
    let Some(syscall) = me.exported().task_syscall else { return host::error(libc::ENOSYS) };
    // SAFETY: this thread's own task; the arguments are the call's own risk.
    let result = unsafe { syscall(me.task(), nr, &args) } as isize;
    if result == host::error(libc::ESRCH) {
        end::if_ended(me);
    }
    result
}

fn take_signals(taken: &mut [SimSignal]) -> usize {
    let me = current();
    let Some(take) = me.exported().task_signal else { return 0 };
    let mut count = 0;
    for signal in taken {
        // SAFETY: this thread's own task, and room for a signal.
        match unsafe { take(me.task(), signal) } {
            1 => count += 1,
            0 => break,
            _ => {
                end::if_ended(me);
                break;
            }
        }
    }
    count
}

/// Calls the handlers. The last one interrupts the others before they have begun.
fn deliver(taken: &[SimSignal], context: &mut ucontext_t) {
    for signal in taken.iter().rev() {
        let mask = signals::call(signal, context);
        set_mask(mask, context);
    }
}

/// An instruction of the program has caused `signal`: its handler is called, or the process ends.
pub fn fault(signal: i32, info: &libc::siginfo_t, context: &mut ucontext_t) {
    let me = current();
    let pid = me.process.library_pid.load(Ordering::Relaxed) as usize;
    let tid = me.thread.library_tid.load(Ordering::Relaxed) as usize;
    let about = core::ptr::from_ref(info) as usize;
    let send = || {
        enter(libc::SYS_rt_tgsigqueueinfo, [pid, tid, signal as usize, about, 0, 0]);
        let mut taken = [signals::NONE; AT_ONCE];
        let count = take_signals(&mut taken);
        (taken, count)
    };
    let (taken, count) = send();
    if count > 0 {
        deliver(&taken[..count], context);
        return;
    }
    // Blocked or ignored: what an instruction causes cannot be, and is the end.
    let default = [0u64; 4];
    let number = signal as usize;
    enter(libc::SYS_rt_sigaction, [number, default.as_ptr() as usize, 0, 8, 0, 0]);
    let mask = 1u64 << (number - 1);
    let how = libc::SIG_UNBLOCK as usize;
    enter(libc::SYS_rt_sigprocmask, [how, &raw const mask as usize, 0, 8, 0, 0]);
    send();
}

/// Sets the mask of blocked signals; those that are no longer are taken at once.
fn set_mask(mask: u64, context: &mut ucontext_t) {
    let (how, new) = (libc::SIG_SETMASK as usize, &raw const mask as usize);
    let args = [how, new, 0, size_of::<u64>(), 0, 0];
    enter(libc::SYS_rt_sigprocmask, args);
    let mut taken = [signals::NONE; AT_ONCE];
    let count = take_signals(&mut taken);
    deliver(&taken[..count], context);
}

#[derive(Clone, Copy)]
enum Decision {
    Return(isize),
    Again,
    /// restart_syscall(2): the same call, with the time that is left.
    Continue,
}

/// `handler`: the flags of the first handler that is called, if one is.
fn decide(result: isize, handler: Option<i32>) -> Decision {
    let restarts = |flags: i32| flags & libc::SA_RESTART != 0;
    match (result, handler) {
        (ERESTARTNOINTR, _) | (ERESTARTSYS | ERESTARTNOHAND, None) => Decision::Again,
        (ERESTARTSYS, Some(flags)) if restarts(flags) => Decision::Again,
        (ERESTART_RESTARTBLOCK, None) => Decision::Continue,
        (ERESTART_RESTARTBLOCK..=ERESTARTSYS, _) => Decision::Return(host::error(libc::EINTR)),
        _ => Decision::Return(result),
    }
}

// SPDX-License-Identifier: GPL-2.0

//! sigaction(2) and sigprocmask(2), as the kernel has them. The kernel knows one handler, ours, on our
//! signal stack; what the program wants is noted ([`crate::signals::action`]).

use core::ffi::c_int;
use core::sync::atomic::{AtomicUsize, Ordering};

use libc::{SIG_DFL, SIG_IGN, ucontext_t};

use super::record::{INVALID, Record};
use super::{arrival, frame};
use crate::call::Call;
use crate::errno::{Errno, Outcome};
use crate::memory;
use crate::signals::action::{self, Action};
use crate::signals::native::{self, KernelAction};
use crate::signals::{COUNT, default, mask};

/// What the kernel has to know of the program's flags.
const TOLD: c_int = libc::SA_RESTART | libc::SA_NOCLDSTOP | libc::SA_NOCLDWAIT;

/// Where the program's handlers return to.
static RESTORERS: [AtomicUsize; COUNT] = [const { AtomicUsize::new(0) }; COUNT];

pub fn restorer(signal: c_int) -> usize {
    RESTORERS[signal as usize].load(Ordering::Relaxed)
}

/// Those that a bad address may raise.
pub fn is_of_memory(signal: c_int) -> bool {
    matches!(signal, libc::SIGSEGV | libc::SIGBUS)
}

/// Makes our handler that of every signal that has one. What the process has inherited is noted.
pub fn take_over() {
    for signal in 1..COUNT as c_int {
        let Ok(now) = native::change(signal, None) else { continue };
        match now.handler {
            SIG_IGN => action::note_undisturbed(signal, IGNORED),
            SIG_DFL => {}
            _ => drop(tell_kernel(signal, Some(default_of(signal)))),
        }
    }
}

fn default_of(signal: c_int) -> Action {
    if is_kept(signal) { OURS } else { default::action(signal) }
}

const IGNORED: Action = Action { handler: SIG_IGN, ..Action::DEFAULT };
/// A function, whichever.
const OURS: Action = Action { handler: !0, flags: 0, mask: 0 };

fn is_kept(signal: c_int) -> bool {
    mask::bit(signal) & mask::KEPT != 0
}

/// rt_sigaction(2).
pub fn change(call: Call) -> Outcome {
    let (signal, [_, new, before, size, ..]) = (call.int(0), call.args);
    if size != mask::SIZE || !(1..COUNT as c_int).contains(&signal) {
        return Err(INVALID);
    }
    if new != 0 && matches!(signal, libc::SIGKILL | libc::SIGSTOP) {
        return Err(INVALID);
    }
    let was = action::of(signal);
    let was_restorer = restorer(signal);
    if new != 0 {
        set(signal, memory::read(new).ok_or(Errno(libc::EFAULT))?)?;
    }
    let was = KernelAction {
        handler: was.handler,
        flags: was.flags as u32 as usize,
        restorer: was_restorer,
        mask: was.mask,
    };
    if before != 0 && !memory::write(before, was) {
        return Err(Errno(libc::EFAULT));
    }
    Ok(0)
}

fn set(signal: c_int, new: KernelAction) -> Outcome {
    let action =
        Action { handler: new.handler, flags: new.flags as c_int, mask: new.mask & !mask::KEPT };
    RESTORERS[signal as usize].store(new.restorer, Ordering::Relaxed);
    action::note_undisturbed(signal, action);
    if !is_kept(signal) {
        tell(signal, action);
    }
    Ok(0)
}

/// Tells the kernel what the program wants.
fn tell(signal: c_int, action: Action) {
    let native = match action.handler {
        SIG_DFL => Action {
            flags: action.flags | default::action(signal).flags,
            ..default::action(signal)
        },
        _ => action,
    };
    let _ = tell_kernel(signal, Some(native));
}

/// As the kernel does when it calls a handler with SA_RESETHAND.
pub fn reset(signal: c_int) {
    action::note_undisturbed(signal, Action::DEFAULT);
    if !is_kept(signal) {
        tell(signal, Action::DEFAULT);
    }
}

/// libc has made a signal its own, when it made its first thread: it is the program's.
pub fn take_back_from_libc() {
    const SIGSETXID: c_int = 33;
    tell(SIGSETXID, action::of(SIGSETXID));
}

/// sigaction(2) of the host: changes the action unless there is none, and returns the one before, or
/// -1. Any function stands for ours.
pub fn tell_kernel(signal: c_int, action: Option<Action>) -> Result<Action, c_int> {
    let new = action.map(|action| match action.is_function() {
        false => KernelAction {
            handler: action.handler,
            flags: (action.flags & TOLD) as usize,
            restorer: 0,
            mask: 0,
        },
        true => ours(signal, action.flags),
    });
    native::change(signal, new).map_err(|_| -1).map(|before| Action {
        handler: before.handler,
        flags: before.flags as c_int,
        mask: before.mask,
    })
}

/// Our handler. Those that it may itself raise are let through.
fn ours(signal: c_int, flags: c_int) -> KernelAction {
    let again = if is_kept(signal) { libc::SA_NODEFER } else { 0 };
    let flags = libc::SA_ONSTACK | again | flags & TOLD;
    KernelAction::calling(arrival::arrive as *const () as usize, flags, !mask::KEPT)
}

/// rt_sigprocmask(2), in the handler for it: the mask is that of the context.
pub fn change_mask(record: &Record, context: &mut ucontext_t, call: Call) -> Outcome {
    let (how, [_, new, before, size, ..]) = (call.int(0), call.args);
    if size != mask::SIZE {
        return Err(INVALID);
    }
    let was = frame::mask_of(context) | record.held.blocked();
    if new != 0 {
        let new = memory::read::<u64>(new).ok_or(Errno(libc::EFAULT))?;
        if ![libc::SIG_BLOCK, libc::SIG_UNBLOCK, libc::SIG_SETMASK].contains(&how) {
            return Err(INVALID);
        }
        let mask = mask::changed(how, was, new);
        frame::set_mask(context, mask & !NEVER);
        record.held.block(mask);
        record.held.send_later();
    }
    if before != 0 && !memory::write(before, was) {
        return Err(Errno(libc::EFAULT));
    }
    Ok(0)
}

/// What cannot be blocked.
pub const NEVER: u64 = mask::bit(libc::SIGKILL) | mask::bit(libc::SIGSTOP);

// SPDX-License-Identifier: GPL-2.0

//! Signals whose default action ends or stops the process. The host's kernel would do so at once,
//! and a process that ends or stops inside the library takes the instance along. So such a signal
//! has a handler too, which acts by default once its thread is outside.
//!
//! SIGKILL and SIGSTOP are the kernel's. SIGSEGV and SIGBUS have a handler of ours anyway: see
//! [`super::fault`].

use core::ffi::c_int;
use core::ops::Range;

use libc::{SA_RESTART, SA_SIGINFO, SIG_DFL, siginfo_t};

use crate::library::kernel;
use crate::signals::action::{self, Action};
use crate::signals::{COUNT, mask};
use crate::{host, instance, process};

const ENDING: [c_int; 19] = [
    libc::SIGABRT,
    libc::SIGFPE,
    libc::SIGILL,
    libc::SIGTRAP,
    libc::SIGHUP,
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGPIPE,
    libc::SIGALRM,
    libc::SIGTERM,
    libc::SIGSTKFLT,
    libc::SIGXCPU,
    libc::SIGXFSZ,
    libc::SIGVTALRM,
    libc::SIGPROF,
    libc::SIGIO,
    libc::SIGPWR,
];
/// Those without a name end the process, too; two are libc's own.
const REAL_TIME: Range<c_int> = 34..COUNT as c_int;
const STOPPING: [c_int; 3] = [libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU];
const IGNORED: [c_int; 4] = [libc::SIGCHLD, libc::SIGCONT, libc::SIGURG, libc::SIGWINCH];

/// What the kernel is told to do about `signal` if the program wants the default.
pub fn action(signal: c_int) -> Action {
    if ENDING.contains(&signal) || STOPPING.contains(&signal) || REAL_TIME.contains(&signal) {
        Action { handler: action::arrival(), flags: SA_SIGINFO | SA_RESTART, mask: 0 }
    } else {
        Action::DEFAULT
    }
}

/// Whether a signal comes of an instruction, which is executed again when the handler returns.
pub fn is_fault(signal: c_int, info: &siginfo_t) -> bool {
    matches!(signal, libc::SIGFPE | libc::SIGILL) && info.si_code > 0
}

/// Has the kernel end the process when the faulting instruction is executed again.
pub fn die_of_fault(signal: c_int) {
    let _ = action::tell_kernel(signal, Some(Action::DEFAULT));
}

/// Before the process dies of a fault: a thread that is not in the library itself sees to it that no
/// other one is.
pub fn before_death() {
    if !kernel::inside() {
        instance::end();
    }
}

/// Guards all signals that are at their default as the program begins.
pub fn guard_all() {
    for signal in ENDING.into_iter().chain(STOPPING).chain(REAL_TIME) {
        let now = action::tell_kernel(signal, None);
        if now.is_ok_and(|now| now.handler == SIG_DFL) {
            guard(signal);
        }
    }
}

fn guard(signal: c_int) {
    let _ = action::tell_kernel(signal, Some(action(signal)));
}

/// Does by default, outside the library. Returns if the process was only stopped, or not even that: a
/// signal may be on its way to a handler when another thread takes that away.
pub fn act(signal: c_int) {
    if IGNORED.contains(&signal) {
        return;
    }
    if STOPPING.contains(&signal) {
        kernel::leave();
    } else {
        instance::end();
    }
    let _ = action::tell_kernel(signal, Some(Action::DEFAULT));
    raise(signal);
    if signal == libc::SIGKILL {
        // The first one of a PID namespace cannot do that to itself.
        process::exit(128 + signal);
    }
    mask::unblock(mask::bit(signal));
    guard(signal);
    kernel::stay();
}

/// Sends `signal` to the calling thread.
fn raise(signal: c_int) {
    let of = |nr| host::syscall::<0>(nr, []).unwrap_or(0) as usize;
    let args = [of(libc::SYS_getpid), of(libc::SYS_gettid), signal as usize];
    let _ = host::syscall(libc::SYS_tgkill, args);
}

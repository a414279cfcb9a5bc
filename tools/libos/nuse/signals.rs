// SPDX-License-Identifier: GPL-2.0

//! Signals that end a program or tell it something are for the child, whoever they were sent to.

use std::sync::atomic::{AtomicI32, Ordering};

static CHILD: AtomicI32 = AtomicI32::new(0);

const PASSED: [i32; 7] = [
    libc::SIGHUP,
    libc::SIGTERM,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGCONT,
    libc::SIGWINCH,
    libc::SIGALRM,
];
/// The terminal sends these to the child too: here they are only not to end the launcher.
const LEFT: [i32; 2] = [libc::SIGINT, libc::SIGQUIT];

extern "C" fn pass_on(signal: i32) {
    let child = CHILD.load(Ordering::Relaxed);
    if child > 0 {
        // SAFETY: our own child, which has not been waited for.
        unsafe { libc::kill(child, signal) };
    }
}

extern "C" fn leave(_signal: i32) {}

/// Passes signals on to `child` from now on.
pub fn pass_to(child: i32) {
    CHILD.store(child, Ordering::Relaxed);
    set(&PASSED, pass_on as *const () as usize);
    // From a terminal both have got it; from kill(1) only the launcher has.
    // SAFETY: asks about standard input.
    let terminal = unsafe { libc::tcgetpgrp(0) == libc::getpgrp() };
    set(&LEFT, if terminal { leave as *const () as usize } else { pass_on as *const () as usize });
}

/// The child has ended.
pub fn stop() {
    CHILD.store(0, Ordering::Relaxed);
}

fn set(signals: &[i32], handler: usize) {
    for &signal in signals {
        // SAFETY: valid when zeroed; the handlers only call kill(2).
        unsafe {
            let mut action: libc::sigaction = core::mem::zeroed();
            action.sa_sigaction = handler;
            action.sa_flags = libc::SA_RESTART;
            libc::sigaction(signal, &action, core::ptr::null_mut());
        }
    }
}

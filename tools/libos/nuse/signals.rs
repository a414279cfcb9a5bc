// SPDX-License-Identifier: GPL-2.0

//! Signals that end a program or tell it something are for the child, whoever they were sent to.

use std::sync::atomic::{AtomicI32, Ordering};

static CHILD: AtomicI32 = AtomicI32::new(0);

const PASSED: [i32; 9] = [
    libc::SIGINT,
    libc::SIGQUIT,
    libc::SIGHUP,
    libc::SIGTERM,
    libc::SIGUSR1,
    libc::SIGUSR2,
    libc::SIGCONT,
    libc::SIGWINCH,
    libc::SIGALRM,
];

extern "C" fn pass_on(signal: i32, info: *mut libc::siginfo_t, _context: *mut libc::c_void) {
    let child = CHILD.load(Ordering::Relaxed);
    // SAFETY: the kernel's own information.
    let code = unsafe { (*info).si_code };
    // The terminal's signals go to the whole process group: the child has got them, too.
    if child > 0 && code != libc::SI_KERNEL {
        // SAFETY: our own child, which has not been waited for.
        unsafe { libc::kill(child, signal) };
    }
}

/// Passes signals on to `child` from now on.
pub fn pass_to(child: i32) {
    CHILD.store(child, Ordering::Relaxed);
    for signal in PASSED {
        // SAFETY: valid when zeroed; the handler only calls kill(2).
        unsafe {
            let mut action: libc::sigaction = core::mem::zeroed();
            action.sa_sigaction = pass_on as *const () as usize;
            action.sa_flags = libc::SA_RESTART | libc::SA_SIGINFO;
            libc::sigaction(signal, &action, core::ptr::null_mut());
        }
    }
}

/// The child has ended.
pub fn stop() {
    CHILD.store(0, Ordering::Relaxed);
}

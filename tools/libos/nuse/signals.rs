// SPDX-License-Identifier: GPL-2.0

//! Signals that end or stop a program or tell it something are for the child, whoever they were sent to.
//! Where the terminal stops the child, `nuse` stops too, for the shell that waits for it; but not in the
//! middle of the kernel that others use.

use std::sync::atomic::{AtomicI32, Ordering};

static CHILD: AtomicI32 = AtomicI32::new(0);

/// Signals of a terminal that stop a program.
const STOPPING: [i32; 3] = [libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU];

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
    for signal in PASSED.into_iter().chain(STOPPING) {
        set(signal, pass_on as *const () as usize);
    }
}

fn set(signal: i32, handler: usize) {
    // SAFETY: valid when zeroed; the handler only calls kill(2).
    unsafe {
        let mut action: libc::sigaction = core::mem::zeroed();
        action.sa_sigaction = handler;
        action.sa_flags = libc::SA_RESTART | libc::SA_SIGINFO;
        libc::sigaction(signal, &action, core::ptr::null_mut());
    }
}

/// Stops this process as `signal` has stopped the child, if it came from a terminal. Returns when both
/// are to go on.
pub fn stop_by(signal: i32) {
    if STOPPING.contains(&signal) {
        set(signal, libc::SIG_DFL);
        set(libc::SIGCONT, libc::SIG_IGN);
        // SAFETY: a number.
        unsafe { libc::raise(signal) };
        set(signal, pass_on as *const () as usize);
        set(libc::SIGCONT, pass_on as *const () as usize);
        continue_child();
    }
}

/// Has the child go on too. A shell tells the whole process group: the child has got that, and is not to
/// be told twice.
fn continue_child() {
    let child = CHILD.load(Ordering::Relaxed);
    // SAFETY: valid when zeroed; our own child, which has not been waited for.
    unsafe {
        let mut info: libc::siginfo_t = core::mem::zeroed();
        libc::waitid(libc::P_PID, child as u32, &mut info, libc::WCONTINUED | libc::WNOHANG);
        if info.si_pid() == 0 {
            libc::kill(child, libc::SIGCONT);
        }
    }
}

/// The child has ended.
pub fn stop() {
    CHILD.store(0, Ordering::Relaxed);
}

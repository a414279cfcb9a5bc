// SPDX-License-Identifier: GPL-2.0

//! Signals that were sent to the launcher are for the child: whoever sent them means the program. Where
//! the terminal stops the child, `nuse` stops too, for the shell that waits for it; but not in the middle
//! of the kernel that others use.

use std::sync::atomic::{AtomicBool, AtomicI32, AtomicU64, Ordering};

use libc::siginfo_t;
use libos_host::fault;

use crate::terminal::Terminal;

static CHILD: AtomicI32 = AtomicI32::new(0);
/// The child is one that has gone to the background, where the terminal's signals do not come.
static BACKGROUND: AtomicBool = AtomicBool::new(false);
/// The signals that came before there was a child, by their bits.
static EARLY: AtomicU64 = AtomicU64::new(0);

/// Signals of a terminal that stop a program.
const STOPPING: [i32; 3] = [libc::SIGTSTP, libc::SIGTTIN, libc::SIGTTOU];

/// What a terminal that is gone tells the leader of its session, and nobody else.
const HANGUP: [i32; 2] = [libc::SIGHUP, libc::SIGCONT];

/// If the kernel makes one of these, it is the launcher's own fault.
const FAULTS: [i32; 7] = [
    libc::SIGILL,
    libc::SIGTRAP,
    libc::SIGBUS,
    libc::SIGFPE,
    libc::SIGSEGV,
    libc::SIGSYS,
    libc::SIGXCPU,
];

/// All that can be caught, but that of the child's own end.
fn passed() -> impl Iterator<Item = i32> {
    let all = (1..=libc::SIGSYS).chain(libc::SIGRTMIN()..=libc::SIGRTMAX());
    all.filter(|signal| ![libc::SIGKILL, libc::SIGSTOP, libc::SIGCHLD].contains(signal))
}

unsafe extern "C-unwind" fn pass_on(
    signal: i32,
    info: *mut siginfo_t,
    _context: *mut libc::c_void,
) {
    let child = CHILD.load(Ordering::Relaxed);
    // SAFETY: the kernel's own information.
    let info = unsafe { &*info };
    let code = info.si_code;
    if code > 0 && FAULTS.contains(&signal) {
        set(signal, libc::SIG_DFL);
        // SAFETY: a number.
        unsafe { libc::raise(signal) };
    } else if child == 0 {
        EARLY.fetch_or(1 << (signal - 1), Ordering::SeqCst);
    } else if code == libc::SI_QUEUE {
        // SAFETY: our own child, which has not been waited for; the sender's information, with its value.
        unsafe {
            libc::syscall(libc::SYS_rt_sigqueueinfo, child, signal, core::ptr::from_ref(info))
        };
    } else if was_sent(info) || is_hangup(signal, code) || BACKGROUND.load(Ordering::Relaxed) {
        // SAFETY: our own child, which has not been waited for.
        unsafe { libc::kill(child, signal) };
    }
}

/// Whether another process sent it, and to this one. What the terminal sends goes to the whole process group:
/// the child has got it, too. What this process sends itself, as abort(3) does, it means itself.
fn was_sent(info: &siginfo_t) -> bool {
    // SAFETY: what was sent has its sender.
    let sender = unsafe { info.si_pid() };
    // SAFETY: asks for a number.
    let is_own = sender == unsafe { libc::getpid() };
    info.si_code <= 0 && !is_own && !is_of_group(info.si_code, sender)
}

/// Whether it has come from a program, by kill(2), that is in the launcher's process group: it was sent
/// to the group then, kill(0), and the child has got it, too. The sender may have ended by it.
fn is_of_group(code: i32, sender: i32) -> bool {
    // SAFETY: ask for numbers.
    let is_member = || unsafe { [libc::getpgrp(), -1].contains(&libc::getpgid(sender)) };
    code == libc::SI_USER && libos_host::process().knows(sender as u32) && is_member()
}

/// Whether the terminal of this session is gone, and the launcher alone hears of it.
fn is_hangup(signal: i32, code: i32) -> bool {
    // SAFETY: ask for numbers.
    let leads = unsafe { libc::getsid(0) == libc::getpid() };
    leads && code == libc::SI_KERNEL && HANGUP.contains(&signal)
}

/// Passes signals on to `child` from now on, and those that came since [`catch`].
pub fn pass_to(child: i32) {
    CHILD.store(child, Ordering::SeqCst);
    set_all(|_| true);
    let early = EARLY.swap(0, Ordering::SeqCst);
    for signal in passed().filter(|signal| early & 1 << (signal - 1) != 0) {
        // SAFETY: our own child, which has not been waited for.
        unsafe { libc::kill(child, signal) };
    }
}

/// As [`pass_to`], also what comes from a terminal, if the child does not get that.
pub fn pass_all_to(child: i32) {
    // SAFETY: ask for numbers.
    let is_background = unsafe { libc::getpgid(child) != libc::getpgrp() };
    BACKGROUND.store(is_background, Ordering::SeqCst);
    pass_to(child);
}

/// Keeps signals for the child that is about to be made. It is to inherit which ones are ignored.
pub fn catch() {
    // The kernel in this process has its own faults handled first.
    fault::on_others(pass_on);
    // Rust's library ignores SIGPIPE here, and never has a child do so.
    set_all(|signal| signal == libc::SIGPIPE || handler_of(signal) != libc::SIG_IGN);
}

fn set_all(which: impl Fn(i32) -> bool) {
    let by_fault = [libc::SIGSEGV, libc::SIGBUS];
    for signal in passed().filter(|signal| !by_fault.contains(signal) && which(*signal)) {
        set(signal, pass_on as *const () as usize);
    }
}

fn handler_of(signal: i32) -> usize {
    // SAFETY: valid when zeroed; only asks.
    unsafe {
        let mut action: libc::sigaction = core::mem::zeroed();
        libc::sigaction(signal, core::ptr::null(), &mut action);
        action.sa_sigaction
    }
}

fn set(signal: i32, handler: usize) {
    // SAFETY: valid when zeroed; the handler only makes system calls.
    unsafe {
        let mut action: libc::sigaction = core::mem::zeroed();
        action.sa_sigaction = handler;
        action.sa_flags = libc::SA_RESTART | libc::SA_SIGINFO;
        libc::sigaction(signal, &action, core::ptr::null_mut());
    }
}

/// Stops this process as `signal` has stopped the child, if it came from a terminal, or the child has the
/// terminal, for which others wait then. Returns when both are to go on.
pub fn stop_by(signal: i32) {
    let terminal = Terminal::of(CHILD.load(Ordering::Relaxed));
    let lent = terminal.as_ref().filter(|terminal| terminal.is_lent());
    let signal = if lent.is_some() { libc::SIGTSTP } else { signal };
    if STOPPING.contains(&signal) {
        if let Some(terminal) = lent {
            in_background(|| terminal.take());
        }
        set(signal, libc::SIG_DFL);
        set(libc::SIGCONT, libc::SIG_IGN);
        // SAFETY: a number.
        unsafe { libc::raise(signal) };
        set(signal, pass_on as *const () as usize);
        set(libc::SIGCONT, pass_on as *const () as usize);
        match &terminal {
            Some(terminal) => in_background(|| terminal.give_back()),
            None => continue_child(),
        }
    }
}

/// Does what the terminal stops a process for that is in the background.
fn in_background(action: impl FnOnce()) {
    set(libc::SIGTTOU, libc::SIG_IGN);
    action();
    set(libc::SIGTTOU, pass_on as *const () as usize);
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

/// Has `signal` do by default what it does, if it can.
pub fn let_act(signal: i32) {
    set(signal, libc::SIG_DFL);
    // SAFETY: a set of ours.
    unsafe {
        let mut one: libc::sigset_t = core::mem::zeroed();
        libc::sigaddset(&mut one, signal);
        libc::pthread_sigmask(libc::SIG_UNBLOCK, &one, core::ptr::null_mut());
    }
}

/// The child has ended.
pub fn stop() {
    CHILD.store(0, Ordering::Relaxed);
}

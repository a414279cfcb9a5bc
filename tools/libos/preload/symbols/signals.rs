// SPDX-License-Identifier: GPL-2.0

//! `<signal.h>`: what tells the kernel about handlers and masks.

use core::ffi::c_int;
use core::ptr::null;
use core::sync::atomic::{AtomicU64, Ordering};

use libc::{SIG_ERR, pthread_t, sigaction as Sigaction, siginfo_t, sigset_t, timespec};

use super::{Word, aliases, calls};
use crate::call::{Call, Origin};
use crate::errno::{self, Errno};
use crate::route::route;
use crate::signals::action::{self, Action};
use crate::signals::{COUNT, held, mask, pending};
use crate::{instance, real};

calls! {
    Function kill(pid: c_int, signal: c_int) -> c_int = SYS_kill(pid, signal);
    Function killpg(group: c_int, signal: c_int) -> c_int = SYS_kill(-group, signal);
}

/// raise(3).
#[unsafe(no_mangle)]
pub extern "C-unwind" fn raise(signal: c_int) -> c_int {
    let of = |nr| Call::new(Origin::Function, nr, []).to_host().unwrap_or(0) as usize;
    let args = [of(libc::SYS_getpid), of(libc::SYS_gettid), signal as usize];
    let call = Call::new(Origin::Function, libc::SYS_tgkill, args);
    errno::returned(route(call)) as c_int
}

/// pthread_kill(3). What ends or stops a thread in any case does so to its process.
///
/// # Safety
///
/// As for pthread_kill(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn pthread_kill(thread: pthread_t, signal: c_int) -> c_int {
    if matches!(signal, libc::SIGKILL | libc::SIGSTOP) {
        return if raise(signal) == 0 { 0 } else { libc::EAGAIN };
    }
    // SAFETY: as the caller promises.
    real::PTHREAD_KILL.get().map_or(libc::ENOSYS, |kill| unsafe { kill(thread, signal) })
}

/// sigaction(2).
///
/// # Safety
///
/// As for sigaction(2).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn sigaction(
    signal: c_int,
    new: *const Sigaction,
    before: *mut Sigaction,
) -> c_int {
    if instance::is_attached() {
        // SAFETY: as the caller promises.
        return unsafe { action::change(signal, new, before) };
    }
    // SAFETY: as the caller promises.
    real::SIGACTION.get().map_or(-1, |sigaction| unsafe { sigaction(signal, new, before) })
}

/// Sets a handler. The one before, or SIG_ERR.
fn set(signal: c_int, handler: usize, flags: c_int, mask: u64) -> usize {
    if handler == SIG_ERR || !(1..COUNT as c_int).contains(&signal) {
        errno::set(Errno(libc::EINVAL));
        return SIG_ERR;
    }
    let new = Action { handler, flags, mask }.to_libc();
    let mut before = Action::DEFAULT.to_libc();
    // SAFETY: two actions of ours.
    match unsafe { sigaction(signal, &raw const new, &raw mut before) } {
        0 => before.sa_sigaction,
        _ => SIG_ERR,
    }
}

/// The signals for which siginterrupt(3) was said, as a mask.
static INTERRUPT: AtomicU64 = AtomicU64::new(0);

/// signal(2), as in BSD: calls are restarted.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn signal(signal: c_int, handler: usize) -> usize {
    let bit = mask::bit(signal.clamp(1, COUNT as c_int - 1));
    let interrupts = INTERRUPT.load(Ordering::Relaxed) & bit != 0;
    set(signal, handler, if interrupts { 0 } else { libc::SA_RESTART }, bit)
}

/// sysv_signal(3): once, and not blocked meanwhile.
#[unsafe(no_mangle)]
pub extern "C-unwind" fn sysv_signal(signal: c_int, handler: usize) -> usize {
    set(signal, handler, libc::SA_RESETHAND | libc::SA_NODEFER, 0)
}

/// siginterrupt(3).
#[unsafe(no_mangle)]
pub extern "C-unwind" fn siginterrupt(signal: c_int, interrupts: c_int) -> c_int {
    let mut now = Action::DEFAULT.to_libc();
    // SAFETY: an action of ours.
    if unsafe { sigaction(signal, core::ptr::null(), &raw mut now) } < 0 {
        return -1;
    }
    if interrupts != 0 {
        INTERRUPT.fetch_or(mask::bit(signal), Ordering::Relaxed);
        now.sa_flags &= !libc::SA_RESTART;
    } else {
        INTERRUPT.fetch_and(!mask::bit(signal), Ordering::Relaxed);
        now.sa_flags |= libc::SA_RESTART;
    }
    // SAFETY: as above.
    unsafe { sigaction(signal, &raw const now, core::ptr::null_mut()) }
}

/// sigset(3).
#[unsafe(no_mangle)]
pub extern "C-unwind" fn sigset(signal: c_int, handler: usize) -> usize {
    /// `SIG_HOLD` of `<signal.h>`.
    const HOLD: usize = 2;
    let hold = handler == HOLD;
    let was = if hold { current(signal) } else { set(signal, handler, 0, 0) };
    if was == SIG_ERR {
        return SIG_ERR;
    }
    let how = if hold { libc::SIG_BLOCK } else { libc::SIG_UNBLOCK };
    let (one, mut before) = (mask::bit(signal), 0u64);
    // SAFETY: two masks of ours.
    let changed = unsafe { mask::change_for_program(how, &raw const one, &raw mut before) };
    if changed.is_ok() && before & one != 0 { HOLD } else { was }
}

fn current(signal: c_int) -> usize {
    let mut now = Action::DEFAULT.to_libc();
    // SAFETY: an action of ours.
    match unsafe { sigaction(signal, core::ptr::null(), &raw mut now) } {
        0 => now.sa_sigaction,
        _ => SIG_ERR,
    }
}

/// sigprocmask(2).
///
/// # Safety
///
/// As for sigprocmask(2).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn sigprocmask(
    how: c_int,
    new: *const sigset_t,
    before: *mut sigset_t,
) -> c_int {
    // SAFETY: as the caller promises; a set begins with the kernel's mask.
    errno::returned(unsafe { mask::change_for_program(how, new.cast(), before.cast()) }) as c_int
}

/// pthread_sigmask(3).
///
/// # Safety
///
/// As for pthread_sigmask(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn pthread_sigmask(
    how: c_int,
    new: *const sigset_t,
    before: *mut sigset_t,
) -> c_int {
    // SAFETY: as above.
    match unsafe { mask::change_for_program(how, new.cast(), before.cast()) } {
        Ok(_) => 0,
        Err(Errno(errno)) => errno,
    }
}

/// sigsuspend(2).
///
/// # Safety
///
/// As for sigsuspend(2).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn sigsuspend(set: *const sigset_t) -> c_int {
    let wanted = mask::at(set.word());
    let mask = wanted.map(mask::without_own);
    let address = mask.as_ref().map_or(0, |mask| core::ptr::from_ref(mask) as usize);
    let call = Call::new(Origin::Point, libc::SYS_rt_sigsuspend, [address, mask::SIZE]);
    errno::returned(held::during(wanted, || route(call))) as c_int
}

/// sigpending(2).
///
/// # Safety
///
/// As for sigpending(2).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn sigpending(set: *mut sigset_t) -> c_int {
    let args = [set.word(), mask::SIZE];
    let call = Call::new(Origin::Function, libc::SYS_rt_sigpending, args);
    errno::returned(pending::ask(call)) as c_int
}

/// sigtimedwait(2).
///
/// # Safety
///
/// As for sigtimedwait(2).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn sigtimedwait(
    set: *const sigset_t,
    info: *mut siginfo_t,
    timeout: *const timespec,
) -> c_int {
    let args = [set.word(), info.word(), timeout.word(), mask::SIZE];
    let call = Call::new(Origin::Point, libc::SYS_rt_sigtimedwait, args);
    let outcome = pending::wait(call);
    // SAFETY: as the caller promises.
    if let (Ok(_), Some(info)) = (outcome, unsafe { info.as_mut() })
        && info.si_code == libc::SI_TKILL
    {
        // As libc says it.
        info.si_code = libc::SI_USER;
    }
    errno::returned(outcome) as c_int
}

/// sigwaitinfo(2).
///
/// # Safety
///
/// As for sigwaitinfo(2).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn sigwaitinfo(set: *const sigset_t, info: *mut siginfo_t) -> c_int {
    // SAFETY: as the caller promises.
    unsafe { sigtimedwait(set, info, null()) }
}

/// sigwait(3).
///
/// # Safety
///
/// As for sigwait(3).
#[unsafe(no_mangle)]
pub unsafe extern "C-unwind" fn sigwait(set: *const sigset_t, signal: *mut c_int) -> c_int {
    let args = [set.word(), 0, 0, mask::SIZE];
    loop {
        match pending::wait(Call::new(Origin::Point, libc::SYS_rt_sigtimedwait, args)) {
            Err(Errno(libc::EINTR)) => {}
            Err(Errno(errno)) => return errno,
            Ok(number) => {
                // SAFETY: as the caller promises.
                unsafe { signal.write(number as c_int) };
                return 0;
            }
        }
    }
}

aliases! {
    __sigaction = sigaction(signal: c_int, new: *const Sigaction, before: *mut Sigaction) -> c_int;
    __sigsuspend = sigsuspend(set: *const sigset_t) -> c_int;
}

/// Other names of functions that take no pointers.
macro_rules! safe_aliases {
    ($($name:ident = $function:ident;)*) => {
        $(
            /// Another name.
            #[unsafe(no_mangle)]
            pub extern "C-unwind" fn $name(number: c_int, handler: usize) -> usize {
                $function(number, handler)
            }
        )*
    };
}

safe_aliases! {
    bsd_signal = signal;
    ssignal = signal;
    __sysv_signal = sysv_signal;
}

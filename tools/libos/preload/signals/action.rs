// SPDX-License-Identifier: GPL-2.0

//! What the program wants done about each signal: sigaction(2).
//!
//! The host's kernel knows [`deferral::arrive`] as the handler of each signal that has one; which
//! one the program wants is here. Whether there is one, the kernel knows best: execve(2) resets all.

use core::ffi::{c_int, c_void};
use core::hint::spin_loop;
use core::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, AtomicUsize, Ordering, fence};

use libc::{SIG_DFL, SIG_IGN, sigaction, siginfo_t};
use libos_host::owner;

use crate::errno::{self, Errno};
use crate::signals::{COUNT, default, deferral, held, mask};
use crate::{instance, real, static_program};

/// What to do about a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Action {
    /// SIG_DFL, SIG_IGN, or the address of a function.
    pub handler: usize,
    pub flags: c_int,
    pub mask: u64,
}

impl Action {
    pub const DEFAULT: Action = Action { handler: SIG_DFL, flags: 0, mask: 0 };

    pub fn is_function(&self) -> bool {
        !matches!(self.handler, SIG_DFL | SIG_IGN)
    }

    /// # Safety
    ///
    /// The address is that of one.
    unsafe fn at(address: *const sigaction) -> Self {
        // SAFETY: as the caller promises.
        let (action, mask) =
            unsafe { (&*address, mask::at(&raw const (*address).sa_mask as usize)) };
        Action { handler: action.sa_sigaction, flags: action.sa_flags, mask: mask.unwrap_or(0) }
    }

    /// As libc has it.
    pub fn to_libc(self) -> sigaction {
        // SAFETY: plain data.
        let mut action: sigaction = unsafe { core::mem::zeroed() };
        action.sa_sigaction = self.handler;
        action.sa_flags = self.flags;
        // SAFETY: a set is larger than the kernel's.
        unsafe { (&raw mut action.sa_mask).cast::<u64>().write(self.mask) };
        action
    }
}

/// An action that a handler may look at while a thread changes it.
struct Record {
    /// Odd while it is being changed.
    version: AtomicU32,
    handler: AtomicUsize,
    flags: AtomicI32,
    mask: AtomicU64,
}

impl Record {
    const fn new() -> Self {
        Record {
            version: AtomicU32::new(0),
            handler: AtomicUsize::new(SIG_DFL),
            flags: AtomicI32::new(0),
            mask: AtomicU64::new(0),
        }
    }

    fn load(&self) -> Action {
        loop {
            let version = self.version.load(Ordering::Acquire);
            let action = Action {
                handler: self.handler.load(Ordering::Relaxed),
                flags: self.flags.load(Ordering::Relaxed),
                mask: self.mask.load(Ordering::Relaxed),
            };
            fence(Ordering::Acquire);
            if version.is_multiple_of(2) && version == self.version.load(Ordering::Relaxed) {
                return action;
            }
            spin_loop();
        }
    }

    /// Called with all signals blocked: a handler must not find it half changed by its own thread.
    fn store(&self, action: Action) {
        while !self.lock() {
            spin_loop();
        }
        self.handler.store(action.handler, Ordering::Relaxed);
        self.flags.store(action.flags, Ordering::Relaxed);
        self.mask.store(action.mask, Ordering::Relaxed);
        self.version.fetch_add(1, Ordering::Release);
    }

    /// In the child of a fork: who was changing it is not there.
    fn unlock(&self) {
        if !self.version.load(Ordering::Relaxed).is_multiple_of(2) {
            self.version.fetch_add(1, Ordering::Release);
        }
    }

    fn lock(&self) -> bool {
        let even = self.version.load(Ordering::Relaxed) & !1;
        let (order, failed) = (Ordering::Acquire, Ordering::Relaxed);
        let locked = self.version.compare_exchange(even, even + 1, order, failed).is_ok();
        fence(Ordering::Release);
        locked
    }
}

static RECORDS: [Record; COUNT] = [const { Record::new() }; COUNT];

fn record(signal: c_int) -> Option<&'static Record> {
    RECORDS.get(usize::try_from(signal).ok()?)
}

/// In the child of a fork: other threads may have been changing actions.
pub fn forget_others() {
    RECORDS.iter().for_each(Record::unlock);
}

/// What the program wants done about `signal`.
pub fn of(signal: c_int) -> Action {
    record(signal).map_or(Action::DEFAULT, Record::load)
}

/// Notes what the program wants done.
fn note(signal: c_int, action: Action) {
    let before = mask::set(mask::ALL);
    note_undisturbed(signal, action);
    mask::set(before);
}

/// The same where no handler of this thread looks at it.
pub fn note_undisturbed(signal: c_int, action: Action) {
    if let Some(record) = record(signal) {
        record.store(action);
    }
}

/// sigaction(2) for the program.
///
/// # Safety
///
/// As for sigaction(2).
pub unsafe fn change(signal: c_int, new: *const sigaction, before: *mut sigaction) -> c_int {
    if !(1..COUNT as c_int).contains(&signal) {
        errno::set(Errno(libc::EINVAL));
        return -1;
    }
    let was = of(signal);
    // SAFETY: as the caller promises.
    let new = (!new.is_null()).then(|| unsafe { Action::at(new) });
    let result = if mask::bit(signal) & mask::OWN != 0 {
        // The handler is ours, and stays so.
        if let Some(new) = new {
            note(signal, new);
        }
        Ok(was)
    } else {
        install(signal, was, new)
    };
    match result {
        Ok(was) if !before.is_null() => {
            // SAFETY: as the caller promises.
            unsafe { before.write(was.to_libc()) };
            0
        }
        Ok(_) => 0,
        Err(failed) => failed,
    }
}

/// Changes what is done about `signal`, one that is not ours. What was done before.
pub fn exchange(signal: c_int, action: Action) -> Action {
    install(signal, of(signal), Some(action)).unwrap_or(Action::DEFAULT)
}

/// Any other signal. What the program has had, or -1 with errno set.
fn install(signal: c_int, was: Action, new: Option<Action>) -> Result<Action, c_int> {
    if let Some(action) = new {
        note(signal, action);
    }
    let attached = instance::is_attached();
    let native = new.map(|new| if attached { for_kernel(signal, new) } else { new });
    match tell_kernel(signal, native) {
        Ok(kernel) => Ok(if kernel.handler == arrival() { was } else { kernel }),
        Err(failed) => {
            note(signal, was);
            Err(failed)
        }
    }
}

/// What the kernel is told to do if the program wants `action`.
fn for_kernel(signal: c_int, action: Action) -> Action {
    if !action.is_function() {
        return if action.handler == SIG_DFL { default::action(signal) } else { action };
    }
    // A signal that waits is sent again, and must find the handler then: it is reset when that is called.
    Action {
        handler: arrival(),
        flags: action.flags & !libc::SA_RESETHAND | libc::SA_SIGINFO,
        mask: action.mask & !mask::OWN,
    }
}

/// As the kernel does when it calls a handler with SA_RESETHAND. In a handler of `signal`.
pub fn reset(signal: c_int) {
    note(signal, Action::DEFAULT);
    if mask::bit(signal) & mask::OWN == 0 {
        let _ = tell_kernel(signal, Some(for_kernel(signal, Action::DEFAULT)));
    }
}

/// The address that the kernel knows.
pub fn arrival() -> usize {
    deferral::arrive as *const () as usize
}

/// sigaction(2) itself: changes the action unless there is none, and returns the one before, or -1.
pub fn tell_kernel(signal: c_int, action: Option<Action>) -> Result<Action, c_int> {
    if static_program::runs() {
        return static_program::tell_kernel(signal, action);
    }
    let Some(sigaction) = real::SIGACTION.get() else {
        return Err(-1);
    };
    let new = action.map(Action::to_libc);
    let new = new.as_ref().map_or(core::ptr::null(), core::ptr::from_ref);
    let mut before = Action::DEFAULT.to_libc();
    // SAFETY: two actions of ours.
    match unsafe { sigaction(signal, new, &raw mut before) } {
        // SAFETY: written by libc.
        0 => Ok(unsafe { Action::at(&raw const before) }),
        failed => Err(failed),
    }
}

/// Calls the program's handler.
///
/// # Safety
///
/// The action is a function; the rest is what the kernel gave a handler of ours.
pub unsafe fn call(action: Action, signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: as the caller promises, the address is a handler's, and the information there.
    unsafe {
        let handler = action.handler as *const c_void;
        owner::unveil(&mut *info);
        let blocked = held::blocked();
        core::mem::transmute::<*const c_void, super::Handler>(handler)(signal, info, context);
        held::block(blocked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOME: Action = Action { handler: 0x1234, flags: libc::SA_RESTART, mask: 6 };

    #[test]
    fn records_give_back_what_they_got() {
        let record = Record::new();
        assert_eq!(record.load(), Action::DEFAULT);
        record.store(SOME);
        record.store(SOME);
        assert_eq!(record.load(), SOME);
        assert!(record.version.load(Ordering::Relaxed).is_multiple_of(2));
    }

    #[test]
    fn the_child_of_a_fork_waits_for_nobody() {
        let record = Record::new();
        assert!(record.lock() && !record.lock());
        record.unlock();
        record.store(SOME);
        record.unlock();
        assert_eq!(record.load(), SOME);
    }

    #[test]
    fn libc_and_back() {
        let libc = SOME.to_libc();
        // SAFETY: a local.
        assert_eq!(unsafe { Action::at(&raw const libc) }, SOME);
    }

    #[test]
    fn records_are_never_seen_half_changed() {
        static RECORD: Record = Record::new();
        let all = |n: usize| Action { handler: n, flags: n as c_int, mask: n as u64 };
        RECORD.store(all(1));
        std::thread::scope(|scope| {
            for writer in 0..2 {
                scope.spawn(move || (1..20_000).for_each(|n| RECORD.store(all(2 * n + writer))));
            }
            for _ in 0..50_000 {
                let seen = RECORD.load();
                assert_eq!(seen, all(seen.handler));
            }
        });
    }

    #[test]
    fn our_signals_are_kept_out_of_masks() {
        let wanted = Action { mask: !0, ..SOME };
        let told = for_kernel(libc::SIGUSR1, wanted);
        assert_eq!(told.mask & mask::OWN, 0);
        assert_eq!(told.handler, arrival());
        assert_eq!(told.flags & libc::SA_RESTART, libc::SA_RESTART);
    }

    #[test]
    fn ignoring_is_the_kernels_own_business() {
        let ignore = Action { handler: SIG_IGN, ..Action::DEFAULT };
        assert_eq!(for_kernel(libc::SIGUSR1, ignore), ignore);
    }
}

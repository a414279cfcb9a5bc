// SPDX-License-Identifier: GPL-2.0

//! Signals that arrive. Outside the library, the program's handler is called. Inside, the signal is
//! kept, all others are blocked, and the call is interrupted; on the way out the handler is called,
//! and the others come.

use core::cell::{Cell, UnsafeCell};
use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;

use libc::{SIG_DFL, SIG_IGN, siginfo_t, ucontext_t};

use crate::library::kernel;
use crate::signals::action::{self, Action};
use crate::signals::restart::Handlers;
use crate::signals::{default, mask};

/// What a thread knows of its signals.
struct Signals {
    /// The signal that waits for the way out; 0: none.
    waiting: Cell<c_int>,
    info: UnsafeCell<MaybeUninit<siginfo_t>>,
    /// The mask that it interrupted.
    mask: Cell<u64>,
    /// Signals wait although the thread is not in the library yet.
    held: Cell<bool>,
    /// The handlers that were called since [`finish`] began.
    called: Cell<Handlers>,
}

thread_local! {
    static SIGNALS: Signals = const {
        Signals {
            waiting: Cell::new(0),
            info: UnsafeCell::new(MaybeUninit::uninit()),
            mask: Cell::new(0),
            held: Cell::new(false),
            called: Cell::new(Handlers::None),
        }
    };
}

/// The handler that the host's kernel knows.
///
/// # Safety
///
/// Called by the kernel.
pub unsafe extern "C-unwind" fn arrive(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    SIGNALS.with(|signals| {
        if kernel::inside() || signals.held.get() {
            // SAFETY: the kernel's arguments.
            unsafe { signals.defer(signal, info, context.cast()) };
        } else {
            // SAFETY: the kernel's arguments.
            unsafe { signals.perform(signal, action::of(signal), info, context) };
        }
    });
}

/// Signals wait from now on, and interrupt the next call that would wait in the library.
pub fn hold() {
    SIGNALS.with(|signals| signals.held.set(true));
}

/// Outside the library again: does what waits. The handlers that were called.
#[inline]
pub fn finish() -> Handlers {
    SIGNALS.with(|signals| {
        signals.held.set(false);
        if signals.waiting.get() == 0 { Handlers::None } else { signals.catch_up() }
    })
}

impl Signals {
    /// # Safety
    ///
    /// In a handler, with its arguments.
    unsafe fn defer(&self, signal: c_int, info: *const siginfo_t, context: *mut ucontext_t) {
        // SAFETY: as the caller promises; nobody else uses the place: as long as a signal waits,
        // no other comes.
        unsafe {
            (*self.info.get()).write(*info);
            let blocked = (&raw mut (*context).uc_sigmask).cast::<u64>();
            self.mask.set(*blocked);
            *blocked = mask::ALL & !mask::OWN;
        }
        self.waiting.set(signal);
        kernel::interrupt_self();
    }

    #[cold]
    fn catch_up(&self) -> Handlers {
        let signal = self.waiting.replace(0);
        let before = self.mask.get();
        let action = action::of(signal);
        self.called.set(Handlers::None);
        // SAFETY: written when the signal was deferred; the context is this thread's.
        unsafe {
            let mut info = (*self.info.get()).assume_init();
            let mut context = MaybeUninit::<ucontext_t>::zeroed();
            libc::getcontext(context.as_mut_ptr());
            mask::set(before | blocked_during(signal, action));
            self.perform(signal, action, &raw mut info, context.as_mut_ptr().cast());
        }
        mask::set(before);
        self.called.get()
    }

    /// # Safety
    ///
    /// As for a handler. The action is that of the signal.
    unsafe fn perform(
        &self,
        signal: c_int,
        action: Action,
        info: *mut siginfo_t,
        context: *mut c_void,
    ) {
        match action.handler {
            SIG_DFL => default::act(signal),
            SIG_IGN => {}
            _ => {
                self.called.set(self.called.get().and(action.flags));
                // SAFETY: the program's handler, with what the kernel gave.
                unsafe { action::handler(action)(signal, info, context) };
            }
        }
    }
}

/// What is blocked while the handler runs.
fn blocked_during(signal: c_int, action: Action) -> u64 {
    let own = if action.flags & libc::SA_NODEFER == 0 { mask::bit(signal) } else { 0 };
    action.mask | own
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_handler_blocks_its_own_signal() {
        let action = Action { handler: 1, flags: 0, mask: mask::bit(libc::SIGINT) };
        let both = mask::bit(libc::SIGINT) | mask::bit(libc::SIGUSR1);
        assert_eq!(blocked_during(libc::SIGUSR1, action), both);
        let nested = Action { flags: libc::SA_NODEFER, ..action };
        assert_eq!(blocked_during(libc::SIGUSR1, nested), mask::bit(libc::SIGINT));
    }

    #[test]
    fn nothing_waits_at_first() {
        assert_eq!(finish(), Handlers::None);
    }
}

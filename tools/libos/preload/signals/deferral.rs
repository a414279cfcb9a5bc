// SPDX-License-Identifier: GPL-2.0

//! Signals that arrive. Outside the library, the program's handler is called. Inside, the signal is
//! kept, all others are blocked, and the call is interrupted; on the way out it is sent again, and the
//! others come.

use core::cell::{Cell, UnsafeCell};
use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;

use libc::{SA_RESETHAND, SIG_DFL, SIG_IGN, siginfo_t, ucontext_t};

use crate::library::kernel;
use crate::signals::action::{self, Action};
use crate::signals::restart::Handlers;
use crate::signals::{self, default, held, mask};
use crate::{instance, static_program};

/// What a thread knows of its signals.
struct Signals {
    /// The signal that waits for the way out; 0: none.
    waiting: Cell<c_int>,
    info: UnsafeCell<MaybeUninit<siginfo_t>>,
    /// The mask that it interrupted.
    mask: Cell<u64>,
    /// The mask to go on under after the handler, if not that one: for a static program.
    after: Cell<Option<u64>>,
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
            after: Cell::new(None),
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
        // SAFETY: the kernel's argument.
        let is_fault = default::is_fault(signal, unsafe { &*info });
        if kernel::inside() || signals.held.get() {
            // What waited would happen again at once, and for ever.
            if is_fault {
                return default::die_of_fault(signal);
            }
            // SAFETY: the kernel's arguments.
            unsafe { signals.defer(signal, info, context.cast()) };
        } else if is_fault && action::of(signal).handler == SIG_DFL {
            instance::end();
            default::die_of_fault(signal);
        } else {
            // SAFETY: the kernel's arguments.
            unsafe { signals.perform(signal, action::of(signal), info, context) };
        }
    });
}

/// As [`arrive`], for a SIGSEGV or SIGBUS that somebody has sent, whatever is blocked.
///
/// # Safety
///
/// As for [`arrive`].
pub unsafe fn arrive_unblocked(signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    if held::blocked() & mask::bit(signal) != 0 || waits() {
        // SAFETY: the kernel's argument.
        held::keep(signal, unsafe { &*info });
    } else {
        // SAFETY: as the caller promises.
        unsafe { arrive(signal, info, context) };
    }
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

// ---- for static programs ----

/// Has a signal wait in any case.
///
/// # Safety
///
/// In a handler, with its arguments.
pub unsafe fn put_off(signal: c_int, info: *const siginfo_t, context: *mut ucontext_t) {
    // SAFETY: as the caller promises; a set begins with the kernel's.
    unsafe {
        SIGNALS.with(|signals| signals.defer(signal, info, context));
        (&raw mut (*context).uc_sigmask).cast::<u64>().write(!mask::KEPT);
    }
}

/// What the handler that will be called means for the call that it has interrupted.
pub fn handlers_to_come() -> Handlers {
    let action = action::of(SIGNALS.with(|signals| signals.waiting.get()));
    if action.is_function() { Handlers::None.and(action.flags) } else { Handlers::None }
}

/// Whether a signal waits.
pub fn waits() -> bool {
    SIGNALS.with(|signals| signals.waiting.get() != 0)
}

/// The program goes on under `mask` when the handler that is to come has returned.
pub fn go_on_under(mask: u64) {
    SIGNALS.with(|signals| signals.after.set(Some(mask)));
}

/// The handler that is to come is called under `mask`, which was the call's own.
pub fn call_under(mask: u64) {
    SIGNALS.with(|signals| {
        if signals.waiting.get() != 0 && signals.after.get().is_none() {
            signals.after.set(Some(signals.mask.replace(mask)));
        }
    });
}

/// How a signal that waited comes.
pub struct Again {
    /// The mask under which it does.
    pub mask: u64,
    /// The mask after its handler, if that is another.
    pub after: Option<u64>,
}

/// Sends the signal that waits again, or does what is done by default. Signals stay blocked.
pub fn send_again() -> Again {
    kernel::forget_interruption();
    SIGNALS.with(|signals| {
        let (mask, after) = (signals.mask.get(), signals.after.take());
        let action = action::of(signals.waiting.get());
        if action.is_function() {
            // Also one that is never blocked else: it would come at once, to wait again.
            mask::block_any(mask::bit(signals.waiting.get()));
            signals.send();
            return Again { mask, after };
        }
        let signal = signals.waiting.replace(0);
        if action.handler == SIG_DFL {
            default::act(signal);
        }
        Again { mask: after.unwrap_or(mask), after: None }
    })
}

/// Nothing waits in a new process. If something did, the mask that it interrupted.
pub fn forget() -> Option<u64> {
    SIGNALS.with(|signals| (signals.waiting.replace(0) != 0).then(|| signals.mask.get()))
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

    /// Sends the signal that waits again: it comes as the kernel has it come, on the stack and under
    /// the mask that are right for it.
    #[cold]
    fn catch_up(&self) -> Handlers {
        if static_program::runs() {
            return self.put_off();
        }
        if self.waiting.get() == libc::SIGKILL {
            default::act(libc::SIGKILL);
        }
        self.called.set(Handlers::None);
        if mask::bit(self.waiting.get()) & mask::OWN != 0 {
            // It comes at once, and its handler is called under the mask that it interrupted.
            mask::set(self.mask.get());
            self.send();
        } else {
            self.send();
            mask::set(self.mask.get());
        }
        held::release();
        self.called.get()
    }

    /// Sends the signal that waits to this thread.
    fn send(&self) {
        let signal = self.waiting.replace(0);
        // SAFETY: written when the signal was deferred.
        let info = unsafe { (*self.info.get()).assume_init() };
        signals::send(signal, &info);
    }

    /// A static program has its handlers called when its call has returned. What is done by default is
    /// done now.
    fn put_off(&self) -> Handlers {
        let signal = self.waiting.get();
        if action::of(signal).is_function() {
            return Handlers::ToCome;
        }
        self.waiting.set(0);
        static_program::none_waits();
        if action::of(signal).handler == SIG_DFL {
            default::act(signal);
        }
        mask::set(self.after.take().unwrap_or(self.mask.get()));
        Handlers::None
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
                if mask::bit(signal) & mask::OWN != 0 {
                    // Of the mask for it, the kernel knows nothing. When the handler returns, it restores it.
                    mask::block(action.mask);
                }
                if action.flags & SA_RESETHAND != 0 {
                    action::reset(signal);
                }
                // SAFETY: the program's handler, with what the kernel gave.
                unsafe { action::call(action, signal, info, context) };
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_waits_at_first() {
        assert_eq!(finish(), Handlers::None);
    }
}

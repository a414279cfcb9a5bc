// SPDX-License-Identifier: GPL-2.0

//! Signals that arrive. Outside the library, the program's handler is called. Inside, the signal is
//! kept, all others are blocked, and the call is interrupted; on the way out it is sent again, and the
//! others come.

use core::cell::{Cell, UnsafeCell};
use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;

use libc::{SIG_DFL, SIG_IGN, siginfo_t, ucontext_t};

use crate::library::kernel;
use crate::signals::action::{self, Action};
use crate::signals::restart::Handlers;
use crate::signals::{default, mask};
use crate::{host, instance};

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

    /// Sends the signal that waits again: it comes as the kernel has it come, on the stack and under
    /// the mask that are right for it.
    #[cold]
    fn catch_up(&self) -> Handlers {
        let signal = self.waiting.replace(0);
        self.called.set(Handlers::None);
        // SAFETY: written when the signal was deferred.
        let info = unsafe { (*self.info.get()).assume_init() };
        let of = |nr| host::syscall::<0>(nr, []).unwrap_or(0) as usize;
        let (process, thread) = (of(libc::SYS_getpid), of(libc::SYS_gettid));
        let args = [process, thread, signal as usize, &raw const info as usize];
        if host::syscall(libc::SYS_rt_tgsigqueueinfo, args).is_err() {
            // Too many are queued: then without its information.
            let _ = host::syscall(libc::SYS_tgkill, [process, thread, signal as usize]);
        }
        mask::set(self.mask.get());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nothing_waits_at_first() {
        assert_eq!(finish(), Handlers::None);
    }
}

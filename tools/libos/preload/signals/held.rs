// SPDX-License-Identifier: GPL-2.0

//! A SIGSEGV or SIGBUS that somebody has sent, while the program has it blocked. The host's kernel is
//! never told to block them ([`mask::OWN`]): what the program wants is noted here, and what arrives
//! meanwhile is kept, as pending signals are. When it is blocked no more, it is sent again.

use core::cell::{Cell, UnsafeCell};
use core::ffi::c_int;
use core::mem::MaybeUninit;

use libc::siginfo_t;

use crate::errno::{Errno, Outcome};
use crate::signals::{self, mask};
use crate::static_program;

const KINDS: [c_int; 2] = [libc::SIGSEGV, libc::SIGBUS];
/// Those that this is about.
pub const MASK: u64 = mask::bit(libc::SIGSEGV) | mask::bit(libc::SIGBUS);

/// What is blocked and kept of one thread's.
pub struct Held {
    blocked: Cell<u64>,
    pending: Cell<u64>,
    info: [UnsafeCell<MaybeUninit<siginfo_t>>; KINDS.len()],
}

thread_local! {
    static HELD: Held = const { Held::new() };
}

impl Held {
    pub const fn new() -> Self {
        let info = [const { UnsafeCell::new(MaybeUninit::uninit()) }; KINDS.len()];
        Held { blocked: Cell::new(0), pending: Cell::new(0), info }
    }

    pub fn blocked(&self) -> u64 {
        self.blocked.get()
    }

    pub fn pending(&self) -> u64 {
        self.pending.get()
    }

    /// Keeps one that has come. Another one of its kind is lost, as with every signal that has a name.
    pub fn keep(&self, signal: c_int, info: &siginfo_t) {
        let Some(at) = KINDS.iter().position(|kind| *kind == signal) else { return };
        if self.pending.get() & mask::bit(signal) == 0 {
            // SAFETY: this thread's own place, which nobody reads before the bit is set.
            unsafe { (*self.info[at].get()).write(*info) };
            self.pending.set(self.pending.get() | mask::bit(signal));
        }
    }

    /// Blocks those of `mask`, and no others. What was blocked.
    pub fn block(&self, mask: u64) -> u64 {
        self.blocked.replace(mask & MASK)
    }

    /// Takes one of `set` that is pending.
    pub fn take(&self, set: u64) -> Option<(c_int, siginfo_t)> {
        let is_wanted = |kind: &c_int| self.pending.get() & set & mask::bit(*kind) != 0;
        let at = KINDS.iter().position(is_wanted)?;
        // SAFETY: written when it came.
        let info = unsafe { (*self.info[at].get()).assume_init() };
        self.pending.set(self.pending.get() & !mask::bit(KINDS[at]));
        Some((KINDS[at], info))
    }

    /// Takes over what the calling thread has.
    pub fn inherit(&self) {
        self.block(blocked());
        while let Some((signal, info)) = take(MASK) {
            self.keep(signal, &info);
        }
    }

    /// Sends those of `set` again, each once: they may have to wait for something else. Whether there were
    /// any.
    fn send(&self, set: u64) -> bool {
        let pending = self.pending.get() & set;
        for kind in KINDS {
            if let Some((signal, info)) = self.take(pending & mask::bit(kind)) {
                signals::send(signal, &info);
            }
        }
        pending != 0
    }

    /// Sends those again that are not blocked, to come when the signal mask of the host's says so next.
    pub fn send_later(&self) {
        let released = self.pending.get() & !self.blocked.get();
        if released != 0 {
            mask::block_any(released);
            self.send(released);
        }
    }
}

/// The calling thread's. While that is a static program's, so is its thread-local storage.
fn with<R>(action: impl FnOnce(&Held) -> R) -> R {
    match static_program::held() {
        Some(held) => action(held),
        None => HELD.with(action),
    }
}

/// Those that the calling thread has blocked,
pub fn blocked() -> u64 {
    with(Held::blocked)
}

/// and of which one has come.
pub fn pending() -> u64 {
    with(Held::pending)
}

/// See [`Held::keep`].
pub fn keep(signal: c_int, info: &siginfo_t) {
    with(|held| held.keep(signal, info));
}

/// See [`Held::take`].
pub fn take(set: u64) -> Option<(c_int, siginfo_t)> {
    with(|held| held.take(set))
}

/// Blocks those of `mask`, and no others. What is not blocked comes now, if it is pending. What was blocked.
pub fn block(mask: u64) -> u64 {
    let before = with(|held| held.block(mask));
    release();
    before
}

/// Sends those again that are not blocked. Whether there were any.
pub fn release() -> bool {
    with(|held| held.send(!held.blocked()))
}

/// Nothing is pending in a new process.
pub fn forget() {
    with(|held| held.pending.set(0));
}

/// Makes `call`, one of the host's that waits under `mask`.
pub fn during(mask: Option<u64>, call: impl FnOnce() -> Outcome) -> Outcome {
    let Some(mask) = mask else { return call() };
    let before = with(|held| held.block(mask));
    let outcome = if release() { Err(Errno(libc::EINTR)) } else { call() };
    block(before);
    outcome
}

/// Makes `call`, which executes another program: that begins with what is blocked, and pending.
pub fn while_executing(call: impl FnOnce() -> Outcome) -> Outcome {
    let blocked = blocked();
    if blocked == 0 {
        return call();
    }
    mask::block_any(blocked);
    with(|held| held.send(MASK));
    let outcome = call();
    mask::unblock(blocked);
    outcome
}

/// What the program before this one, or its parent, has left blocked. The host's kernel is told to let
/// all of ours through.
pub fn inherit() {
    let inherited = mask::block(0);
    with(|held| held.block(inherited));
    mask::unblock(mask::OWN);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn info(code: c_int) -> siginfo_t {
        // SAFETY: plain data.
        let mut info: siginfo_t = unsafe { core::mem::zeroed() };
        info.si_code = code;
        info
    }

    #[test]
    fn each_kind_is_kept_once() {
        let held = Held::new();
        held.keep(libc::SIGBUS, &info(-1));
        held.keep(libc::SIGSEGV, &info(-2));
        held.keep(libc::SIGBUS, &info(-3));
        held.keep(libc::SIGUSR1, &info(-4));
        assert_eq!(held.pending(), MASK);
        let take = |set| held.take(set).map(|(signal, info)| (signal, info.si_code));
        assert_eq!(take(mask::bit(libc::SIGBUS)), Some((libc::SIGBUS, -1)));
        assert_eq!(take(mask::bit(libc::SIGBUS)), None);
        assert_eq!(take(mask::ALL), Some((libc::SIGSEGV, -2)));
        assert_eq!(held.pending(), 0);
    }

    #[test]
    fn nothing_else_is_blocked_here() {
        let held = Held::new();
        assert_eq!(held.block(mask::ALL), 0);
        assert_eq!(held.block(mask::bit(libc::SIGSEGV)), MASK);
        assert_eq!(held.blocked(), mask::bit(libc::SIGSEGV));
    }
}

// SPDX-License-Identifier: GPL-2.0

//! What becomes of an interrupted call: signal(7), "Interruption of system calls". As the kernel
//! does on its way back to a program.

/// The kernel's `<linux/errno.h>`: never seen by programs.
const ERESTARTSYS: isize = -512;
pub const ERESTARTNOINTR: isize = -513;
const ERESTARTNOHAND: isize = -514;
const ERESTART_RESTARTBLOCK: isize = -516;

const EINTR: isize = -(libc::EINTR as isize);

/// The signal handlers that were called on the way out.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Handlers {
    #[default]
    None,
    /// All of them with SA_RESTART.
    Restart,
    /// One of them without.
    Interrupt,
    /// One will be called when the call has returned.
    ToCome,
}

impl Handlers {
    /// And one more, with these flags of sigaction(2).
    pub fn and(self, flags: i32) -> Self {
        match self {
            Handlers::Interrupt | Handlers::ToCome => self,
            _ if flags & libc::SA_RESTART == 0 => Handlers::Interrupt,
            _ => Handlers::Restart,
        }
    }
}

/// How to go on.
#[derive(Debug, PartialEq, Eq)]
pub enum Decision {
    Return(isize),
    /// The same call again.
    Again,
    /// restart_syscall(2): the same call, with the time that is left.
    Continue,
}

#[inline]
pub fn decide(result: isize, handlers: Handlers) -> Decision {
    if !(ERESTART_RESTARTBLOCK..=ERESTARTSYS).contains(&result) {
        return Decision::Return(result);
    }
    match (result, handlers) {
        // What becomes of the call is decided when it is called.
        (_, Handlers::ToCome) => Decision::Return(result),
        (ERESTARTNOINTR, _) | (ERESTARTSYS, Handlers::None | Handlers::Restart) => Decision::Again,
        (ERESTARTNOHAND, Handlers::None) => Decision::Again,
        (ERESTART_RESTARTBLOCK, Handlers::None) => Decision::Continue,
        _ => Decision::Return(EINTR),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Handlers::{Interrupt, None, Restart};

    #[test]
    fn results_are_left_alone() {
        for result in [0, 5, -11, EINTR, -511, -517, -4095] {
            for handlers in [None, Restart, Interrupt] {
                assert_eq!(decide(result, handlers), Decision::Return(result));
            }
        }
    }

    #[test]
    fn restarts_are_as_linux_says() {
        let eintr = || Decision::Return(EINTR);
        for (result, none, restart, interrupt) in [
            (ERESTARTSYS, Decision::Again, Decision::Again, eintr()),
            (ERESTARTNOINTR, Decision::Again, Decision::Again, Decision::Again),
            (ERESTARTNOHAND, Decision::Again, eintr(), eintr()),
            (ERESTART_RESTARTBLOCK, Decision::Continue, eintr(), eintr()),
        ] {
            assert_eq!(decide(result, None), none, "{result}");
            assert_eq!(decide(result, Restart), restart, "{result}");
            assert_eq!(decide(result, Interrupt), interrupt, "{result}");
        }
    }

    #[test]
    fn one_handler_without_restart_is_enough() {
        let (with, without) = (libc::SA_RESTART, libc::SA_SIGINFO);
        assert_eq!(None.and(with), Restart);
        assert_eq!(None.and(with).and(with), Restart);
        assert_eq!(None.and(without).and(with), Interrupt);
        assert_eq!(None.and(with).and(without), Interrupt);
    }
}

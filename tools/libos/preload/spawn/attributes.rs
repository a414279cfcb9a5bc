// SPDX-License-Identifier: GPL-2.0

//! posix_spawnattr_*(3): what the child does before it becomes the program.

use core::ffi::{c_int, c_short};

use libc::{posix_spawnattr_t, sched_param, sigset_t};

use crate::errno::Errno;
use crate::host;
use crate::signals::action::{self, Action};
use crate::signals::{COUNT, mask};

/// The program's wishes; by default none.
#[derive(Default)]
pub struct Attributes {
    /// Signals that the program is to begin with at their default, as a mask.
    pub default: u64,
    /// Blocked signals, if not those of the parent.
    pub mask: Option<u64>,
    group: Option<c_int>,
    session: bool,
    reset_ids: bool,
    /// A policy, if that is to be set too, and a priority.
    scheduling: Option<(Option<c_int>, sched_param)>,
}

/// The value that libc's function `get` has for an attribute.
///
/// # Safety
///
/// The attributes are initialized, and `get` is their function for this type.
unsafe fn value<T>(
    attributes: *const posix_spawnattr_t,
    get: unsafe extern "C" fn(*const posix_spawnattr_t, *mut T) -> c_int,
) -> T {
    // SAFETY: as the caller promises; plain data.
    unsafe {
        let mut value = core::mem::zeroed();
        get(attributes, &raw mut value);
        value
    }
}

/// The kernel's form of a set.
fn bits(set: sigset_t) -> u64 {
    // A set begins with it.
    mask::at(&raw const set as usize).unwrap_or(0)
}

impl Attributes {
    /// Which signals are at their default, and which are blocked.
    pub fn of_signals(default: u64, mask: u64) -> Self {
        Attributes { default, mask: Some(mask), ..Self::default() }
    }

    /// # Safety
    ///
    /// The attributes are null, or initialized.
    pub unsafe fn read(given: *const posix_spawnattr_t) -> Self {
        if given.is_null() {
            return Self::default();
        }
        // SAFETY: as the caller promises.
        unsafe {
            let flags: c_short = value(given, libc::posix_spawnattr_getflags);
            let has = |flag: c_int| c_int::from(flags) & flag != 0;
            let parameter = value(given, libc::posix_spawnattr_getschedparam);
            let policy = value(given, libc::posix_spawnattr_getschedpolicy);
            Attributes {
                default: if has(libc::POSIX_SPAWN_SETSIGDEF) {
                    bits(value(given, libc::posix_spawnattr_getsigdefault))
                } else {
                    0
                },
                mask: has(libc::POSIX_SPAWN_SETSIGMASK)
                    .then(|| bits(value(given, libc::posix_spawnattr_getsigmask))),
                group: has(libc::POSIX_SPAWN_SETPGROUP)
                    .then(|| value(given, libc::posix_spawnattr_getpgroup)),
                session: flags & libc::POSIX_SPAWN_SETSID != 0,
                reset_ids: has(libc::POSIX_SPAWN_RESETIDS),
                scheduling: if has(libc::POSIX_SPAWN_SETSCHEDULER) {
                    Some((Some(policy), parameter))
                } else {
                    has(libc::POSIX_SPAWN_SETSCHEDPARAM).then_some((None, parameter))
                },
            }
        }
    }

    /// In the child, with all signals blocked.
    pub fn apply(&self) -> Result<(), Errno> {
        self.reset_signals();
        if let Some((policy, parameter)) = &self.scheduling {
            schedule(*policy, parameter)?;
        }
        if self.session {
            host::syscall::<0>(libc::SYS_setsid, [])?;
        }
        if let Some(group) = self.group {
            host::syscall(libc::SYS_setpgid, [0, group as usize])?;
        }
        if self.reset_ids { reset_ids() } else { Ok(()) }
    }

    /// No handler of the parent's is to be called in the child. Those that this library needs stay
    /// until there is another program.
    fn reset_signals(&self) {
        let needed = |signal: &c_int| mask::OWN & mask::bit(*signal) != 0;
        for signal in (1..COUNT as c_int).filter(|signal| !needed(signal)) {
            let now = action::tell_kernel(signal, None).unwrap_or(Action::DEFAULT);
            if now.is_function() || self.default & mask::bit(signal) != 0 {
                // Those that cannot be set are at their default.
                let _ = action::tell_kernel(signal, Some(Action::DEFAULT));
            }
        }
    }
}

fn schedule(policy: Option<c_int>, parameter: &sched_param) -> Result<(), Errno> {
    let parameter = core::ptr::from_ref(parameter) as usize;
    match policy {
        Some(policy) => {
            host::syscall(libc::SYS_sched_setscheduler, [0, policy as usize, parameter])?
        }
        None => host::syscall(libc::SYS_sched_setparam, [0, parameter])?,
    };
    Ok(())
}

/// The effective ids become the real ones.
fn reset_ids() -> Result<(), Errno> {
    const UNCHANGED: usize = usize::MAX;
    for (get, set) in
        [(libc::SYS_getuid, libc::SYS_setresuid), (libc::SYS_getgid, libc::SYS_setresgid)]
    {
        let real = host::syscall::<0>(get, [])? as usize;
        host::syscall(set, [UNCHANGED, real, UNCHANGED])?;
    }
    Ok(())
}

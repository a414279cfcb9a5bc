// SPDX-License-Identifier: GPL-2.0

//! The end of a parent: PR_SET_PDEATHSIG of prctl(2), by which the host sends a program a signal then. If that
//! is SIGKILL it would come in the middle of the stack's kernel, too, and tear the stack. So the host is told
//! to send one that has a handler of ours, which ends the program outside.

use core::ffi::c_int;
use core::sync::atomic::{AtomicBool, Ordering};

use libc::siginfo_t;
use libos_host::owner;

use crate::call::Call;
use crate::errno::{Errno, Outcome};
use crate::{host, memory};

/// What the host sends in the place of SIGKILL. Nobody else sends it by kill(2), but who means the same.
const STAND_IN: c_int = libc::SIGSYS;

/// A thread of this process is to be killed with its parent.
static KILLS: AtomicBool = AtomicBool::new(false);

/// PR_SET_PDEATHSIG of the program's.
pub fn set_signal(mut call: Call) -> Outcome {
    let kills = call.int(1) == libc::SIGKILL;
    if kills {
        KILLS.store(true, Ordering::Relaxed);
        call.args[1] = STAND_IN as usize;
    }
    call.to_host()
}

/// PR_GET_PDEATHSIG of the program's.
pub fn signal(call: Call) -> Outcome {
    let signal = own()?;
    let said = if signal == STAND_IN && kills() { libc::SIGKILL } else { signal };
    if memory::write(call.args[1], said) { Ok(0) } else { Err(Errno(libc::EFAULT)) }
}

/// The program begins, with what the one had asked for that has executed it. With the launcher the stack ends in
/// any case.
pub fn follow() {
    let parent = host::syscall::<0>(libc::SYS_getppid, []).unwrap_or(0);
    match own() {
        Ok(STAND_IN) => KILLS.store(true, Ordering::Relaxed),
        Ok(libc::SIGKILL) if parent != owner::launcher() as isize => {
            let args = [libc::PR_SET_PDEATHSIG as usize, STAND_IN as usize];
            KILLS.store(host::syscall(libc::SYS_prctl, args).is_ok(), Ordering::Relaxed);
        }
        _ => {}
    }
}

/// In a child, for which nothing has been asked.
pub fn forget() {
    KILLS.store(false, Ordering::Relaxed);
}

/// What a signal that has come means: SIGKILL, if it stands for that.
pub fn meaning(signal: c_int, info: &siginfo_t) -> c_int {
    let stands_in = signal == STAND_IN && info.si_code == libc::SI_USER && kills();
    if stands_in { libc::SIGKILL } else { signal }
}

fn kills() -> bool {
    KILLS.load(Ordering::Relaxed)
}

/// What the host has been told for the calling thread.
fn own() -> Result<c_int, Errno> {
    let mut signal: c_int = 0;
    let args = [libc::PR_GET_PDEATHSIG as usize, &raw mut signal as usize];
    host::syscall(libc::SYS_prctl, args).map(|_| signal)
}

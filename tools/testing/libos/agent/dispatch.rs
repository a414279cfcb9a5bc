// SPDX-License-Identifier: GPL-2.0

//! Every system call of the program arrives here, as SIGSYS: the host's kernel dispatches those that
//! are not made in the gate (prctl(2), PR_SET_SYSCALL_USER_DISPATCH).

use core::ffi::{c_int, c_void};
use core::sync::atomic::Ordering;

use libc::{siginfo_t, ucontext_t};
use libos_control::control;
use libos_loader::gate;
use libos_loader::layout::{GATE, PAGE};

use crate::route;
use crate::{host, trace};

const PR_SET_SYSCALL_USER_DISPATCH: usize = 59;
const PR_SYS_DISPATCH_ON: usize = 1;
/// `SYS_USER_DISPATCH` of `<asm-generic/siginfo.h>`.
const BY_DISPATCH: c_int = 2;

/// What the host's rt_sigaction(2) takes.
#[repr(C)]
struct Action {
    handler: usize,
    flags: usize,
    restorer: usize,
    mask: u64,
}

pub type Handler = unsafe extern "C" fn(c_int, *mut siginfo_t, *mut c_void);

/// Sets the host's handler of a signal: ours. It may be entered again while it runs.
pub fn handle(signal: c_int, handler: Handler) {
    const SA_RESTORER: c_int = 0x0400_0000;
    let flags = libc::SA_SIGINFO | libc::SA_NODEFER | SA_RESTORER;
    let action = Action {
        handler: handler as usize,
        flags: flags as usize,
        restorer: gate::RESTORER,
        mask: 0,
    };
    let args = [signal as usize, &raw const action as usize, 0, 8];
    host::call(libc::SYS_rt_sigaction, args);
}

/// From now on the calling thread's system calls arrive. 0 or a negative errno.
pub fn arm() -> isize {
    let args = [PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, GATE, PAGE, 0];
    host::call(libc::SYS_prctl, args)
}

/// A system call of the program.
pub struct Call<'a> {
    pub nr: i64,
    pub args: [usize; 6],
    /// The program's registers, after the call.
    pub context: &'a mut ucontext_t,
}

impl Call<'_> {
    /// An argument that is a C int: of its register, half is of no meaning.
    pub fn int(&self, index: usize) -> c_int {
        self.args[index] as c_int
    }
}

/// Installs the handler.
pub fn catch() {
    handle(libc::SIGSYS, arrive);
}

/// # Safety
///
/// Called by the host's kernel.
unsafe extern "C" fn arrive(_signal: c_int, info: *mut siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel's arguments.
    let (info, context) = unsafe { (&*info, &mut *context.cast::<ucontext_t>()) };
    if info.si_code != BY_DISPATCH {
        return;
    }
    let registers = &context.uc_mcontext.gregs;
    let argument = |register: c_int| registers[register as usize] as usize;
    let args = [
        argument(libc::REG_RDI),
        argument(libc::REG_RSI),
        argument(libc::REG_RDX),
        argument(libc::REG_R10),
        argument(libc::REG_R8),
        argument(libc::REG_R9),
    ];
    // Of the number, the host's kernel looks at the lower half.
    let nr = i64::from(registers[libc::REG_RAX as usize] as i32);
    let mut call = Call { nr, args, context };
    control().calls.fetch_add(1, Ordering::Relaxed);
    let begun = trace::begin(&call);
    let result = route::route(&mut call);
    trace::end(begun, &call, result);
    call.context.uc_mcontext.gregs[libc::REG_RAX as usize] = result as i64;
    // The host's own mask stays empty.
    // SAFETY: a set is larger than the kernel's.
    unsafe { (&raw mut call.context.uc_sigmask).cast::<u64>().write(0) };
}

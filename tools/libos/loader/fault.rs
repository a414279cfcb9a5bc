// SPDX-License-Identifier: GPL-2.0

//! Bad addresses that a program gives the library: the access faults, and execution continues at
//! the fixup that the library's exception table has for it. So it is with [`copy`].

use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicUsize, Ordering};

use crate::gate;

/// Copies `len` bytes of which some may not be there. How many it has copied.
///
/// # Safety
///
/// Whatever is there may be read, and written. The handler is installed.
#[cfg(target_arch = "x86_64")]
#[must_use]
pub unsafe fn copy(to: *mut u8, from: *const u8, len: usize) -> usize {
    // SAFETY: as the caller promises.
    len - unsafe { copy_bytes(to, from, 0, len) }
}

/// What is left to be copied when it faults, or none. Its first instruction is the one that may.
#[cfg(target_arch = "x86_64")]
#[unsafe(naked)]
unsafe extern "C" fn copy_bytes(to: *mut u8, from: *const u8, _: usize, len: usize) -> usize {
    core::arch::naked_asm!("rep movsb", "mov rax, rcx", "ret")
}

/// Where [`copy_bytes`] goes on.
#[cfg(target_arch = "x86_64")]
fn own_fixup(pc: usize) -> Option<usize> {
    const REP_MOVSB: usize = 2;
    (pc == copy_bytes as *const () as usize).then_some(pc + REP_MOVSB)
}

/// What was done about SIGSEGV and SIGBUS before [`install`]: for faults that are not the library's, unless
/// [`on_others`] says something else.
static FORMER: [Former; 2] = [const { Former::new() }; 2];

struct Former {
    handler: AtomicUsize,
    flags: AtomicUsize,
}

impl Former {
    const fn new() -> Self {
        Self { handler: AtomicUsize::new(0), flags: AtomicUsize::new(0) }
    }

    fn of(signal: c_int) -> &'static Self {
        &FORMER[usize::from(signal == libc::SIGBUS)]
    }
}

/// A handler as SA_SIGINFO has it. It may end the thread.
pub type Handler = unsafe extern "C-unwind" fn(c_int, *mut libc::siginfo_t, *mut c_void);

/// A [`Handler`] that is called for faults of others, or 0.
static OTHERS: AtomicUsize = AtomicUsize::new(0);

/// Has `handler` called for each SIGSEGV and SIGBUS that is not of the library's making.
pub fn on_others(handler: Handler) {
    OTHERS.store(handler as usize, Ordering::Release);
}

/// Whether a signal was ignored before [`install`].
#[must_use]
pub fn was_ignored(signal: c_int) -> bool {
    Former::of(signal).handler.load(Ordering::Relaxed) == libc::SIG_IGN
}

/// Where execution goes on after a fault at an address, or 0: the library's `fault_fixup`.
pub type Fixup = fn(address: usize) -> usize;

static FIXUP: AtomicUsize = AtomicUsize::new(0);

/// Installs the handler for both signals; it asks `fixup`.
pub fn install(fixup: Fixup) {
    FIXUP.store(fixup as usize, Ordering::Release);
    for signal in [libc::SIGSEGV, libc::SIGBUS] {
        // SAFETY: libc's structure, with a handler of the right kind. `sigaction` may be one that
        // a preload has replaced: the raw call needs a restorer, which only libc has.
        unsafe {
            let mut action: libc::sigaction = core::mem::zeroed();
            action.sa_sigaction = handle as *const () as usize;
            action.sa_flags = libc::SA_SIGINFO | libc::SA_ONSTACK | libc::SA_NODEFER;
            let mut before: libc::sigaction = core::mem::zeroed();
            real_sigaction()(signal, &action, &mut before);
            let former = Former::of(signal);
            former.handler.store(before.sa_sigaction, Ordering::Relaxed);
            former.flags.store(before.sa_flags as usize, Ordering::Relaxed);
        }
    }
}

type Sigaction = unsafe extern "C" fn(c_int, *const libc::sigaction, *mut libc::sigaction) -> c_int;

/// libc's own.
fn real_sigaction() -> Sigaction {
    // SAFETY: the symbol, if found, is the function of that name.
    unsafe {
        let found = libc::dlsym(libc::RTLD_NEXT, c"sigaction".as_ptr());
        if found.is_null() {
            libc::sigaction
        } else {
            core::mem::transmute::<*mut c_void, Sigaction>(found)
        }
    }
}

unsafe extern "C-unwind" fn handle(
    signal: c_int,
    info: *mut libc::siginfo_t,
    context: *mut c_void,
) {
    // SAFETY: the kernel gives a context, and an information; the function is from `on_others`.
    unsafe {
        // One that somebody has sent is nobody's fault.
        if (*info).si_code > 0 && fix(context.cast()) {
            return;
        }
        match OTHERS.load(Ordering::Acquire) {
            0 => as_before(signal, info, context),
            others => core::mem::transmute::<usize, Handler>(others)(signal, info, context),
        }
    }
}

/// # Safety
///
/// In a signal handler, with its arguments.
unsafe fn as_before(signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    let former = Former::of(signal);
    let is_simple = former.flags.load(Ordering::Relaxed) as c_int & libc::SA_SIGINFO == 0;
    // SAFETY: the process's own handler, called as it asked for.
    unsafe {
        match former.handler.load(Ordering::Relaxed) {
            libc::SIG_DFL | libc::SIG_IGN => die(signal, &*info),
            handler if is_simple => {
                core::mem::transmute::<usize, unsafe extern "C" fn(c_int)>(handler)(signal);
            }
            handler => core::mem::transmute::<usize, Handler>(handler)(signal, info, context),
        }
    }
}

/// Moves a fault of the library's to its fixup. False if it is none.
///
/// # Safety
///
/// In a signal handler, with its context.
#[cfg(target_arch = "x86_64")]
pub unsafe fn fix(context: *mut libc::ucontext_t) -> bool {
    // SAFETY: as the caller promises; `install` has set the function.
    unsafe {
        let pc = &mut (*context).uc_mcontext.gregs[libc::REG_RIP as usize];
        let fixup: Fixup = core::mem::transmute(FIXUP.load(Ordering::Acquire));
        let to = own_fixup(*pc as usize).unwrap_or_else(|| fixup(*pc as usize));
        if to != 0 {
            *pc = to as i64;
        }
        to != 0
    }
}

/// Has the signal happen again, with its default action: the faulting instruction is executed
/// again, and what somebody sent is sent again. Called by a handler, which is to return.
pub fn die(signal: c_int, info: &libc::siginfo_t) {
    // SAFETY: libc's structure; a signal to this thread.
    unsafe {
        let action: libc::sigaction = core::mem::zeroed();
        real_sigaction()(signal, &action, core::ptr::null_mut());
        if info.si_code <= 0 {
            let pid = gate::syscall(libc::SYS_getpid, [0; 6]) as usize;
            let tid = gate::syscall(libc::SYS_gettid, [0; 6]) as usize;
            gate::syscall(libc::SYS_tgkill, [pid, tid, signal as usize, 0, 0, 0]);
        }
    }
}

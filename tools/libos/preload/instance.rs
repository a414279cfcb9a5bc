// SPDX-License-Identifier: GPL-2.0

//! The instance that this process belongs to, if any; and the process's beginning and end in it.

use core::ffi::{c_int, c_void};
use core::sync::atomic::{AtomicBool, AtomicI32, Ordering};

use crate::library::{self, kernel};
use crate::signals::mask;
use crate::{descriptors, errno, folder, host, inline, parent, process, signals, vforked};

unsafe extern "C" {
    /// What at_quick_exit(3) is made of.
    fn __cxa_at_quick_exit(function: extern "C" fn(), library: *mut c_void) -> c_int;
}

static ATTACHED: AtomicBool = AtomicBool::new(false);
static ENDED: AtomicBool = AtomicBool::new(false);
/// The thread that is about to end the process by exit_group(2); 0 if none is.
static EXITS: AtomicI32 = AtomicI32::new(0);

/// Whether there is an instance. Where there is none, the host gets every call.
#[inline]
pub fn is_attached() -> bool {
    ATTACHED.load(Ordering::Relaxed)
}

/// Attaches to the instance that the environment names. A program that cannot have the one it was
/// to have ends: it must not go on with the host's network.
pub fn attach() {
    // A signal that ended the process in the library's kernel would take the instance along.
    let before = mask::block(mask::ALL);
    // The program begins with an errno of 0.
    match errno::preserved(libos_host::attach_from_env) {
        None => {}
        Some(Ok(attached)) => begin(attached.replaced),
        Some(Err(error)) => leave(&format!("this program cannot use the network stack: {error}")),
    }
    mask::set(before);
}

fn begin(replaced: bool) {
    host::use_gate();
    inline::catch();
    library::watch_threads();
    process::watch_forks();
    signals::start();
    parent::follow();
    ATTACHED.store(true, Ordering::Release);
    if replaced {
        descriptors::take_over();
        folder::take_over();
    } else {
        vforked::receive();
        folder::follow();
    }
    inline::watch_program();
    // SAFETY: a function that may be called at any time, with any argument.
    unsafe { __cxa_at_quick_exit(end, core::ptr::null_mut()) };
}

/// Ends the process, which cannot be in its instance, with a message that says why.
pub fn leave(why: &str) -> ! {
    /// As shells have it: found, but cannot be executed.
    const STATUS: c_int = 126;
    tell(why);
    ATTACHED.store(false, Ordering::Release);
    process::exit(STATUS)
}

/// Writes a message to standard error; if that is closed, there is nobody to tell.
pub fn tell(what: &str) {
    let message = format!("nuse: {what}\n");
    let _ = host::syscall(libc::SYS_write, [2, message.as_ptr() as usize, message.len()]);
}

/// The process ends: its descriptors are closed in the library, so that its peers know. A child that shares
/// the memory of its parent ends by itself.
pub extern "C" fn end() {
    if is_attached() && !kernel::is_own() {
        return;
    }
    if is_attached() {
        ENDED.store(true, Ordering::Release);
    }
    if ATTACHED.swap(false, Ordering::AcqRel) {
        kernel::process_exit();
    }
}

/// The process ends without more ado. What its other threads would still ask of the library, they do not ask
/// any more: they are not to see that it is gone.
pub fn end_now() {
    if !is_attached() || kernel::is_own() {
        EXITS.store(thread(), Ordering::Release);
    }
    end();
}

/// Waits for the end, if another thread is about to end the process.
pub fn wait_for_end() {
    let exits = EXITS.load(Ordering::Acquire);
    while exits != 0 && exits != thread() {
        let _ = host::syscall::<0>(libc::SYS_pause, []);
    }
}

fn thread() -> c_int {
    host::syscall::<0>(libc::SYS_gettid, []).map_or(0, |tid| tid as c_int)
}

/// Whether there was an instance: the process is on its way out.
pub fn has_ended() -> bool {
    ENDED.load(Ordering::Acquire)
}

/// The paths that are the host's, because the user has said so.
pub fn host_paths() -> impl Iterator<Item = &'static [u8]> {
    let process = is_attached().then(libos_host::process);
    process.into_iter().flat_map(|process| process.host_paths())
}

/// A descriptor of a folder, [`libos_host::Process::nowhere`]; the working directory without an instance.
pub fn nowhere() -> usize {
    let fd = if is_attached() { libos_host::process().nowhere() } else { libc::AT_FDCWD };
    fd as usize
}

/// The descriptor of what is executed instead of static programs.
pub fn runner() -> Option<c_int> {
    is_attached().then(|| libos_host::process().runner()).filter(|fd| *fd >= 0)
}

/// Whether `fd` belongs to the instance, not to the program, who must not close it.
pub fn owns(fd: c_int) -> bool {
    is_attached() && libos_host::process().owns(fd)
}

/// The numbers from `first` to `last` that belong to the instance, in order.
pub fn descriptors_between(first: c_int, last: c_int) -> impl Iterator<Item = c_int> {
    /// The instance keeps its own below this number, where all of them have room.
    const END: c_int = 2048;
    let last = if is_attached() { last.min(END - 1) } else { -1 };
    (first..=last).filter(|&fd| owns(fd))
}

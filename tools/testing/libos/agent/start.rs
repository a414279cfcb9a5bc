// SPDX-License-Identifier: GPL-2.0

//! The beginning of a program: it maps its node's instance, takes the place that was made for it, and
//! has its machine arranged so that it sees nothing of the host's time, chance and numbers.

use core::ffi::{CStr, c_char, c_void};
use core::sync::atomic::Ordering;

use libos_control::baton;
use libos_control::layout::{
    CONTROL, CONTROL_FD, Control, LIBRARY_FD, LOG_FD, MAGIC, NODE_FD, NODES, PROGRAM_FDS, THREADS,
    base_of, control,
};
use libos_control::operations::Page;
use libos_loader::layout::PAGE;
use libos_loader::{debugger, gate, map};

use crate::library::quietly;
use crate::thread::{Current, at};
use crate::{descriptors, dispatch, exec, fault, host, users, vdso, warn};

/// A list of strings, as libc has them, up to a null pointer.
pub type Strings = *const *const c_char;

/// What the simulator says in the environment.
struct Told {
    node: u32,
    thread: u32,
    /// The program is another one than was started in this place.
    replaces: bool,
}

/// # Safety
///
/// Called by the dynamic loader with the program's own lists, while there is one thread.
pub unsafe fn start(_arguments: Strings, environment: *mut *mut c_char) {
    // SAFETY: as the caller promises.
    let Some(told) = (unsafe { take_told(environment) }) else { return };
    if let Err(error) = attach(&told) {
        leave(&format!("this program cannot be on its node: {error}"));
    }
    let me = at(told.thread);
    me.thread.tid.store(host::call(libc::SYS_gettid, []) as u32, Ordering::Relaxed);
    me.process.pid.store(host::call(libc::SYS_getpid, []) as u32, Ordering::Relaxed);
    if told.replaces {
        descriptors::keep_open();
    } else {
        baton::receive(told.thread);
        begin_process(me);
    }
    users::follow();
    name_thread();
    number_thread(me);
    arrange_machine();
    dispatch::catch();
    fault::catch();
    fault::catch_clock();
    if dispatch::arm() != 0 {
        leave("this host has no syscall user dispatch (Linux 5.11), so calls cannot be caught");
    }
}

fn leave(why: &str) -> ! {
    /// As shells have it: found, but cannot be executed.
    const STATUS: usize = 126;
    warn::say(&[why]);
    loop {
        host::call(libc::SYS_exit_group, [STATUS]);
    }
}

/// Takes what was said out of the environment.
///
/// # Safety
///
/// As for [`start`].
unsafe fn take_told(environment: *mut *mut c_char) -> Option<Told> {
    let mut told = None;
    let (mut from, mut to) = (environment, environment);
    // SAFETY: as the caller promises: a null pointer ends the list.
    unsafe {
        while !(*from).is_null() {
            let bytes = CStr::from_ptr(*from).to_bytes();
            if let Some(value) = bytes.strip_prefix(exec::TOLD) {
                told = parse(value);
            } else if !bytes.starts_with(exec::PRELOAD) {
                *to = *from;
                to = to.add(1);
            }
            from = from.add(1);
        }
        if told.is_some() {
            *to = core::ptr::null_mut();
        }
    }
    told
}

fn parse(value: &[u8]) -> Option<Told> {
    let value = core::str::from_utf8(value).ok()?;
    let mut numbers = value.split(',').map(|number| number.parse::<u32>().ok());
    let mut next = || numbers.next().flatten();
    let (node, thread, replaces) = (next()?, next()?, next()? != 0);
    let valid = (node as usize) < NODES && (thread as usize) < THREADS;
    valid.then_some(Told { node, thread, replaces })
}

fn attach(told: &Told) -> Result<(), libos_loader::Error> {
    gate::map()?;
    let size = size_of::<Control>().next_multiple_of(PAGE);
    let protection = libc::PROT_READ | libc::PROT_WRITE;
    let flags = libc::MAP_SHARED | libc::MAP_FIXED_NOREPLACE;
    // SAFETY: takes a free range, or none.
    let at = unsafe { libc::mmap(CONTROL as *mut c_void, size, protection, flags, CONTROL_FD, 0) };
    if at as usize != CONTROL {
        return Err(libos_loader::Error::last("the simulation's memory"));
    }
    if (control().magic, control().size) != (MAGIC, size_of::<Control>() as u64) {
        leave(
            "the simulator and liblibos_agent.so are of different builds: run `make testbin ARCH=lib`",
        );
    }
    let (base, node) = (base_of(told.node), &control().node[told.node as usize]);
    // SAFETY: the range is reserved, then used as the layout says.
    unsafe {
        map::reserve(base, node.size.load(Ordering::Relaxed) as usize)?;
        map::map_shared(base, node.size.load(Ordering::Relaxed) as usize, NODE_FD)?;
        map::map_common(base, &control().common, LIBRARY_FD)?;
        Page::place(told.node, LOG_FD, None);
    }
    debugger::libos_instance_mapped(base);
    Ok(())
}

/// The first program of a process.
fn begin_process(me: Current) {
    /// As a shell has it.
    const FILES: [u64; 2] = [1024, PROGRAM_FDS as u64];
    let pid = quietly(libc::SYS_getpid, []);
    me.process.library_pid.store(pid as u32, Ordering::Relaxed);
    me.thread.library_tid.store(pid as u32, Ordering::Relaxed);
    let limits = FILES.as_ptr() as usize;
    quietly(libc::SYS_prlimit64, [0, libc::RLIMIT_NOFILE as usize, limits, 0]);
    quietly(libc::SYS_setsid, []);
    for fd in 0..=2 {
        let flags = host::call(libc::SYS_fcntl, [fd, libc::F_GETFD as usize]);
        if flags >= 0 {
            descriptors::stand_in(fd as i32);
        }
    }
}

/// The library is told what the host calls the program.
fn name_thread() {
    let mut name = [0u8; 16];
    host::call(libc::SYS_prctl, [libc::PR_GET_NAME as usize, name.as_mut_ptr() as usize]);
    quietly(libc::SYS_prctl, [libc::PR_SET_NAME as usize, name.as_ptr() as usize, 0, 0, 0]);
}

/// What libc has already asked the host for its first thread is asked of the library.
fn number_thread(me: Current) {
    const PR_GET_TID_ADDRESS: usize = 40;
    let mut address = 0usize;
    let found =
        host::call(libc::SYS_prctl, [PR_GET_TID_ADDRESS, &raw mut address as usize, 0, 0, 0]);
    if found == 0 && address != 0 {
        let tid = me.thread.library_tid.load(Ordering::Relaxed);
        host::write_memory(address, &tid.to_ne_bytes());
        host::call(libc::SYS_set_tid_address, [0]);
    }
    let (mut head, mut len) = (0usize, 0usize);
    let (to_head, to_len) = (&raw mut head as usize, &raw mut len as usize);
    if host::call(libc::SYS_get_robust_list, [0, to_head, to_len]) == 0 && head != 0 {
        quietly(libc::SYS_set_robust_list, [head, len]);
        host::call(libc::SYS_set_robust_list, [0, len]);
    }
}

fn arrange_machine() {
    // SAFETY: asks for values of this process; AT_RANDOM is 16 bytes that are the program's.
    unsafe {
        let random = libc::getauxval(libc::AT_RANDOM) as usize;
        if random != 0 {
            quietly(libc::SYS_getrandom, [random, 16, 0]);
        }
        let image = libc::getauxval(libc::AT_SYSINFO_EHDR) as usize;
        if image != 0 && !vdso::overwrite(image) {
            warn::say(&["the vdso cannot be changed: this program sees the host's time"]);
        }
    }
    unregister_rseq();
}

/// Restartable sequences show the number of the host's processor.
fn unregister_rseq() {
    const UNREGISTER: usize = 1;
    const SIGNATURE: usize = 0x5305_3053;
    /// As libc registers it.
    const SIZE: usize = 32;
    // SAFETY: a symbol of libc, if it has it, is what it is documented to be; the register points to
    // the thread's own block.
    let area = unsafe {
        let offset = libc::dlsym(libc::RTLD_DEFAULT, c"__rseq_offset".as_ptr()).cast::<isize>();
        if offset.is_null() {
            return;
        }
        let thread: usize;
        core::arch::asm!("mov {}, fs:0", out(reg) thread);
        thread.wrapping_add_signed(*offset)
    };
    host::call(libc::SYS_rseq, [area, SIZE, UNREGISTER, SIGNATURE]);
}

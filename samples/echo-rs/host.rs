// SPDX-License-Identifier: GPL-2.0

//! The host: one thread, the real clock, no devices.

use std::cell::Cell;
use std::ffi::{c_char, c_int, c_void};
use std::process;
use std::ptr::null_mut;

use liblinux_abi::{SIM_ABI_VERSION, SimEvent, SimImported, SimKernel, SimTask};

type Function = unsafe extern "C" fn(*mut c_void);

/// What the library gets back with each operation, as its `struct SimKernel`.
#[derive(Default)]
pub struct Host {
    /// When something is to be called, in nanoseconds, what, and with what.
    event: Cell<Option<(u64, Function, *mut c_void)>>,
}

/// The operations.
pub fn operations() -> SimImported {
    SimImported {
        size: size_of::<SimImported>() as u32,
        version: SIM_ABI_VERSION,
        print: Some(print),
        memory_alloc: Some(memory_alloc),
        memory_free: Some(memory_free),
        random: Some(random),
        current_ns: Some(current_ns),
        realtime_ns: Some(realtime_ns),
        event_schedule_ns: Some(event_schedule_ns),
        event_cancel: Some(event_cancel),
        task_current: Some(task_current),
        task_wait: Some(task_wait),
        task_wakeup: Some(task_wakeup),
        // SAFETY: all members may be zero: what is optional is absent.
        ..unsafe { std::mem::zeroed() }
    }
}

fn host<'a>(kernel: *mut SimKernel) -> &'a Host {
    // SAFETY: what lib_init was given.
    unsafe { &*kernel.cast() }
}

/// On the kernel's small stack, so without formatting.
unsafe extern "C" fn print(_: *mut SimKernel, level: c_int, text: *const c_char, len: usize) {
    if level < 4 {
        let newline = c"\n".as_ptr();
        // SAFETY: `len` readable bytes.
        unsafe {
            libc::write(2, text.cast(), len);
            libc::write(2, newline.cast(), 1);
        }
    }
}

/// Anonymous memory, of which what is before and behind the aligned part is returned.
unsafe extern "C" fn memory_alloc(_: *mut SimKernel, bytes: usize, align: usize) -> *mut c_void {
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE;
    let access = libc::PROT_READ | libc::PROT_WRITE;
    // SAFETY: new memory, of which we keep the part that we return.
    unsafe {
        let memory = libc::mmap(null_mut(), bytes + align, access, flags, -1, 0);
        if memory == libc::MAP_FAILED {
            return null_mut();
        }
        let before = memory.align_offset(align);
        if before > 0 {
            libc::munmap(memory, before);
        }
        if before < align {
            libc::munmap(memory.add(before + bytes), align - before);
        }
        memory.add(before)
    }
}

unsafe extern "C" fn memory_free(_: *mut SimKernel, memory: *mut c_void, bytes: usize) {
    // SAFETY: from memory_alloc, and no longer used.
    unsafe { libc::munmap(memory, bytes) };
}

unsafe extern "C" fn random(_: *mut SimKernel, buffer: *mut c_void, len: usize) {
    // SAFETY: `len` writable bytes.
    if unsafe { libc::getrandom(buffer, len, 0) } != len as isize {
        process::abort();
    }
}

fn now(clock: libc::clockid_t) -> u64 {
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: writable.
    unsafe { libc::clock_gettime(clock, &mut time) };
    time.tv_sec as u64 * 1_000_000_000 + time.tv_nsec as u64
}

unsafe extern "C" fn current_ns(_: *mut SimKernel) -> u64 {
    now(libc::CLOCK_MONOTONIC)
}

unsafe extern "C" fn realtime_ns(_: *mut SimKernel) -> u64 {
    now(libc::CLOCK_REALTIME)
}

unsafe extern "C" fn event_schedule_ns(
    kernel: *mut SimKernel,
    ns: u64,
    function: Option<Function>,
    context: *mut c_void,
) -> *mut SimEvent {
    let at = now(libc::CLOCK_MONOTONIC) + ns;
    host(kernel).event.set(function.map(|function| (at, function, context)));
    // There is only one: any address says that there is one.
    kernel.cast()
}

unsafe extern "C" fn event_cancel(kernel: *mut SimKernel, _: *mut SimEvent) {
    host(kernel).event.set(None);
}

/// Calls are the first process's.
unsafe extern "C" fn task_current(_: *mut SimKernel) -> *mut SimTask {
    null_mut()
}

/// A call waits: with one thread, only time can help it.
unsafe extern "C" fn task_wait(kernel: *mut SimKernel, _private: *mut c_void) {
    let Some((at, function, context)) = host(kernel).event.take() else {
        eprintln!("a call waits for nothing");
        process::exit(1);
    };
    let until =
        libc::timespec { tv_sec: (at / 1_000_000_000) as _, tv_nsec: (at % 1_000_000_000) as _ };
    // SAFETY: sleeps, and then calls what the library asked for.
    unsafe {
        libc::clock_nanosleep(libc::CLOCK_MONOTONIC, libc::TIMER_ABSTIME, &until, null_mut());
        function(context);
    }
}

/// Nobody else could be waiting.
unsafe extern "C" fn task_wakeup(_: *mut SimKernel, _private: *mut c_void) {}

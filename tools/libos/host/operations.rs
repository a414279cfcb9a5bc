// SPDX-License-Identifier: GPL-2.0

//! What the library asks of its host, over Linux. Executed on the kernel's stacks: small, and
//! without blocking.

use core::ffi::{c_char, c_int, c_ulong, c_void};
use core::sync::atomic::{AtomicU32, Ordering};
use core::time::Duration;

use liblinux_abi::{
    SIM_ABI_VERSION, SIM_IRQ_TIMER, SimDevice, SimEvent, SimImported, SimIovec, SimKernel, SimTask,
};

use crate::layout::{ARENA_OFFSET, MAKER};
use crate::pcapng::Direction;
use crate::process::Process;
use crate::{
    capture, carrier, current, entry, gate, interrupts, look, owner, sys, transmit, wait, wake,
    watch,
};

/// The table of a process.
pub fn table() -> SimImported {
    SimImported {
        size: size_of::<SimImported>() as u32,
        version: SIM_ABI_VERSION,
        memory: 0,
        command_line: core::ptr::null(),
        print: Some(print),
        memory_alloc: Some(memory_alloc),
        memory_free: Some(memory_free),
        random: Some(random),
        current_ns: Some(current_ns),
        realtime_ns: Some(realtime_ns),
        event_schedule_ns: Some(event_schedule_ns),
        event_cancel: Some(event_cancel),
        task_current: Some(task_current),
        process_current: Some(process_current),
        task_wait: Some(task_wait),
        task_wakeup: Some(task_wakeup),
        lock_wait: Some(lock_wait),
        lock_wake: Some(lock_wake),
        dev_xmit: Some(dev_xmit),
        dev_receive: Some(dev_receive),
        signal_raised: None,
        file_poll: Some(file_poll),
        poll_event: None,
        thread_may_enter: Some(thread_may_enter),
        thread_stay_out: Some(thread_stay_out),
        file_closed: None,
        signal_sent: Some(signal_sent),
    }
}

/// # Safety
///
/// As for every function here: called by the library, with what it was given.
unsafe fn process<'a>(kernel: *mut SimKernel) -> &'a Process {
    // SAFETY: as the caller promises.
    unsafe { Process::of(kernel) }
}

unsafe extern "C" fn print(kernel: *mut SimKernel, level: c_int, text: *const c_char, len: usize) {
    // SAFETY: see `process`.
    let process = unsafe { process(kernel) };
    if level > process.shared().log_level.load(Ordering::Relaxed) {
        return;
    }
    let piece = |base: *const u8, len| SimIovec { base: base.cast_mut().cast(), len };
    let line = [piece(b"linux: ".as_ptr(), 7), piece(text.cast(), len), piece(b"\n".as_ptr(), 1)];
    // SAFETY: three readable pieces, to standard error.
    unsafe { gate::syscall(libc::SYS_writev, [2, line.as_ptr() as usize, line.len(), 0, 0, 0]) };
}

unsafe extern "C" fn memory_alloc(
    kernel: *mut SimKernel,
    bytes: usize,
    _align: usize,
) -> *mut c_void {
    // SAFETY: see `process`.
    let process = unsafe { process(kernel) };
    if bytes as u64 > process.shared().arena_size {
        return core::ptr::null_mut();
    }
    // Mapped, aligned and zeroed when the instance was made.
    (process.base + ARENA_OFFSET) as *mut c_void
}

unsafe extern "C" fn memory_free(_kernel: *mut SimKernel, memory: *mut c_void, bytes: usize) {
    // SAFETY: the arena is the library's, which no longer uses it.
    unsafe {
        let args = [memory as usize, bytes, libc::MADV_REMOVE as usize, 0, 0, 0];
        gate::syscall(libc::SYS_madvise, args);
    }
}

unsafe extern "C" fn random(_kernel: *mut SimKernel, buffer: *mut c_void, len: usize) {
    // SAFETY: the library's own buffer.
    unsafe { gate::syscall(libc::SYS_getrandom, [buffer as usize, len, 0, 0, 0, 0]) };
}

unsafe extern "C" fn current_ns(_kernel: *mut SimKernel) -> u64 {
    sys::now()
}

unsafe extern "C" fn realtime_ns(_kernel: *mut SimKernel) -> u64 {
    sys::clock(libc::CLOCK_REALTIME)
}

unsafe extern "C" fn event_schedule_ns(
    kernel: *mut SimKernel,
    ns: u64,
    _function: Option<unsafe extern "C" fn(*mut c_void)>,
    _context: *mut c_void,
) -> *mut SimEvent {
    // SAFETY: see `process`.
    let process = unsafe { process(kernel) };
    interrupts::set_deadline(process, sys::now().saturating_add(ns));
    // There is only one: any address says that there is one.
    kernel.cast()
}

unsafe extern "C" fn event_cancel(kernel: *mut SimKernel, _event: *mut SimEvent) {
    // SAFETY: see `process`.
    unsafe { process(kernel) }.shared().deadline.store(u64::MAX, Ordering::Relaxed);
}

unsafe extern "C" fn task_current(_kernel: *mut SimKernel) -> *mut SimTask {
    current::task()
}

unsafe extern "C" fn process_current(kernel: *mut SimKernel) -> c_ulong {
    // SAFETY: see `process`.
    unsafe { process(kernel) }.key()
}

unsafe extern "C" fn task_wait(kernel: *mut SimKernel, private: *mut c_void) {
    // SAFETY: see `process`.
    wait::wait(unsafe { process(kernel) }, private as usize);
}

unsafe extern "C" fn task_wakeup(kernel: *mut SimKernel, private: *mut c_void) {
    // SAFETY: see `process`.
    wake::wake(unsafe { process(kernel) }, private as usize);
}

unsafe extern "C" fn lock_wait(kernel: *mut SimKernel, word: *mut u32, expected: u32) {
    /// As often as the kernel's tick may come.
    const TICK: Duration = Duration::from_millis(4);
    // SAFETY: see `process`; a word of the library's lock.
    let (process, word) = unsafe { (process(kernel), AtomicU32::from_ptr(word)) };
    // Who has the lock may be in a loop that only the tick ends, and nobody looks at the clock: not even
    // the driver, which waits here then.
    let is_launchers = process.index.load(Ordering::Relaxed) as usize == MAKER;
    sys::futex_wait(word, expected, is_launchers.then_some(TICK));
    if is_launchers && interrupts::due(process.shared(), sys::now()) {
        interrupts::raise(process, SIM_IRQ_TIMER);
    }
}

unsafe extern "C" fn lock_wake(_kernel: *mut SimKernel, word: *mut u32) {
    sys::futex_wake(word.cast(), 1);
}

unsafe extern "C" fn thread_may_enter(kernel: *mut SimKernel) -> bool {
    // SAFETY: see `process`.
    entry::may_enter(unsafe { process(kernel) })
}

unsafe extern "C" fn thread_stay_out(kernel: *mut SimKernel) {
    // SAFETY: see `process`.
    entry::stay_out(unsafe { process(kernel) });
}

/// The number of a device, as it was told the library.
///
/// # Safety
///
/// The device is one that this host made.
unsafe fn number(process: &Process, device: *mut SimDevice) -> Option<u32> {
    // SAFETY: as the caller promises; the operation may be called from anywhere.
    process.exported().dev_get_private.map(|get| unsafe { get(device) } as usize as u32)
}

unsafe extern "C" fn dev_xmit(
    kernel: *mut SimKernel,
    device: *mut SimDevice,
    iov: *const SimIovec,
    count: usize,
) -> c_int {
    // SAFETY: see `process`; the pieces are the library's.
    unsafe {
        let process = process(kernel);
        let pieces = core::slice::from_raw_parts(iov, count);
        match number(process, device) {
            Some(device) => transmit::send(process, device, pieces) as c_int,
            None => -libc::ENODEV,
        }
    }
}

unsafe extern "C" fn dev_receive(
    kernel: *mut SimKernel,
    device: *mut SimDevice,
    iov: *const SimIovec,
    count: usize,
) -> isize {
    // SAFETY: see `process`; the pieces are the library's.
    unsafe {
        let process = process(kernel);
        let Some(device) = number(process, device) else { return -(libc::ENODEV as isize) };
        let pieces = core::slice::from_raw_parts(iov, count);
        look::received(process);
        let len = carrier::receive(process, device, pieces);
        process.shared().streak.received(len.max(0) as usize);
        if capture::is_on(process) {
            capture::record(process, device, Direction::In, pieces, len);
        }
        len
    }
}

unsafe extern "C" fn signal_sent(
    kernel: *mut SimKernel,
    name: c_ulong,
    private: *mut c_void,
    signal: c_int,
    info: *const c_void,
) {
    // SAFETY: see `process`; the library's description of the signal.
    let (process, info) = unsafe { (process(kernel), &*info.cast::<libc::siginfo_t>()) };
    owner::send(process, name, private, signal, info);
}

unsafe extern "C" fn file_poll(kernel: *mut SimKernel, private: *mut c_void, events: u32) -> u32 {
    // SAFETY: see `process`.
    watch::poll(unsafe { process(kernel) }, private as usize as i32, events)
}

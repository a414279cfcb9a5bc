// SPDX-License-Identifier: GPL-2.0

//! What the library of a node asks of its host. Executed on the kernel's stacks, by the simulator and
//! by programs: it records, and never blocks but in `task_wait`.

use core::ffi::{c_char, c_int, c_ulong, c_void};
use core::sync::atomic::Ordering;

use liblinux_abi::{
    SIM_ABI_VERSION, SimDevice, SimEvent, SimImported, SimIovec, SimKernel, SimTask,
};
use libos_loader::gate;
use libos_loader::layout::{ARENA_OFFSET, PAGE, PROCESS_OFFSET};

use crate::layout::{SIMULATOR, base_of, control};
use crate::node::{NEVER, Node, exported};
use crate::{baton, random, socket};

/// The page that each process has for itself for each node that it maps; the library's
/// `struct SimKernel`.
#[repr(C)]
pub struct Page {
    pub imported: SimImported,
    pub node: u32,
    /// Descriptor for the kernel's log.
    pub log: i32,
    /// Called where the simulator itself must wait for something of this node.
    pub idle: Option<fn(node: u32)>,
    /// Command line of the instance, NUL-terminated.
    pub command_line: [u8; 1024],
}

const _: () = assert!(size_of::<Page>() <= PAGE);

impl Page {
    /// Fills in the page of `node`.
    ///
    /// # Safety
    ///
    /// It is mapped, writable and used by nobody.
    pub unsafe fn place(node: u32, log: i32, idle: Option<fn(u32)>) -> *mut Page {
        let page = (base_of(node) + PROCESS_OFFSET) as *mut Page;
        // SAFETY: as the caller promises.
        unsafe {
            page.write(Page { imported: table(), node, log, idle, command_line: [0; 1024] });
        }
        page
    }

    /// The page behind the library's handle.
    ///
    /// # Safety
    ///
    /// `kernel` is what the library was given.
    unsafe fn of<'a>(kernel: *mut SimKernel) -> &'a Self {
        // SAFETY: as the caller promises.
        unsafe { &*kernel.cast() }
    }

    fn shared(&self) -> &'static Node {
        &control().node[self.node as usize]
    }
}

fn table() -> SimImported {
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
        lock_wait: None,
        lock_wake: None,
        dev_xmit: Some(dev_xmit),
        dev_receive: None,
        signal_raised: None,
        file_poll: Some(file_poll),
        poll_event: Some(socket::poll_event),
        // Nobody leaves: one thread of a simulation executes at a time.
        thread_may_enter: None,
        thread_stay_out: None,
        file_closed: Some(file_closed),
        signal_sent: None,
    }
}

unsafe extern "C" fn print(kernel: *mut SimKernel, level: c_int, text: *const c_char, len: usize) {
    if level as u32 > control().log_level.load(Ordering::Relaxed) {
        return;
    }
    // SAFETY: the library's handle.
    let page = unsafe { Page::of(kernel) };
    let mut head = *b"node 0000: ";
    let mut number = page.node;
    for digit in head[5..9].iter_mut().rev() {
        *digit = b'0' + (number % 10) as u8;
        number /= 10;
    }
    let piece = |base: *const u8, len| SimIovec { base: base.cast_mut().cast(), len };
    let line =
        [piece(head.as_ptr(), head.len()), piece(text.cast(), len), piece(b"\n".as_ptr(), 1)];
    let args = [page.log as usize, line.as_ptr() as usize, line.len(), 0, 0, 0];
    // SAFETY: three readable pieces.
    unsafe { gate::syscall(libc::SYS_writev, args) };
}

unsafe extern "C" fn memory_alloc(
    kernel: *mut SimKernel,
    bytes: usize,
    _align: usize,
) -> *mut c_void {
    // SAFETY: the library's handle.
    let page = unsafe { Page::of(kernel) };
    if (ARENA_OFFSET + bytes) as u64 > page.shared().size.load(Ordering::Relaxed) {
        return core::ptr::null_mut();
    }
    // Mapped, aligned and zeroed when the node was made.
    (base_of(page.node) + ARENA_OFFSET) as *mut c_void
}

unsafe extern "C" fn memory_free(_kernel: *mut SimKernel, memory: *mut c_void, bytes: usize) {
    // SAFETY: the arena is the library's, which no longer uses it.
    unsafe {
        let args = [memory as usize, bytes, libc::MADV_REMOVE as usize, 0, 0, 0];
        gate::syscall(libc::SYS_madvise, args);
    }
}

unsafe extern "C" fn random(kernel: *mut SimKernel, buffer: *mut c_void, len: usize) {
    // SAFETY: the library's handle, and its own buffer.
    unsafe {
        let buffer = core::slice::from_raw_parts_mut(buffer.cast(), len);
        random::fill(&Page::of(kernel).shared().random, buffer);
    }
}

unsafe extern "C" fn current_ns(kernel: *mut SimKernel) -> u64 {
    // SAFETY: the library's handle.
    unsafe { Page::of(kernel) }.shared().now()
}

unsafe extern "C" fn realtime_ns(kernel: *mut SimKernel) -> u64 {
    // SAFETY: the library's handle.
    unsafe { Page::of(kernel) }.shared().now() + control().epoch.load(Ordering::Relaxed)
}

unsafe extern "C" fn event_schedule_ns(
    kernel: *mut SimKernel,
    ns: u64,
    function: Option<unsafe extern "C" fn(*mut c_void)>,
    _context: *mut c_void,
) -> *mut SimEvent {
    // SAFETY: the library's handle.
    let page = unsafe { Page::of(kernel) };
    let function = function.map_or(0, |function| function as usize as u64);
    page.shared().function.store(function, Ordering::Relaxed);
    set_deadline(page, control().now.load(Ordering::Relaxed).saturating_add(ns));
    // There is only one: any address says that there is one.
    kernel.cast()
}

unsafe extern "C" fn event_cancel(kernel: *mut SimKernel, _event: *mut SimEvent) {
    // SAFETY: the library's handle.
    set_deadline(unsafe { Page::of(kernel) }, NEVER);
}

fn set_deadline(page: &Page, deadline: u64) {
    let node = page.shared();
    node.deadline.store(deadline, Ordering::Relaxed);
    if node.changed.swap(1, Ordering::Relaxed) == 0 {
        control().changed.push(page.node);
    }
}

unsafe extern "C" fn task_current(_kernel: *mut SimKernel) -> *mut SimTask {
    control().thread[baton::holder() as usize].task()
}

unsafe extern "C" fn process_current(_kernel: *mut SimKernel) -> c_ulong {
    let control = control();
    match baton::holder() {
        SIMULATOR => 0,
        number => {
            let process = control.thread[number as usize].process.load(Ordering::Relaxed);
            control.process[process as usize].key.load(Ordering::Relaxed)
        }
    }
}

unsafe extern "C" fn task_wait(kernel: *mut SimKernel, private: *mut c_void) {
    match private as usize as u32 {
        SIMULATOR => {
            // SAFETY: the library's handle.
            let page = unsafe { Page::of(kernel) };
            if let Some(idle) = page.idle {
                idle(page.node);
            }
        }
        number => baton::wait(number),
    }
}

unsafe extern "C" fn task_wakeup(_kernel: *mut SimKernel, private: *mut c_void) {
    baton::wake(private as usize as u32);
}

unsafe extern "C" fn dev_xmit(
    kernel: *mut SimKernel,
    device: *mut SimDevice,
    iov: *const SimIovec,
    count: usize,
) -> c_int {
    // SAFETY: the library's handle; the pieces are its own.
    unsafe {
        let page = Page::of(kernel);
        let Some(number) = exported(page.node).dev_get_private else { return -libc::ENODEV };
        let number = number(device) as usize;
        let Some(port) = page.shared().port.get(number) else { return -libc::ENODEV };
        let room = port.room.load(Ordering::Relaxed);
        if room == 0 {
            port.stopped.store(1, Ordering::Relaxed);
            return -libc::EAGAIN;
        }
        let pieces = core::slice::from_raw_parts(iov, count);
        if !control().outbox.push(page.node, number as u32, pieces) {
            if page.shared().overflowed.swap(1, Ordering::Relaxed) == 0 {
                control().overflowed.push(page.node);
            }
            return -libc::EAGAIN;
        }
        port.room.store(room - 1, Ordering::Relaxed);
        0
    }
}

unsafe extern "C" fn file_closed(kernel: *mut SimKernel, private: *mut c_void) {
    // SAFETY: the library's handle.
    let page = unsafe { Page::of(kernel) };
    page.shared().file_closed(page.node, private as u64);
}

/// Files of the host that programs have are regular ones and the like: always ready.
unsafe extern "C" fn file_poll(_kernel: *mut SimKernel, _private: *mut c_void, events: u32) -> u32 {
    const ALWAYS: i16 = libc::POLLIN | libc::POLLOUT | libc::POLLRDNORM | libc::POLLWRNORM;
    events & ALWAYS as u32
}

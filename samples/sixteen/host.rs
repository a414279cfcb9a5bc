// SPDX-License-Identifier: GPL-2.0

//! The host of all instances: one thread, the real clock, and a wire for each pair.
//!
//! A frame that an instance sends lies on its partner's [`Host::wire`] until a call waits. Then
//! the world goes on: frames are delivered and timers expire, whoever's they are.

use std::cell::{Cell, OnceCell, RefCell};
use std::collections::VecDeque;
use std::ffi::{c_char, c_int, c_void};
use std::process;
use std::ptr::null_mut;

use liblinux_abi::{
    SIM_ABI_VERSION, SimDevice, SimEvent, SimExported, SimImported, SimIovec, SimKernel, SimTask,
};

type Function = unsafe extern "C" fn(*mut c_void);

/// What one instance has of us; its `struct SimKernel`.
pub struct Host {
    number: usize,
    all: OnceCell<&'static [Host]>,
    /// Empty before it is booted, and after its end.
    exported: Cell<Option<SimExported>>,
    device: Cell<*mut SimDevice>,
    /// Frames for this instance.
    wire: RefCell<VecDeque<Vec<u8>>>,
    /// When something is to be called, in nanoseconds, what, and with what.
    event: Cell<Option<(u64, Function, *mut c_void)>>,
}

impl Host {
    /// Hosts for `count` instances. They are there for the rest of the process.
    pub fn many(count: usize) -> &'static [Host] {
        let new = |number| Host {
            number,
            all: OnceCell::new(),
            exported: Cell::new(None),
            device: Cell::new(null_mut()),
            wire: RefCell::default(),
            event: Cell::new(None),
        };
        let all: &'static [Host] = (0..count).map(new).collect::<Vec<_>>().leak();
        for host in all {
            host.all.get_or_init(|| all);
        }
        all
    }

    pub fn kernel(&'static self) -> *mut SimKernel {
        (&raw const *self).cast_mut().cast()
    }

    pub fn booted(&self, exported: SimExported) {
        self.exported.set(Some(exported));
    }

    /// The instance is about to end: it gets no more frames.
    pub fn ended(&self) {
        self.exported.set(None);
    }

    pub fn exported(&self) -> Result<SimExported, &'static str> {
        self.exported.get().ok_or("the instance is not up")
    }

    pub fn plug_in(&self, device: *mut SimDevice) {
        self.device.set(device);
    }

    fn all(&self) -> &'static [Host] {
        self.all.get().copied().unwrap_or_default()
    }

    fn partner(&self) -> &'static Host {
        &self.all()[self.number ^ 1]
    }

    /// Delivers the next frame. False if there is none.
    fn deliver(&self) -> bool {
        let Some(frame) = self.wire.borrow_mut().pop_front() else { return false };
        let Some(exported) = self.exported.get() else { return true };
        let device = self.device.get();
        let (Some(create), Some(receive)) = (exported.dev_create_packet, exported.dev_rx) else {
            return true;
        };
        if device.is_null() {
            return true;
        }
        // SAFETY: a device of this instance, and room for this frame.
        unsafe {
            let packet = create(device, frame.len() as c_int);
            if !packet.buffer.is_null() {
                packet.buffer.cast::<u8>().copy_from(frame.as_ptr(), frame.len());
                receive(device, packet);
            }
        }
        true
    }

    /// Calls what is due. False if nothing is.
    fn expire(&self) -> bool {
        match self.event.get() {
            Some((at, function, context)) if at <= now(libc::CLOCK_MONOTONIC) => {
                self.event.set(None);
                // SAFETY: what the library asked for.
                unsafe { function(context) };
                true
            }
            _ => false,
        }
    }
}

/// The operations: the same for every instance.
pub fn operations() -> SimImported {
    SimImported {
        size: size_of::<SimImported>() as u32,
        version: SIM_ABI_VERSION,
        memory: 64 << 20,
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
        dev_xmit: Some(dev_xmit),
        // SAFETY: all members may be zero: what is optional is absent.
        ..unsafe { std::mem::zeroed() }
    }
}

fn host(kernel: *mut SimKernel) -> &'static Host {
    // SAFETY: what lib_init was given.
    unsafe { &*kernel.cast() }
}

// ---- the wire ----

unsafe extern "C" fn dev_xmit(
    kernel: *mut SimKernel,
    _device: *mut SimDevice,
    iov: *const SimIovec,
    count: usize,
) -> c_int {
    let mut frame = Vec::new();
    // SAFETY: `count` pieces of readable memory.
    for piece in unsafe { std::slice::from_raw_parts(iov, count) } {
        // SAFETY: as above.
        frame.extend(unsafe { std::slice::from_raw_parts(piece.base.cast::<u8>(), piece.len) });
    }
    host(kernel).partner().wire.borrow_mut().push_back(frame);
    0
}

// ---- tasks: there is one thread ----

/// Calls are the first process's.
unsafe extern "C" fn task_current(_: *mut SimKernel) -> *mut SimTask {
    null_mut()
}

/// A call waits: the world goes on.
unsafe extern "C" fn task_wait(kernel: *mut SimKernel, _private: *mut c_void) {
    let all = host(kernel).all();
    loop {
        let delivered = all.iter().filter(|host| host.deliver()).count();
        let expired = all.iter().filter(|host| host.expire()).count();
        if delivered + expired > 0 {
            return;
        }
        let Some((at, ..)) = all.iter().filter_map(|host| host.event.get()).min_by_key(|e| e.0)
        else {
            eprintln!("a call waits for nothing");
            process::exit(1);
        };
        let until = libc::timespec {
            tv_sec: (at / 1_000_000_000) as _,
            tv_nsec: (at % 1_000_000_000) as _,
        };
        let clock = libc::CLOCK_MONOTONIC;
        // SAFETY: sleeps.
        unsafe { libc::clock_nanosleep(clock, libc::TIMER_ABSTIME, &until, null_mut()) };
    }
}

/// Nobody else could be waiting.
unsafe extern "C" fn task_wakeup(_: *mut SimKernel, _private: *mut c_void) {}

// ---- time ----

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
    // An instance has only one: any address says that there is one.
    kernel.cast()
}

unsafe extern "C" fn event_cancel(kernel: *mut SimKernel, _: *mut SimEvent) {
    host(kernel).event.set(None);
}

// ---- memory, randomness, the log ----

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

/// On the kernel's small stack, so without formatting.
unsafe extern "C" fn print(_: *mut SimKernel, level: c_int, text: *const c_char, len: usize) {
    if level < 4 {
        // SAFETY: `len` readable bytes.
        unsafe {
            libc::write(2, text.cast(), len);
            libc::write(2, c"\n".as_ptr().cast(), 1);
        }
    }
}

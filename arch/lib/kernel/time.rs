// SPDX-License-Identifier: GPL-2.0

//! Time: one clocksource and one clockevent, both operations of the host. Real and simulated time
//! run the same code.

use core::cell::{Cell, UnsafeCell};
use core::ffi::c_void;
use core::ptr::null_mut;

use liblinux_abi::SimEvent;

use crate::bindings::{self, clock_event_device, clocksource, timespec64};
use crate::kernel::host::host;
use crate::kernel::{call, host, irq};

const NSEC_PER_SEC: u64 = 1_000_000_000;

/// What only the thread that executes the kernel touches.
struct Clock {
    source: UnsafeCell<clocksource>,
    event: UnsafeCell<clock_event_device>,
    /// `current_ns` when the instance booted.
    boot: Cell<u64>,
    /// The event that the host has for us, if any.
    scheduled: Cell<*mut SimEvent>,
}

// SAFETY: touched only under the virtual processor's lock.
unsafe impl Sync for Clock {}

static CLOCK: Clock = Clock {
    // SAFETY: both are valid when zeroed: their pointers are optional.
    source: UnsafeCell::new(unsafe { core::mem::zeroed() }),
    // SAFETY: as above.
    event: UnsafeCell::new(unsafe { core::mem::zeroed() }),
    boot: Cell::new(0),
    scheduled: Cell::new(null_mut()),
};

extern "C" fn read(_source: *mut clocksource) -> u64 {
    host::now()
}

extern "C" fn set_next_event(delta: u64, _device: *mut clock_event_device) -> i32 {
    cancel();
    CLOCK.scheduled.set(host!(event_schedule_ns, delta, Some(expired), null_mut()));
    0
}

extern "C" fn set_state_shutdown(_device: *mut clock_event_device) -> i32 {
    cancel();
    0
}

fn cancel() {
    let event = CLOCK.scheduled.replace(null_mut());
    if !event.is_null() {
        host!(event_cancel, event);
    }
}

/// Called by the host when the time has come, outside the kernel.
unsafe extern "C" fn expired(_context: *mut c_void) {
    irq::raise(irq::TIMER);
    call::run(0, false);
}

/// The timer interrupt.
pub fn interrupt() {
    CLOCK.scheduled.set(null_mut());
    // SAFETY: the device was registered before it could ask for an interrupt.
    unsafe {
        let device = CLOCK.event.get();
        if let Some(handler) = (*device).event_handler {
            handler(device);
        }
    }
}

/// `clocksource_default_clock()`: the host's clock from the beginning. With the usual jiffies, the
/// time that booting takes would be missing from the time of day.
#[unsafe(no_mangle)]
extern "C" fn clocksource_default_clock() -> *mut clocksource {
    /// A cycle is a nanosecond: mult is 1 at this scale.
    const SHIFT: u32 = 22;
    let source = CLOCK.source.get();
    // SAFETY: boot is single-threaded; the structure is static.
    unsafe {
        (*source).name = c"host".as_ptr();
        (*source).rating = 500;
        (*source).read = Some(read);
        (*source).mask = u64::MAX;
        (*source).mult = 1 << SHIFT;
        (*source).shift = SHIFT;
        // The second one is what registering adds; this function is called again after that.
        let flags = bindings::CLOCK_SOURCE_IS_CONTINUOUS | bindings::CLOCK_SOURCE_VALID_FOR_HRES;
        (*source).flags = flags.into();
    }
    source
}

/// `time_init()`.
#[unsafe(no_mangle)]
extern "C" fn time_init() {
    // SAFETY: boot is single-threaded; the structures are static.
    unsafe {
        bindings::__clocksource_register_scale(clocksource_default_clock(), 1, 0);

        let device = CLOCK.event.get();
        (*device).name = c"host".as_ptr();
        (*device).features = bindings::CLOCK_EVT_FEAT_ONESHOT;
        (*device).rating = 500;
        (*device).set_next_event = Some(set_next_event);
        (*device).set_state_shutdown = Some(set_state_shutdown);
        (*device).cpumask = bindings::lib_cpumask_of(0);
        bindings::clockevents_config_and_register(device, NSEC_PER_SEC as u32, 1, i64::MAX as u64);
    }
}

/// Remembers when the instance booted.
pub fn set_boot() {
    CLOCK.boot.set(host::now());
}

/// `sched_clock()`: nanoseconds since boot.
#[unsafe(no_mangle)]
extern "C" fn sched_clock() -> u64 {
    host::now() - CLOCK.boot.get()
}

/// `read_persistent_clock64()`: the time of day.
///
/// # Safety
///
/// `ts` is writable.
#[unsafe(no_mangle)]
unsafe extern "C" fn read_persistent_clock64(ts: *mut timespec64) {
    let ns = match host::table().realtime_ns {
        Some(_) => host!(realtime_ns),
        None => host::now(),
    };
    // SAFETY: as the caller promises.
    unsafe {
        (*ts).tv_sec = (ns / NSEC_PER_SEC) as i64;
        (*ts).tv_nsec = (ns % NSEC_PER_SEC) as _;
    }
}

/// `calibrate_delay()`: there is nothing to calibrate; see `asm/delay.h`.
#[unsafe(no_mangle)]
extern "C" fn calibrate_delay() {
    // SAFETY: boot is single-threaded.
    unsafe { bindings::loops_per_jiffy = NSEC_PER_SEC / bindings::CONFIG_HZ as u64 };
}

// SPDX-License-Identifier: GPL-2.0

//! Nodes, as far as programs take part in them.

use core::ffi::c_void;
use core::sync::atomic::{AtomicU32, AtomicU64, Ordering};

use liblinux_abi::SimExported;
use libos_loader::layout::SHARED_OFFSET;

use crate::kept::Kept;
use crate::layout::{PORTS, base_of, control, node_around};

/// A node without a timer has this deadline.
pub const NEVER: u64 = u64::MAX;

/// Nanoseconds that booting takes at least.
const BOOT: u64 = 1_000;

#[repr(C)]
pub struct Node {
    /// Bytes of its file of memory.
    pub size: AtomicU64,
    /// How much its clock is ahead of simulated time: booting takes time on a node only.
    pub ahead: AtomicU64,
    /// Its clock tells no time before this.
    pub first: AtomicU64,
    /// When it wants its timer interrupt, in simulated time.
    pub deadline: AtomicU64,
    /// What the library wants called then.
    pub function: AtomicU64,
    /// The simulator has not seen the deadline yet.
    pub changed: AtomicU32,
    /// A frame found the outbox full.
    pub overflowed: AtomicU32,
    /// State of its generator of random numbers.
    pub random: AtomicU64,
    /// Numbers given to files of the host so far; 0 is none's.
    pub files: AtomicU64,
    /// Those that programs have passed on.
    pub kept: Kept,
    /// Some of these nobody has any more.
    pub lets_go: AtomicU32,
    pub ports: AtomicU32,
    pub port: [Port; PORTS],
}

/// An interface.
#[repr(C)]
pub struct Port {
    /// Frames that the wire takes before the interface must stop.
    pub room: AtomicU32,
    /// The interface has stopped, and waits for room.
    pub stopped: AtomicU32,
}

impl Node {
    /// The time on the node's clock.
    #[must_use]
    pub fn now(&self) -> u64 {
        let now = control().now.load(Ordering::Relaxed) + self.ahead.load(Ordering::Relaxed);
        now.max(self.first.load(Ordering::Relaxed))
    }

    /// The node has booted, which took a microsecond of its clock; the clock stands until simulated
    /// time has come there. TCP counts microseconds since boot, and zero means to it: never sent.
    pub fn booted(&self) {
        self.first.store(self.now() + BOOT, Ordering::Relaxed);
    }

    /// Calls the function that the library gave with its deadline.
    ///
    /// # Safety
    ///
    /// It has given one, and the calling thread is outside the library.
    pub unsafe fn expire(&self) {
        let function = self.function.load(Ordering::Relaxed) as usize;
        // SAFETY: as the caller promises; stored by `event_schedule_ns`.
        unsafe {
            let function: unsafe extern "C" fn(*mut c_void) = core::mem::transmute(function);
            function(core::ptr::null_mut());
        }
    }
}

/// The node whose instance has `address`, if there is one.
#[must_use]
pub fn at(address: usize) -> Option<u32> {
    let number = node_around(address)?;
    let node = control().node.get(number as usize)?;
    (node.size.load(Ordering::Relaxed) != 0).then_some(number)
}

/// The library's table of a node; valid in every process that has mapped its instance.
#[must_use]
pub fn exported(node: u32) -> &'static SimExported {
    // SAFETY: as above; written before anybody else knows of the node.
    unsafe { &*((base_of(node) + SHARED_OFFSET) as *const SimExported) }
}

// SPDX-License-Identifier: GPL-2.0

//! Sockets of the simulator itself: what has happened to them while a kernel executed, be it in the
//! simulator or in a program.

use core::ffi::c_void;
use core::sync::atomic::{AtomicU32, Ordering};

use crate::layout::control;

/// A place for a socket.
#[repr(C)]
pub struct Socket {
    /// Not 0 while it is somebody's.
    pub used: AtomicU32,
    /// Events of poll(2) that may have happened since the simulator last looked.
    pub events: AtomicU32,
}

/// Takes a place. `None` if there is none.
#[must_use]
pub fn take() -> Option<u32> {
    let first = control().next_socket.load(Ordering::Relaxed) as usize;
    let sockets = &control().socket;
    let number = (0..sockets.len())
        .map(|i| (first + i) % sockets.len())
        .find(|number| sockets[*number].used.load(Ordering::Relaxed) == 0)?;
    control().next_socket.store(number as u32 + 1, Ordering::Relaxed);
    sockets[number].used.store(1, Ordering::Relaxed);
    Some(number as u32)
}

/// Gives the place back. It may still be among those to which something has happened.
pub fn free(number: u32) {
    control().socket[number as usize].used.store(0, Ordering::Relaxed);
}

/// The next one to which something has happened, and what that may be.
pub fn next() -> Option<(u32, u32)> {
    loop {
        let number = control().happened.pop()?;
        let socket = &control().socket[number as usize];
        let events = socket.events.swap(0, Ordering::Relaxed);
        if socket.used.load(Ordering::Relaxed) != 0 {
            return Some((number, events));
        }
    }
}

/// The library's `poll_event`, whose context is the number of a socket.
pub(crate) unsafe extern "C" fn poll_event(events: u32, context: *mut c_void) {
    let number = context as usize as u32;
    let socket = &control().socket[number as usize];
    if socket.events.fetch_or(events, Ordering::Relaxed) == 0 {
        control().happened.push(number);
    }
}

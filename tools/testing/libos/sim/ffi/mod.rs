// SPDX-License-Identifier: GPL-2.0

//! The interface for simulators in C and C++: build/include/ns3/libos-sim.h is made from this folder.
//!
//! There is one simulation in a process, so nothing here names it. Nodes, ports and sockets are
//! numbers. What fails returns a negative errno; where that says too little, `libos_reason` says more.

mod network;
mod nodes;
mod programs;
mod simulation;
mod sockets;
mod world;

use std::cell::RefCell;
use std::ffi::{CStr, CString, c_char, c_int};
use std::rc::Rc;

use crate::error::Error;
use crate::simulation::Simulation;
use world::Host;

/// The simulation of this process.
struct Current {
    simulation: Simulation,
    host: Rc<Host>,
}

thread_local! {
    static CURRENT: RefCell<Option<Rc<Current>>> = const { RefCell::new(None) };
    static REASON: RefCell<CString> = RefCell::default();
}

/// Remembers why, and returns the errno.
fn failed(error: &Error) -> c_int {
    let reason = CString::new(error.to_string().replace('\0', " ")).unwrap_or_default();
    REASON.set(reason);
    let errno = match error {
        Error::Refused { reason, .. } => reason.raw_os_error(),
        _ => None,
    };
    -errno.unwrap_or(libc::EINVAL)
}

/// Does something to the simulation.
fn with(act: impl FnOnce(&Current) -> Result<c_int, Error>) -> c_int {
    let current = CURRENT.with_borrow(Clone::clone);
    let result = current.ok_or(Error::NoSimulation).and_then(|current| act(&current));
    result.unwrap_or_else(|error| failed(&error))
}

/// # Safety
///
/// `text` is NUL-terminated.
unsafe fn text<'a>(text: *const c_char) -> &'a CStr {
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(text) }
}

// SPDX-License-Identifier: GPL-2.0

//! What a simulator does for the simulation.

use std::cell::RefCell;
use std::ffi::{c_int, c_void};

use crate::world::{Event, World};

/// What a simulation asks its simulator for. Each `context` is what the simulator gave with the
/// node, port or socket.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct LibosWorld {
    /// Simulated time in nanoseconds.
    pub now: extern "C" fn() -> u64,
    /// `libos_timer` is to be called for the node, so many nanoseconds from now; not when it was
    /// asked before.
    pub schedule: extern "C" fn(node: *mut c_void, delay: u64),
    /// `libos_timer` is not to be called for the node.
    pub cancel: extern "C" fn(node: *mut c_void),
    /// A frame leaves through a port.
    pub transmit: extern "C" fn(port: *mut c_void, frame: *const u8, len: usize),
    /// Something has happened to a socket: events of poll(2), or less.
    pub happened: extern "C" fn(socket: *mut c_void, events: u32),
    /// A process has ended that was started, or a descendant of one; `status` is as in wait(2).
    pub exited: extern "C" fn(node: *mut c_void, pid: u32, status: c_int),
}

/// The simulator's side, with what it calls things.
pub struct Host {
    pub world: LibosWorld,
    pub nodes: RefCell<Vec<Contexts>>,
}

/// What the simulator calls a node, and its ports.
pub struct Contexts {
    pub node: *mut c_void,
    pub ports: Vec<*mut c_void>,
}

impl World for Host {
    fn now(&self) -> u64 {
        (self.world.now)()
    }

    fn schedule(&self, node: u32, delay: u64) -> Event {
        let node = self.nodes.borrow()[node as usize].node;
        (self.world.schedule)(node, delay);
        node as usize as Event
    }

    fn cancel(&self, event: Event) {
        (self.world.cancel)(event as usize as *mut c_void);
    }

    fn transmit(&self, node: u32, port: u32, frame: &[u8]) {
        let port = self.nodes.borrow()[node as usize].ports[port as usize];
        (self.world.transmit)(port, frame.as_ptr(), frame.len());
    }

    fn happened(&self, context: usize, events: u32) {
        (self.world.happened)(context as *mut c_void, events);
    }

    fn exited(&self, node: u32, pid: u32, status: i32) {
        let node = self.nodes.borrow()[node as usize].node;
        (self.world.exited)(node, pid, status);
    }
}

// SPDX-License-Identifier: GPL-2.0

//! The simulator's side.

/// What a simulator calls an event.
pub type Event = u64;

/// What a simulation of nodes asks its simulator for. Never called while a kernel executes; the
/// simulator may call [`crate::Simulation`] back from its events, but not from here.
pub trait World {
    /// Simulated time in nanoseconds.
    fn now(&self) -> u64;
    /// Has [`crate::Simulation::timer`] called for `node`, `delay` nanoseconds from now.
    fn schedule(&self, node: u32, delay: u64) -> Event;
    /// Forgets an event that has not happened.
    fn cancel(&self, event: Event);
    /// A frame leaves `node` through its port.
    fn transmit(&self, node: u32, port: u32, frame: &[u8]);
    /// Something has happened to a socket that was made with this `context`: `events` of poll(2), or
    /// less.
    fn happened(&self, context: usize, events: u32);
    /// A process that the simulation started, or a descendant of one, has ended; `status` is as in
    /// wait(2).
    fn exited(&self, node: u32, pid: u32, status: i32);
}

// SPDX-License-Identifier: GPL-2.0

//! Nodes of a simulation. Each is an instance of `liblinux.so` at an address of its own, and may have
//! programs, which are processes of the host; all live in simulated time.
//!
//! * [`Simulation`]: the nodes, and the turns of their programs;
//! * [`World`]: what a simulator is asked for: the time, events, and wires;
//! * `ffi`: both for simulators in C and C++.
//!
//! A simulator calls in (`timer`, `receive`, `start` …) from its events. Each call returns when nothing
//! in the whole simulation can go on at this instant.

mod backtrace;
mod coverage;
mod error;
mod ffi;
pub mod files;
mod memory;
mod mounts;
mod netlink;
mod node;
mod process;
pub mod queue;
mod simulation;
mod socket;
mod sysctl;
mod world;

pub use error::Error;
pub use node::PortOptions;
pub use process::{Program, Status};
pub use simulation::{Options, Simulation};
pub use socket::UNWATCHED;
pub use world::{Event, World};

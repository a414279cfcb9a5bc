// SPDX-License-Identifier: GPL-2.0

//! What the tests of the whole stand on. `make test ARCH=lib` runs them, as root.
//!
//! * [`Task`] is a command to be run, [`Process`] one that runs, [`Finished`] what became of it;
//!   each has a time-out, and none outlives its test;
//! * [`Netns`] is a network namespace, which takes along all that runs in it;
//! * [`Net`] is a place for a program under `nuse` and a peer: the host's own stack at the other
//!   end of a TAP device, or of a veth pair;
//! * [`User`] is somebody who is not root;
//! * [`Capture`] is tcpdump, for what must not be seen on an interface;
//! * [`LISTENER`] is a peer that tells how its connection ended, [`dns`] a name server, [`data`]
//!   bytes to send, [`place`] where things are, [`compile`] the C compiler.
//!
//! Nothing is skipped: what is missing fails the test, with the name of the package that has it.

pub mod compile;
pub mod data;
pub mod dns;
pub mod place;

mod capture;
mod listener;
pub mod net;
mod netns;
mod output;
mod process;
mod task;
mod tools;
mod user;

pub use capture::Capture;
pub use listener::LISTENER;
pub use net::Net;
pub use netns::Netns;
pub use process::{Finished, Process};
pub use task::Task;
pub use user::User;

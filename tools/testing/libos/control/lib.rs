// SPDX-License-Identifier: GPL-2.0

//! What a simulator and the programs on its nodes share, in one file of memory that all of them map
//! at [`layout::CONTROL`]: simulated time, the [baton], the [outbox], and what is known of nodes,
//! processes and threads.
//!
//! Exactly one thread of the whole simulation executes at any moment: who has the baton. So nothing
//! here needs a lock, and every order is the same in every run. Words are atomic because they are
//! shared between processes, not because two would write them.
//!
//! [`operations`] is the table that the library of a node is given, alike in the simulator and in a
//! program: it records what is asked for, and the simulator carries it out when it has the baton.

pub mod baton;
pub mod kept;
pub mod layout;
pub mod node;
pub mod operations;
pub mod outbox;
pub mod process;
mod queue;
pub mod random;
pub mod socket;
pub mod thread;

pub use layout::{Control, control};

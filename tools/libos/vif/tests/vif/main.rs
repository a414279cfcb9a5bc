// SPDX-License-Identifier: GPL-2.0

//! Both backends against the host's own stack, each test in a network namespace of its own.
//!
//! They need root, as what they test does.

mod errors;
mod frame;
mod netns;
mod port;
mod raw;
mod segments;
mod streams;
mod tap;
mod tcp;

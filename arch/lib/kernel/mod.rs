// SPDX-License-Identifier: GPL-2.0

//! What generic code expects of a processor, a clock and a machine.
//!
//! * [`vcpu`]: who may execute the kernel, and how it is entered and left;
//! * [`task`]: kernel stacks and switching, and the tasks that make calls for the host's threads;
//! * [`call`]: one call of a task, from the host's thread to its result;
//! * [`irq`], [`time`]: interrupts and the clock;
//! * [`boot`], [`process`]: from `lib_init` to the first process;
//! * [`descriptor`]: descriptors with the numbers that the host chose;
//! * `credentials`: who a task is, as the host says;
//! * [`watch`]: telling the host what happens to a socket;
//! * [`console`], [`reset`], [`smp`], `stack`: the rest of a machine.

pub mod boot;
pub mod call;
pub mod console;
mod cpuinfo;
#[cfg(CONFIG_MULTIUSER)]
pub mod credentials;
pub mod descriptor;
pub mod held_file;
pub mod host;
pub mod host_file;
pub mod irq;
pub mod lock;
pub mod process;
pub mod reset;
pub mod signal;
pub mod smp;
#[cfg(CONFIG_FRAME_POINTER)]
mod stack;
pub mod syscall;
pub mod task;
pub mod time;
pub mod tree;
pub mod vcpu;
#[cfg(feature = "socket_api")]
pub mod watch;

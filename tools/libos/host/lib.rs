// SPDX-License-Identifier: GPL-2.0

//! NUSE's side of an instance of `liblinux.so`: what it consists of, how several processes
//! share it, and the operations that it asks for, over Linux.
//!
//! * [`Instance`]: loading the library into a memfd, booting it, attaching to one;
//! * [`layout`]: what is where, and what all processes of an instance share;
//! * [`Thread`]: a thread of the host with a task of the library, and its calls;
//! * [`driver`]: the thread that looks after an instance when no program's thread does;
//! * `carrier`: what carries the frames of a device; `transmit`: who sends them;
//! * `capture`: all frames of an instance in a file; [`letter`]: descriptors that are sent;
//!   [`mapping`]: memory that files share with programs;
//! * `guard`: no program outlives its launcher;
//! * `wait`: who waits for packets and timers; `poll`, `spin` and `look`: how; `wake`: the other side;
//!   `interrupts`: what the library is told then;
//! * `operations`: the table for `lib_init`.
//!
//! Nothing here calls libc where a program may have replaced its functions: system calls go
//! through [`gate`].

mod capture;
mod carrier;
pub mod device;
pub mod driver;
mod error;
mod guard;
mod instance;
mod interrupts;
pub mod kill;
pub mod layout;
pub mod letter;
mod look;
pub mod mapping;
mod operations;
mod pcapng;
mod poll;
mod process;
mod reaper;
mod spin;
pub mod thread;
mod ticks;
mod transmit;
mod wait;
mod wake;
mod watch;

pub use error::Error;
pub use instance::{Attached, Attachment, ENVIRONMENT, Instance, Options, attach_from_env};
pub use libos_loader::{fault, gate, sys};
pub use process::{Process, process};
pub use thread::{Thread, file_create};

// SPDX-License-Identifier: GPL-2.0

//! NUSE's side of an instance of `liblinux.so`: what it consists of, how several processes
//! share it, and the operations that it asks for, over Linux.
//!
//! From the outside in:
//!
//! * [`Instance`]: loading the library into a memfd, booting it, attaching to one, its devices;
//! * [`driver`]: the thread that looks after an instance when no program's thread does, as its `orders`
//!   say; `reaper`: programs that were killed; `guard`: none outlives its launcher;
//! * [`thread`]: a thread of the host with a task of the library, its calls, and fork(2); `entry`: who may
//!   enter, `current`: what the calling thread is doing; [`kill`], [`letter`],
//!   [`mapping`] and [`owner`]: what takes both kernels: SIGKILL, descriptors that are sent, memory of files,
//!   signals about sockets; `stray`: children that it does
//!   not know;
//! * `operations`: the table for `lib_init`;
//! * `wait`: who waits for packets and timers; `poll`, `spin` and `look`: how; `wake`: the other side;
//!   `interrupts`: what the library is told then; `watch`: files of the host;
//! * `transmit`: who sends frames, with `ring`, `sender` and `streak`; `carrier`: what carries them; `capture`: all of them in
//!   a file;
//! * `credentials`: who the programs are;
//! * `process` and `places`: what each process has for itself, and its place among the others;
//! * [`layout`]: what is where, and what all processes of an instance share.
//!
//! Nothing here calls libc where a program may have replaced its functions: system calls go
//! through [`gate`].

mod capture;
mod carrier;
mod credentials;
mod current;
pub mod driver;
mod entry;
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
mod orders;
pub mod owner;
mod pcapng;
mod pid;
mod places;
mod poll;
mod process;
pub mod procfs;
mod reaper;
mod ring;
mod sender;
mod spin;
mod stray;
mod streak;
pub mod thread;
mod ticks;
mod transmit;
mod wait;
mod wake;
mod watch;

pub use error::Error;
pub use instance::{Attached, Attachment, Device, ENVIRONMENT, Instance, Options, attach_from_env};
pub use libos_loader::{fault, gate, sys};
pub use process::{Process, process};
pub use thread::{Thread, file_create};

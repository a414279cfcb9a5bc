// SPDX-License-Identifier: GPL-2.0

//! The seccomp filter of a program under NUSE: no network socket of the host is ever made.
//!
//! `nuse` installs it in the child before it executes the program, and everything that the
//! program starts inherits it. A system call that has to do with sockets, or that waits for
//! descriptors, raises SIGSYS, unless its instruction is the one in the *gate*, a page at a fixed
//! address through which the preloaded library makes its calls. That library turns the signal into
//! a call of the stack's kernel; where it is not loaded (a program that becomes another user as it
//! begins) the signal ends the program: a call never reaches the host's network by mistake.
//!
//! | system call | what happens outside the gate |
//! | --- | --- |
//! | `socket`, of any family but AF_UNIX and AF_ALG | SIGSYS |
//! | `connect`, `bind`, `sendto`, …: [`policy::TRAPPED`] | SIGSYS |
//! | `ioctl` about interfaces, addresses, routes: [`policy::NETWORK_REQUESTS`] | SIGSYS |
//! | `read`, `close`, …: [`policy::WATCHED`], of a descriptor in [`WINDOW`] | SIGSYS |
//! | `execve`, `execveat` | SIGSYS |
//! | `rt_sigaction` of SIGSYS | nothing, as if it had been done |
//! | `io_uring_setup` | ENOSYS, also in the gate |
//! | `int 0x80`, as i386 has it | the process is killed |
//! | any with a number of x32, or with none that exists | ENOSYS |
//! | all else | goes to the host |
//!
//! Nothing that the dynamic loader needs is trapped: it runs before there is a handler. For code that makes
//! all its calls itself, as Go's, there is a second filter, [`watch`], and for code that makes some, [`of_all`].

mod assembler;
mod install;
#[cfg(test)]
mod interpreter;
pub mod paths;
pub mod policy;
mod program;
mod sandbox;
mod text;

pub use install::{install, set_filter_on_all};
pub use policy::WINDOW;
pub use program::program;
pub use sandbox::with_gate;
pub use text::{of_all, watch};

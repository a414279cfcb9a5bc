// SPDX-License-Identifier: GPL-2.0

//! posix_spawn(3): another program in a child, without fork(3)'s copy of what it does not need. Libc
//! makes it of inner calls, which would not know the library's descriptors; this one makes all by
//! [`crate::route`].
//!
//! The parent prepares everything that takes memory: the child may be that of a thread whose
//! siblings were in malloc(3). It waits, as after vfork(2), until the child has become the program
//! or has left the reason why not in a page that both have.

mod actions;
mod attributes;
mod report;
mod search;

pub use actions::{Action, FileActions};
pub use attributes::Attributes;
pub use search::Program;

use core::ffi::c_int;

use crate::errno::{self, Errno};
use crate::exec::{Environment, List};
use crate::library::{self, kernel};
use crate::signals::{held, mask};
use crate::{host, instance, process, standard};
use report::Report;
use search::Prepared;

/// What the child is to do and to become.
pub struct Plan<'a> {
    pub program: Program,
    pub actions: &'a [Action],
    pub attributes: Attributes,
    pub arguments: List,
    pub environment: List,
}

/// As a shell has it: the child could not become the program.
const FAILED: c_int = 127;

impl Plan<'_> {
    /// The number of the child.
    ///
    /// # Safety
    ///
    /// The arguments and the environment are lists.
    pub unsafe fn carry_out(self) -> Result<c_int, Errno> {
        let report = Report::new()?;
        // SAFETY: as the caller promises.
        let environment = unsafe { Environment::complete(self.environment, None) };
        // SAFETY: as the caller promises.
        let program = unsafe { self.program.prepare(self.arguments, environment.list()) };
        let before = mask::set(mask::ALL);
        let orders = Orders { actions: self.actions, attributes: self.attributes, program };
        let child = fork();
        if child == Ok(0) {
            let Errno(reason) = orders.become_program(before);
            report.leave(reason);
            process::exit(FAILED);
        }
        mask::restore(before);
        match report.read() {
            0 => child,
            reason => {
                child.inspect(|child| reap(*child))?;
                Err(Errno(reason))
            }
        }
    }
}

/// What the child needs, without memory that it would have to take.
struct Orders<'a> {
    actions: &'a [Action],
    attributes: Attributes,
    program: Prepared,
}

impl Orders<'_> {
    /// In the child, whose parent has the mask `mask`. Returns if that fails.
    fn become_program(&self, mask: u64) -> Errno {
        standard::stop_following();
        match self.prepare() {
            Err(error) => error,
            Ok(()) => {
                mask::restore(self.attributes.mask.unwrap_or(mask));
                mask::block_any(self.attributes.mask.unwrap_or_else(held::blocked) & held::MASK);
                self.program.execute()
            }
        }
    }

    fn prepare(&self) -> Result<(), Errno> {
        if instance::is_attached() && kernel::fork_child() < 0 {
            return Err(Errno(libc::ENOMEM));
        }
        self.attributes.apply()?;
        self.actions.iter().try_for_each(Action::perform)
    }
}

/// As vfork(2), but for the memory, which the child has for itself. In the library too.
fn fork() -> Result<c_int, Errno> {
    let attached = instance::is_attached();
    if attached {
        errno::outcome(library::outside_calls(kernel::fork_prepare))?;
    }
    let flags = libc::CLONE_VFORK | libc::SIGCHLD;
    let child = host::syscall(libc::SYS_clone, [flags as usize, 0, 0, 0, 0]);
    match child {
        Ok(child @ 1..) if attached => kernel::fork_parent(child as u32),
        Err(_) if attached => kernel::fork_failed(),
        _ => {}
    }
    child.map(|child| child as c_int)
}

fn reap(child: c_int) {
    // Its status says no more than its reason.
    let _ = process::wait(child);
}

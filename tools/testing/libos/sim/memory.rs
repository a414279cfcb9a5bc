// SPDX-License-Identifier: GPL-2.0

//! Memory that a node has used and needs no more.

use std::ffi::c_void;

use libos_control::layout::base_of;
use libos_loader::map;

use crate::error::Error;
use crate::simulation::Simulation;

/// What [`punch`] is called with: where the node is, its memory, and what went wrong.
struct Unused {
    base: usize,
    memfd: i32,
    result: Result<(), libos_loader::Error>,
}

impl Simulation {
    /// Gives the host what a node's kernel has freed. That is worth the time once, when it is configured:
    /// booting and adding routes free a seventh of all that a node has.
    pub fn give_back(&self, node: u32) -> Result<(), Error> {
        let each = self.table(node)?.memory_unused.ok_or(Error::Absent("memory_unused"))?;
        let memfd = self.nodes().borrow()[node as usize].memfd;
        let mut unused = Unused { base: base_of(node), memfd, result: Ok(()) };
        // SAFETY: the node has been booted; the function is given what it expects.
        self.enter(|| Ok(unsafe { each(punch, (&raw mut unused).cast()) }))?;
        Ok(unused.result?)
    }
}

unsafe extern "C" fn punch(context: *mut c_void, memory: *mut c_void, bytes: usize) {
    // SAFETY: the caller of this function's caller waits, and its structure with it.
    let unused = unsafe { &mut *context.cast::<Unused>() };
    let begin = memory as usize - unused.base;
    // SAFETY: the kernel says that nobody needs it.
    let punched = unsafe { map::punch(unused.memfd, begin..begin + bytes) };
    if unused.result.is_ok() {
        unused.result = punched;
    }
}

// SPDX-License-Identifier: GPL-2.0

//! The thread that executes: the one that has the baton.

use core::sync::atomic::Ordering;

use liblinux_abi::{SimExported, SimTask};
use libos_control::layout::control;
use libos_control::node::{self, Node};
use libos_control::process::Process;
use libos_control::thread::Thread;
use libos_control::{baton, layout::base_of};

/// A thread of a program, and what belongs to it.
#[derive(Clone, Copy)]
pub struct Current {
    pub number: u32,
    pub thread: &'static Thread,
    pub process: &'static Process,
}

/// The calling thread.
pub fn current() -> Current {
    at(baton::holder())
}

/// The thread with this number.
pub fn at(number: u32) -> Current {
    let thread = &control().thread[number as usize];
    let index = thread.process.load(Ordering::Relaxed);
    Current { number, thread, process: &control().process[index as usize] }
}

impl Current {
    pub fn task(&self) -> *mut SimTask {
        self.thread.task()
    }

    pub fn node(&self) -> u32 {
        self.process.node.load(Ordering::Relaxed)
    }

    pub fn shared(&self) -> &'static Node {
        &control().node[self.node() as usize]
    }

    pub fn exported(&self) -> &'static SimExported {
        node::exported(self.node())
    }

    pub fn process_index(&self) -> u32 {
        self.thread.process.load(Ordering::Relaxed)
    }

    pub fn base(&self) -> usize {
        base_of(self.node())
    }
}

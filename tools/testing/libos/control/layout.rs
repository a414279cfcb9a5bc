// SPDX-License-Identifier: GPL-2.0

//! Where things are, and how many there may be.

use core::sync::atomic::{AtomicU32, AtomicU64};

use libos_loader::Common;
use libos_loader::layout::{BASE, STRIDE};

use crate::node::Node;
use crate::outbox::Outbox;
use crate::process::Process;
use crate::queue::Queue;
use crate::socket::Socket;
use crate::thread::Thread;

/// Where every process of a simulation has its [`Control`].
pub const CONTROL: usize = BASE - (1 << 32);
/// So many nodes are [`STRIDE`] apart, below where programs are: at 0x5555_5555_4000.
const COLUMNS: usize = 768;
/// The next ones are between those.
const ROW: usize = 16 << 30;

/// Nodes of a simulation.
pub const NODES: usize = 2048;
/// Programs that exist at a time.
pub const PROCESSES: usize = 2048;
/// Their threads, with the simulator, which is number 0.
pub const THREADS: usize = 8192;
/// Files of the host that a node keeps at a time.
pub const KEPT: usize = 64;
/// Interfaces of a node.
pub const PORTS: usize = 64;

/// Sockets of the simulator's own applications that exist at a time.
pub const SOCKETS: usize = 1 << 16;

/// The number of the simulator among threads.
pub const SIMULATOR: u32 = 0;

/// Descriptors that are the simulation's, in every program: what it maps,
pub const CONTROL_FD: i32 = 4096;
pub const NODE_FD: i32 = 4097;
/// where messages go, the trace of system calls, the agent,
pub const LOG_FD: i32 = 4098;
pub const TRACE_FD: i32 = 4099;
pub const AGENT_FD: i32 = 4100;
/// the library, of which all nodes have much in common,
pub const LIBRARY_FD: i32 = 4101;
/// and the two ends of where the node keeps files that are passed on: see [`crate::kept`].
pub const KEEP_FD: i32 = 4102;
pub const KEPT_FD: i32 = 4103;
/// Above all of them.
pub const DESCRIPTORS_END: i32 = 4104;
/// Programs have numbers below this one.
pub const PROGRAM_FDS: i32 = 4096;

/// "LibSim" and the version of what [`Control`] begins with, which debuggers read.
pub const MAGIC: u64 = u64::from_be_bytes(*b"LibSim\0\x02");

/// The base address of a node's instance.
#[must_use]
pub const fn base_of(node: u32) -> usize {
    let (row, column) = (node as usize / COLUMNS, node as usize % COLUMNS);
    BASE + row * ROW + column * STRIDE
}

/// The node whose addresses are around this one, whether or not there is such a node.
#[must_use]
pub const fn node_around(address: usize) -> Option<u32> {
    let Some(offset) = address.checked_sub(BASE) else { return None };
    let (row, column) = (offset % STRIDE / ROW, offset / STRIDE);
    if column < COLUMNS { Some((row * COLUMNS + column) as u32) } else { None }
}

/// What all processes of a simulation share.
#[repr(C)]
pub struct Control {
    pub magic: u64,
    /// Simulated time in nanoseconds.
    pub now: AtomicU64,
    /// Bytes of this: simulator and agent must be of one build.
    pub size: u64,
    /// What all nodes have in common of the library.
    pub common: Common,
    /// What time of day it is at simulated time 0, in nanoseconds since 1970.
    pub epoch: AtomicU64,
    /// The number of the thread that executes.
    pub holder: AtomicU32,
    /// Counts how often the baton went to another thread.
    pub turns: AtomicU64,
    /// Counts system calls of programs.
    pub calls: AtomicU64,
    /// Names of processes given out so far.
    pub keys: AtomicU64,
    /// Least important level of the kernels' logs that is printed.
    pub log_level: AtomicU32,
    /// Whether programs record their system calls.
    pub trace: AtomicU32,
    /// Threads that are to execute next, in order.
    pub ready: Queue<THREADS>,
    /// Nodes whose deadline has changed, in order.
    pub changed: Queue<NODES>,
    /// Nodes with interfaces that stopped because the outbox was full.
    pub overflowed: Queue<NODES>,
    /// Nodes that keep files of the host which nobody has any more.
    pub let_go: Queue<NODES>,
    /// Processes that have ended, and whose processes of the host are about to.
    pub ended: Queue<PROCESSES>,
    /// Sockets of the simulator to which something has happened, in order.
    pub happened: Queue<SOCKETS>,
    /// Where to look for the next free place for a socket.
    pub next_socket: AtomicU32,
    pub node: [Node; NODES],
    pub process: [Process; PROCESSES],
    pub thread: [Thread; THREADS],
    pub socket: [Socket; SOCKETS],
    pub outbox: Outbox,
}

/// The simulation that this process belongs to; it has mapped it.
#[must_use]
pub fn control() -> &'static Control {
    // SAFETY: mapped for the life of the process; every field is valid when zeroed.
    unsafe { &*(CONTROL as *const Control) }
}

const _: () = assert!(size_of::<Control>() < BASE - (1 << 20) - CONTROL);
const _: () = assert!(NODES <= STRIDE / ROW * COLUMNS);

#[cfg(test)]
mod tests {
    use super::*;

    /// More than a node has.
    const SIZE: usize = 8 << 30;

    #[test]
    fn a_node_is_found_by_its_addresses() {
        for node in 0..NODES as u32 {
            assert_eq!(node_around(base_of(node)), Some(node));
            assert_eq!(node_around(base_of(node) + SIZE), Some(node));
        }
        assert_eq!(node_around(BASE - 1), None);
        assert_eq!(node_around(usize::MAX), None);
    }

    #[test]
    fn addresses_of_all_nodes_are_free() {
        const PROGRAMS: usize = 0x5555_5555_4000;
        assert!((0..NODES as u32).all(|node| base_of(node) + SIZE < PROGRAMS));
    }

    #[test]
    fn the_first_nodes_branches_look_the_same() {
        let folded = |address: usize| (address >> 12 ^ address >> 24 ^ address >> 36) & 0xfff;
        assert!((0..512).all(|node| folded(base_of(node)) == folded(BASE)));
    }
}

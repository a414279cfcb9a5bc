// SPDX-License-Identifier: GPL-2.0

//! What can go wrong.

use std::io;
use std::path::PathBuf;

/// Why something of a simulation does not work.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The library does not run.
    #[error(transparent)]
    Loader(#[from] libos_loader::Error),
    /// There are as many as there can be.
    #[error("a simulation has at most {limit} {what}")]
    Full { what: &'static str, limit: usize },
    /// The library lacks an operation.
    #[error("the library has no operation {0}: it was configured without it")]
    Absent(&'static str),
    /// The library refused something.
    #[error("node {node}: {what}: {reason}")]
    Refused { node: u32, what: String, reason: io::Error },
    /// `libos_begin` was not called.
    #[error("there is no simulation: libos_begin begins one")]
    NoSimulation,
    /// An address is of IPv4 or IPv6.
    #[error("{0} is not the family of an address: AF_INET or AF_INET6 is")]
    NoFamily(i32),
    /// There is no such socket.
    #[error("there is no socket {0}")]
    NoSocket(u32),
    /// The library for programs cannot be read.
    #[error("{}: {reason}: build libos-agent, or name the file", file.display())]
    Agent { file: PathBuf, reason: io::Error },
    /// The host gives no namespace.
    #[error("a network namespace for programs: {0}: this needs root")]
    Namespace(io::Error),
    /// The files of a node cannot be arranged.
    #[error("{}: an overlay of the host's files for programs: {reason}", folder.display())]
    Files { folder: PathBuf, reason: io::Error },
    /// A program cannot be executed.
    #[error("node {node}: {}: {reason}", program.display())]
    Start { node: u32, program: PathBuf, reason: io::Error },
    /// There is no such node.
    #[error("there is no node {0}")]
    NoNode(u32),
}

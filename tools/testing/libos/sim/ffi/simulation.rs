// SPDX-License-Identifier: GPL-2.0

//! A simulation's begin and end, and what was wrong.

use std::cell::RefCell;
use std::ffi::{CStr, OsStr, c_char, c_int};
use std::os::unix::ffi::OsStrExt;
use std::path::Path;
use std::rc::Rc;

use super::world::{Host, LibosWorld};
use super::{CURRENT, Current, REASON, failed, text};
use crate::simulation::{Options, Simulation};

/// How nodes are made.
#[repr(C)]
pub struct LibosOptions {
    /// The file `liblinux.so`.
    pub library: *const c_char,
    /// The library that is preloaded into programs, `liblibos_agent.so`.
    pub agent: *const c_char,
    /// Bytes of memory a node; a multiple of 4 MiB.
    pub memory: usize,
    /// Kernel parameters.
    pub command_line: *const c_char,
    /// All randomness follows from it.
    pub seed: u64,
    /// Least important level of the kernels' logs that goes to standard error; see syslog(2).
    pub log_level: u32,
    /// Whether each program's system calls are written to `var/log/PID/syscalls`.
    pub trace: bool,
    /// Whether the library's code is copied to huge pages.
    pub huge_pages: bool,
}

/// Why the latest call failed. Valid until the next one.
#[unsafe(no_mangle)]
pub extern "C" fn libos_reason() -> *const c_char {
    REASON.with_borrow(|reason| reason.as_ptr())
}

/// Begins a simulation without nodes. 0, or a negative errno.
///
/// # Safety
///
/// `options` holds strings.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_begin(options: &LibosOptions, world: &LibosWorld) -> c_int {
    // SAFETY: as the caller promises.
    let (library, agent, command_line) =
        unsafe { (text(options.library), text(options.agent), text(options.command_line)) };
    let path = |text: &CStr| Path::new(OsStr::from_bytes(text.to_bytes())).to_path_buf();
    let mut wanted = Options::new(&path(library));
    wanted.agent = path(agent);
    wanted.memory = options.memory;
    wanted.command_line = command_line.to_string_lossy().into_owned();
    wanted.seed = options.seed;
    wanted.log_level = options.log_level;
    wanted.trace = options.trace;
    wanted.huge_pages = options.huge_pages;
    let host = Rc::new(Host { world: *world, nodes: RefCell::default() });
    match Simulation::new(host.clone(), wanted) {
        Ok(simulation) => {
            CURRENT.set(Some(Rc::new(Current { simulation, host })));
            0
        }
        Err(error) => failed(&error),
    }
}

/// Ends the simulation, and all that its nodes have.
#[unsafe(no_mangle)]
pub extern "C" fn libos_end() {
    CURRENT.set(None);
}

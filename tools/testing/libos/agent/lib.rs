// SPDX-License-Identifier: GPL-2.0

//! The agent: it is preloaded into every program on a simulated node, and gets each of its system
//! calls, whoever in the program makes it.
//!
//! ```text
//!  program ── syscall ──▶ SIGSYS ──▶ dispatch ──▶ route ─┬─▶ library ──▶ the node's kernel
//!                                                        ├─▶ host ──▶ the gate ──▶ the host's kernel
//!                                                        └─▶ clone, exec, exit, signals …
//! ```
//!
//! * [`start`]: attaching to the node; what the program is to see of its machine ([`vdso`]);
//! * [`dispatch`]: the handler of SIGSYS; [`route`] says who executes a call;
//! * [`library`]: calls of the node's kernel, signals on the way out, calls that begin again;
//! * [`host`], [`descriptors`], [`locks`], [`transfer`], [`mapping`]: files; [`users`]: whose they are;
//! * [`passing`]: files that go from process to process;
//! * [`path`], [`paths`], [`folder`]: whose a file is, by its name;
//! * [`clone`], [`exec`], [`end`]: threads and processes;
//! * [`signals`], [`fault`]: handlers; [`clock`]: programs that wait by looking at the clock;
//! * [`trace`], [`arguments`]: a record of all calls; [`warn`]: what is not supported is said once.
//!
//! Nothing here allocates, locks, or calls libc once the program runs: a call may come out of the
//! middle of any of those. All state is in memory that the simulation shares, found by who has the
//! [baton](libos_control::baton), which is the thread that executes this.

mod arguments;
mod clock;
mod clone;
mod descriptors;
mod dispatch;
mod end;
mod exec;
mod fault;
mod folder;
mod host;
mod library;
mod locks;
mod mapping;
mod passing;
mod path;
mod paths;
mod route;
mod signals;
mod start;
mod text;
mod thread;
mod trace;
mod transfer;
mod users;
mod vdso;
mod warn;

use core::ffi::{c_char, c_int};

/// The library is the first to be initialized (build.rs).
#[used]
#[unsafe(link_section = ".init_array")]
static START: unsafe extern "C" fn(c_int, start::Strings, start::Strings) = begin;

/// # Safety
///
/// Called by the dynamic loader.
unsafe extern "C" fn begin(_count: c_int, arguments: start::Strings, environment: start::Strings) {
    // SAFETY: the dynamic loader gives the program's own lists.
    unsafe { start::start(arguments, environment.cast_mut().cast::<*mut c_char>()) };
}

// SPDX-License-Identifier: GPL-2.0

//! The program: what it is executed with; and as the launcher's child, its end passed on.

use std::ffi::{CString, OsStr, OsString};
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::process::{Command, ExitStatus};
use std::time::Duration;

use libos_host::{Attachment, ENVIRONMENT, Instance};

use crate::rootless::{self, Namespace};
use crate::{descendants, output, program, resolver, signals, standard};

/// Why there is no program.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}: {reason}", program.to_string_lossy())]
    Execute { program: OsString, reason: io::Error },
    #[error(transparent)]
    Host(#[from] libos_host::Error),
}

/// What a program needs to be on an instance.
pub struct Place {
    /// The descriptors of the instance.
    pub descriptors: Vec<i32>,
    /// What it is to see as /etc/resolv.conf, if not the host's.
    pub resolv_conf: Option<CString>,
}

impl Place {
    /// `command`, to be executed here; with `child`, as a child that does not outlive this process.
    pub fn command(self, command: &[OsString], child: bool) -> Result<Command, Error> {
        let attachment = Attachment::reserve(&self.descriptors)?;
        let mut program = program::command(command, &attachment.runner());
        program
            .env("LD_PRELOAD", preloads(attachment.interposer()))
            .env(ENVIRONMENT, attachment.first_fd.to_string());
        let (descriptors, resolv_conf) = (self.descriptors, self.resolv_conf);
        let namespace = rootless::is_user().then(Namespace::new);
        // SAFETY: only calls of the host.
        unsafe {
            program.pre_exec(move || {
                if child {
                    // A launcher that is killed takes its program along: it cannot go on alone.
                    libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                }
                if let Some(namespace) = &namespace {
                    namespace.enter()?;
                }
                let bound = resolv_conf.as_ref().is_none_or(|path| resolver::bind(path));
                if !bound || !attachment.place(&descriptors) {
                    return Err(io::Error::last_os_error());
                }
                standard::close_again();
                nuse_filter::install()
            });
        }
        Ok(program)
    }
}

/// What becomes of programs that the program leaves behind, as daemons are.
#[derive(Clone, Copy)]
pub struct Left {
    /// The stack stays for them; otherwise they end with it.
    pub stays: bool,
    /// The user is told.
    pub told: bool,
}

/// Runs `command` on the instance. How it has ended.
pub fn run(
    instance: &Instance,
    place: Place,
    command: &[OsString],
    left: Left,
) -> Result<ExitStatus, Error> {
    let failed = |reason| Error::Execute { program: command[0].clone(), reason };
    let mut program = place.command(command, true)?;
    descendants::adopt().map_err(failed)?;
    signals::catch();
    let pid = program.spawn().map_err(failed)?.id() as i32;
    // Each process of the instance is watched by a descriptor. The program keeps the limit it was given.
    libos_host::sys::raise_limit();
    signals::pass_to(pid);
    let stop = |signal| instance.aside(|| signals::stop_by(signal));
    let status = descendants::wait_for(pid, stop).map_err(failed)?;
    if left.stays {
        stay(instance, &command[0], left.told, stop).map_err(failed)?;
    } else if left.told {
        tell_of_daemons(&command[0]);
    }
    signals::stop();
    instance.end_programs();
    descendants::end();
    if status.signal() == Some(libc::SIGSYS) {
        output::tell(format_args!(
            "{}: ended at a network call that could not be routed to the stack: it, or what it \
             started, cleared LD_PRELOAD, or becomes another user (setuid); it is not given the host's \
             network",
            command[0].to_string_lossy()
        ));
    }
    Ok(status)
}

/// Waits for what the program has left behind, which gets the signals from now on. If that is something, also for
/// programs that were attached, and for what those begin: they may be about to begin another daemon in its place.
fn stay(
    instance: &Instance,
    program: &OsStr,
    told: bool,
    stopped: impl Fn(i32) + Copy,
) -> io::Result<()> {
    /// The driver notices soon that a program has ended.
    const SOON: Duration = Duration::from_millis(10);
    let (mut next, mut last) = (descendants::any(), None);
    while let Some(pid) = next {
        if last.replace(pid) == Some(pid) {
            std::thread::sleep(SOON);
            next = descendants::any().or_else(|| instance.any_program());
            continue;
        }
        signals::pass_all_to(pid);
        if told {
            let (program, left) = (program.to_string_lossy(), descendants::describe(pid));
            output::tell(format_args!("{program} has ended; the stack stays for {left}"));
        }
        if descendants::is_one(pid) {
            descendants::wait_for(pid, stopped)?;
        } else {
            descendants::wait_for_other(pid)?;
        }
        next = descendants::any().or_else(|| instance.any_program());
    }
    Ok(())
}

fn tell_of_daemons(program: &OsStr) {
    if let Some(daemon) = descendants::any_daemon() {
        output::tell(format_args!(
            "{} has gone to the background, but a stack ends with its program: {} is ended. A stack with a \
             name (--name) stays for it",
            program.to_string_lossy(),
            descendants::describe(daemon)
        ));
    }
}

/// Becomes `command` on an instance of another launcher. Returns only if that fails.
pub fn become_program(place: Place, command: &[OsString]) -> Error {
    match place.command(command, false) {
        Ok(mut program) => Error::Execute { program: command[0].clone(), reason: program.exec() },
        Err(error) => error,
    }
}

/// The interposer before whatever is preloaded already.
fn preloads(interposer: String) -> OsString {
    let mut all = OsString::from(interposer);
    if let Some(others) = std::env::var_os("LD_PRELOAD") {
        all.push(":");
        all.push(others);
    }
    all
}

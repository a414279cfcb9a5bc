// SPDX-License-Identifier: GPL-2.0

//! The program: executed as a child, waited for, its end passed on.

use std::ffi::OsString;
use std::io;
use std::os::unix::process::{CommandExt, ExitStatusExt};
use std::path::Path;
use std::process::{Command, ExitStatus};

use libos_host::{ENVIRONMENT, Instance};

use crate::resolver::Resolver;
use crate::{descendants, signals};

/// Why there is no program.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error("{}: {reason}", program.to_string_lossy())]
    Execute { program: OsString, reason: io::Error },
    #[error(transparent)]
    Host(#[from] libos_host::Error),
}

/// Runs `command` on the instance. Its exit status, or 128 and the signal that ended it.
pub fn run(
    instance: &Instance,
    preload: &Path,
    command: &[OsString],
    resolver: &Resolver,
) -> Result<u8, Error> {
    let attachment = instance.attachment()?;
    let mut child = Command::new(&command[0]);
    child
        .args(&command[1..])
        .env("LD_PRELOAD", preloads(preload))
        .env(ENVIRONMENT, attachment.first_fd.to_string());
    // SAFETY: only calls of the host between fork and exec.
    unsafe {
        let instance = instance as *const Instance as usize;
        let resolver = resolver as *const Resolver as usize;
        child.pre_exec(move || {
            let instance = &*(instance as *const Instance);
            let resolver = &*(resolver as *const Resolver);
            // A launcher that is killed takes its program along: it cannot go on alone.
            libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
            if !resolver.bind() || !instance.pass_on(attachment) {
                return Err(io::Error::last_os_error());
            }
            nuse_filter::install()
        });
    }
    let failed = |reason| Error::Execute { program: command[0].clone(), reason };
    descendants::adopt().map_err(failed)?;
    let pid = child.spawn().map_err(failed)?.id() as i32;
    signals::pass_to(pid);
    let status = descendants::wait_for(pid).map_err(failed)?;
    signals::stop();
    descendants::end();
    if status.signal() == Some(libc::SIGSYS) {
        eprintln!(
            "nuse: {}: ended at a network call that could not be routed to the stack: it, or what it \
             started, is statically linked, or cleared LD_PRELOAD; it is not given the host's network",
            command[0].to_string_lossy()
        );
    }
    Ok(code(status))
}

/// The interposer before whatever is preloaded already.
fn preloads(preload: &Path) -> OsString {
    let mut all = preload.as_os_str().to_os_string();
    if let Some(others) = std::env::var_os("LD_PRELOAD") {
        all.push(":");
        all.push(others);
    }
    all
}

fn code(status: ExitStatus) -> u8 {
    status.code().unwrap_or_else(|| 128 + status.signal().unwrap_or(0)) as u8
}

// SPDX-License-Identifier: GPL-2.0

//! `nuse --attach NAME COMMAND`: another program on an instance that runs.

use std::convert::Infallible;
use std::ffi::{CString, OsString};
use std::os::fd::IntoRawFd;
use std::os::unix::ffi::OsStrExt;

use crate::child::{self, Place};
use crate::protocol::{Request, Ticket, ask};
use crate::registry;

/// Becomes `command` on the instance of that name.
pub fn run(name: &str, command: &[OsString]) -> Result<Infallible, Box<dyn std::error::Error>> {
    let (answer, descriptors) = ask(registry::connect(name)?, Request::Attach)?;
    let ticket: Ticket = serde_json::from_slice(&answer)?;
    let path = ticket.resolv_conf.map(|path| CString::new(path.as_os_str().as_bytes()));
    let place = Place {
        descriptors: descriptors.into_iter().map(IntoRawFd::into_raw_fd).collect(),
        resolv_conf: path.transpose()?,
    };
    Err(child::become_program(place, command).into())
}

/// The log of the instance's kernel.
pub fn dmesg(name: &str) -> Result<String, Box<dyn std::error::Error>> {
    let (log, _) = ask(registry::connect(name)?, Request::Dmesg)?;
    Ok(String::from_utf8_lossy(&log).into_owned())
}

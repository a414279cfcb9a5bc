// SPDX-License-Identifier: GPL-2.0

//! `/proc/PID/fd/N`, where the descriptor is the library's: its link and its file are the library's, too. By
//! them ss(8), lsof(8) and their like find out whose a socket is.

use core::ffi::CStr;
use std::ffi::CString;

use libos_host::owner::{self, Owner};

use crate::host;

/// The library's path for `path`, if that is a descriptor of the library's, of any process of the stack.
pub fn of_descriptor(path: &CStr) -> Option<CString> {
    let (process, fd) = parse(path.to_bytes())?;
    if !is_placeholder(path) {
        return None;
    }
    let process = match process {
        None => String::from("self"),
        Some(number) => {
            let known = Owner { kind: owner::PROCESS, number }.in_library().ok()?;
            known.number.to_string()
        }
    };
    CString::new(format!("/proc/{process}/fd/{fd}")).ok()
}

/// The number of the process, `None` for the calling one, and that of the descriptor.
fn parse(path: &[u8]) -> Option<(Option<i32>, u32)> {
    let path = core::str::from_utf8(path.strip_prefix(b"/proc/")?).ok()?;
    let (process, fd) = path.split_once("/fd/")?;
    let process = match process {
        "self" | "thread-self" => None,
        number => Some(number.parse().ok()?),
    };
    Some((process, fd.parse().ok()?))
}

/// Whether the host has there what stands for a descriptor of the library's.
fn is_placeholder(path: &CStr) -> bool {
    let mut link = [0u8; 32];
    let args = [path.as_ptr() as usize, link.as_mut_ptr() as usize, link.len()];
    let len = host::syscall(libc::SYS_readlink, args).unwrap_or(0) as usize;
    link.get(..len) == Some(format!("/proc/{}", owner::launcher()).as_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_of_descriptors() {
        assert_eq!(parse(b"/proc/self/fd/3"), Some((None, 3)));
        assert_eq!(parse(b"/proc/thread-self/fd/12"), Some((None, 12)));
        assert_eq!(parse(b"/proc/45/fd/0"), Some((Some(45), 0)));
        for other in
            ["/proc/self/fd", "/proc/self/fd/", "/proc/self/fd/3/x", "/proc/x/fd/3", "/fd/3"]
        {
            assert_eq!(parse(other.as_bytes()), None, "{other}");
        }
    }
}

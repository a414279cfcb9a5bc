// SPDX-License-Identifier: GPL-2.0

//! /proc/self/exe: the host's is the runner, the program's own is here.

use core::ffi::CStr;
use std::ffi::CString;
use std::sync::OnceLock;

use crate::call::Call;
use crate::errno::{Errno, Outcome};
use crate::policy::{self, Class};
use crate::{host, memory};

static EXE: OnceLock<CString> = OnceLock::new();

/// The program's file.
pub fn set(path: &CStr) {
    let _ = EXE.set(path.into());
}

/// What `path` names, if that is the program's file.
pub fn named_by(path: &CStr) -> Option<&'static CStr> {
    let rest = path.to_bytes().strip_prefix(b"/proc/")?.strip_suffix(b"/exe")?;
    let is_own = |number: &str| {
        let own = host::syscall::<0>(libc::SYS_getpid, []);
        own.is_ok_and(|own| number.parse() == Ok(own))
    };
    let own = matches!(rest, b"self" | b"thread-self") || str::from_utf8(rest).is_ok_and(is_own);
    EXE.get().map(CString::as_c_str).filter(|_| own)
}

/// The same call, about the program's file if it is about /proc/self/exe. A call that reads the link has
/// its result.
pub fn renamed(mut call: Call) -> Result<Call, Outcome> {
    let Some(index) = path_of(call.nr) else { return Ok(call) };
    let Some(exe) = call.path(index).and_then(named_by) else { return Ok(call) };
    if matches!(call.nr, libc::SYS_readlink | libc::SYS_readlinkat) {
        return Err(tell(exe, call.args[index + 1], call.args[index + 2]));
    }
    call.args[index] = exe.as_ptr() as usize;
    Ok(call)
}

/// Which of its arguments is a path.
fn path_of(nr: i64) -> Option<usize> {
    match policy::class(nr) {
        Class::Path(index) => Some(index),
        Class::Open | Class::Create => Some(0),
        Class::OpenAt | Class::OpenAt2 | Class::DescriptorOrPath => Some(1),
        _ if nr == libc::SYS_execve => Some(0),
        _ => None,
    }
}

fn tell(exe: &CStr, buffer: usize, room: usize) -> Outcome {
    let bytes = exe.to_bytes();
    let len = bytes.len().min(room);
    let fits = bytes[..len].iter().zip(buffer..).all(|(byte, at)| memory::write(at, *byte));
    if fits { Ok(len as isize) } else { Err(Errno(libc::EFAULT)) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_own_link_is_renamed() {
        set(c"/bin/program");
        let own = format!("/proc/{}/exe\0", std::process::id());
        let own = CStr::from_bytes_with_nul(own.as_bytes()).unwrap();
        for path in [c"/proc/self/exe", c"/proc/thread-self/exe", own] {
            assert_eq!(named_by(path), Some(c"/bin/program"), "{path:?}");
        }
        for path in [c"/proc/1/exe", c"/proc/self/exe2", c"/bin/exe", c"proc/self/exe"] {
            assert_eq!(named_by(path), None, "{path:?}");
        }
    }
}

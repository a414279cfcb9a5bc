// SPDX-License-Identifier: GPL-2.0

//! Which files are executed by way of the runner: static programs, those that the
//! dynamic loader would take no library along into, and scripts for which there is one.

use std::ffi::{CStr, CString};

use crate::{File, Image};

/// What is to be run.
pub struct Needed {
    /// The program.
    pub program: CString,
    /// Of a script, what stands for its first argument: the program, what the script's first line says
    /// after that, and the script.
    pub words: Vec<CString>,
}

/// As deep as the kernel looks for a program behind scripts.
const DEEPEST: usize = 5;
/// As far as it looks at a script.
const LINE: usize = 256;

/// What the runner is needed for if `path` is executed; `None` if it is not, which may be because that
/// fails.
#[must_use]
pub fn needed(path: &CStr) -> Option<Needed> {
    let mut needed = Needed { program: path.into(), words: Vec::new() };
    for _ in 0..DEEPEST {
        let file = File::open(&needed.program)?;
        if !file.is_executable(&needed.program) {
            return None;
        }
        let Some(line) = file.bytes().strip_prefix(b"#!") else {
            let image = Image::parse(file.bytes())?;
            let alone = image.is_static() || is_secure() && image.loader().is_some();
            return alone.then_some(needed);
        };
        let (program, argument) = interpreter(line)?;
        let script = std::mem::replace(&mut needed.program, program.clone());
        let rest = needed.words.drain(..).skip(1);
        needed.words =
            [Some(program), argument, Some(script)].into_iter().flatten().chain(rest).collect();
    }
    None
}

/// Whether the dynamic loader takes no library along into a program that this process executes: its
/// effective user or group is not the real one (`AT_SECURE` in getauxval(3)).
#[must_use]
pub fn is_secure() -> bool {
    // SAFETY: asks for numbers.
    unsafe { libc::getuid() != libc::geteuid() || libc::getgid() != libc::getegid() }
}

/// What follows `#!`: a path, and the rest of the line.
fn interpreter(line: &[u8]) -> Option<(CString, Option<CString>)> {
    let line = &line[..line.len().min(LINE - 2)];
    let line = line.split(|byte| *byte == b'\n').next()?.trim_ascii();
    let end = line.iter().position(|byte| matches!(byte, b' ' | b'\t')).unwrap_or(line.len());
    let (path, rest) = (&line[..end], line[end..].trim_ascii());
    let argument = if rest.is_empty() { None } else { Some(CString::new(rest).ok()?) };
    (!path.is_empty()).then_some((CString::new(path).ok()?, argument))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn first_lines_are_taken_apart() {
        let of = |line: &[u8]| {
            let (path, argument) = interpreter(line)?;
            let text = |string: CString| string.into_string().unwrap();
            Some((text(path), argument.map(text)))
        };
        let some = |path: &str, argument: Option<&str>| {
            Some((path.to_string(), argument.map(str::to_string)))
        };
        assert_eq!(of(b" /bin/sh\necho\n"), some("/bin/sh", None));
        assert_eq!(of(b"/bin/busybox  sh -e \n"), some("/bin/busybox", Some("sh -e")));
        assert_eq!(of(b"\n"), None);
    }

    #[test]
    fn dynamic_programs_need_no_runner() {
        let own = std::env::current_exe().unwrap();
        let own = CString::new(own.to_str().unwrap()).unwrap();
        assert!(needed(&own).is_none());
        assert!(needed(c"/etc/passwd").is_none());
        assert!(needed(c"/no/such").is_none());
        assert!(needed(c"/lib64/ld-linux-x86-64.so.2").is_none());
    }
}

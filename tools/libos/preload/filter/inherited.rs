// SPDX-License-Identifier: GPL-2.0

//! Descriptors outside of the window that inline calls are to find, too: those that a program has
//! inherited at numbers which it was told.

use std::io;
use std::mem::offset_of;
use std::ops::Range;

use libc::{SECCOMP_RET_ALLOW, SECCOMP_RET_TRAP, seccomp_data, sock_filter};
use libos_host::layout::{GATE, PAGE};

use crate::assembler::Assembler;
use crate::install::set_filter;
use crate::policy::WATCHED;
use crate::program::{argument, check_gate};

/// As many can be watched.
const MOST: usize = 128;

/// Has [`WATCHED`] calls of these descriptors, too, go to the handler, for ever.
pub fn watch(fds: &[i32]) -> io::Result<()> {
    set_filter(&program(&fds[..fds.len().min(MOST)], GATE..GATE + PAGE))
}

/// Whatever else there is, the first filter has an eye on.
fn program(fds: &[i32], gate: Range<usize>) -> Vec<sock_filter> {
    let mut code = Assembler::default();
    let (watched, caught, allow) = (code.label(), code.label(), code.label());
    code.load(offset_of!(seccomp_data, nr));
    for &number in WATCHED {
        code.jump_if_equal(number as u32, watched);
    }
    code.jump_always(allow);
    code.place(watched);
    code.load(argument(0));
    for &fd in fds {
        code.jump_if_equal(fd as u32, caught);
    }
    code.jump_always(allow);
    code.place(caught);
    check_gate(&mut code, gate, allow);
    code.end(SECCOMP_RET_TRAP);
    code.place(allow);
    code.end(SECCOMP_RET_ALLOW);
    code.assemble()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpreter::execute;

    const GATE: Range<usize> = 0x1fff_ffff_0000..0x1fff_ffff_1000;

    fn verdict(nr: i64, fd: u64, instruction_pointer: usize) -> u32 {
        let call = seccomp_data {
            nr: nr as i32,
            arch: crate::program::ARCH,
            instruction_pointer: instruction_pointer as u64,
            args: [fd, 0, 0, 0, 0, 0],
        };
        execute(&program(&[3, 5], GATE), &call)
    }

    #[test]
    fn calls_of_these_are_caught() {
        for (nr, fd, expected) in [
            (libc::SYS_read, 3, SECCOMP_RET_TRAP),
            (libc::SYS_close, 5, SECCOMP_RET_TRAP),
            (libc::SYS_read, 4, SECCOMP_RET_ALLOW),
            (libc::SYS_openat, 3, SECCOMP_RET_ALLOW),
        ] {
            assert_eq!(verdict(nr, fd, 0x7f00_0000_0002), expected, "call {nr} of {fd}");
            assert_eq!(verdict(nr, fd, GATE.start + 2), SECCOMP_RET_ALLOW);
        }
    }

    #[test]
    fn as_many_as_can_be_are_in_reach() {
        let fds: Vec<i32> = (0..MOST as i32).collect();
        assert!(program(&fds, GATE).len() < u8::MAX.into());
    }
}

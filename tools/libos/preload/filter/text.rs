// SPDX-License-Identifier: GPL-2.0

//! Code that makes all its calls itself, as Go's does: there more is looked at than elsewhere. Whatever
//! else there is, the first filter has an eye on.
//!
//! By the addresses, since a program that is executed later inherits the filter: its dynamic loader, which
//! opens files while there is no handler yet, is elsewhere.

use std::io;
use std::mem::offset_of;
use std::ops::Range;

use libc::{SECCOMP_RET_ALLOW, SECCOMP_RET_TRAP, seccomp_data, sock_filter};

use crate::assembler::Assembler;
use crate::install::set_filter_on_all;
use crate::policy::{IN_TEXT, OF_FIRST, OF_FIRST_AND_THIRD, OF_TWO, WATCHED, WINDOW};
use crate::program::{argument, jump_if_made_in, jump_if_within};

/// As many descriptors outside the window can be watched.
const MOST: usize = 48;

/// Has calls that are made in `text` go to the handler, too, in all threads and for ever: [`IN_TEXT`], and
/// [`WATCHED`] and others of descriptors in the window or among `fds`, which the program has inherited at
/// numbers that it was told.
pub fn watch(text: Range<usize>, fds: &[i32]) -> io::Result<()> {
    set_filter_on_all(&program(text, &fds[..fds.len().min(MOST)]))
}

/// A filter as that of [`watch`], of the calls with these numbers, which ascend, whatever their arguments: for
/// [`set_filter_on_all`].
#[must_use]
pub fn of_all(text: Range<usize>, numbers: &[i64]) -> Vec<sock_filter> {
    let mut code = Assembler::default();
    let caught = code.label();
    code.load(offset_of!(seccomp_data, nr));
    for run in numbers.chunk_by(|number, next| number + 1 == *next) {
        jump_if_within(&mut code, run[0] as u32..run[0] as u32 + run.len() as u32, caught);
    }
    code.end(SECCOMP_RET_ALLOW);
    code.place(caught);
    judge(&mut code, text);
    code.assemble()
}

/// Here, too, the number comes first.
fn program(text: Range<usize>, fds: &[i32]) -> Vec<sock_filter> {
    let mut code = Assembler::default();
    let [caught, allow] = [(); 2].map(|()| code.label());
    let [first, two, first_and_third, fifth] = [(); 4].map(|()| code.label());
    code.load(offset_of!(seccomp_data, nr));
    let calls = [(IN_TEXT, caught), (WATCHED, first), (OF_FIRST, first), (OF_TWO, two)];
    for (numbers, place) in calls.into_iter().chain([(OF_FIRST_AND_THIRD, first_and_third)]) {
        for &number in numbers {
            code.jump_if_equal(number as u32, place);
        }
    }
    code.jump_if_equal(libc::SYS_mmap as u32, fifth);
    code.end(SECCOMP_RET_ALLOW);
    code.place(caught);
    judge(&mut code, text.clone());

    let caught = code.label();
    let check = |code: &mut Assembler, index| {
        code.load(argument(index));
        jump_if_within(code, WINDOW.start as u32..WINDOW.end as u32, caught);
        for &fd in fds {
            code.jump_if_equal(fd as u32, caught);
        }
    };
    code.place(fifth);
    check(&mut code, 4);
    code.jump_always(allow);
    code.place(first_and_third);
    check(&mut code, 2);
    code.jump_always(first);
    code.place(two);
    check(&mut code, 1);
    code.place(first);
    check(&mut code, 0);
    code.place(allow);
    code.end(SECCOMP_RET_ALLOW);
    code.place(caught);
    judge(&mut code, text);
    code.assemble()
}

/// The end of a program, about a call that matters if it is made in `text`.
fn judge(code: &mut Assembler, text: Range<usize>) {
    let trap = code.label();
    jump_if_made_in(code, text, trap);
    code.end(SECCOMP_RET_ALLOW);
    code.place(trap);
    code.end(SECCOMP_RET_TRAP);
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpreter::execute;

    const TEXT: Range<usize> = 0x7f01_ffff_0000..0x7f02_0001_0000;

    fn verdict(nr: i64, args: [u64; 6], instruction_pointer: usize) -> u32 {
        let arch = crate::program::ARCH;
        let instruction_pointer = instruction_pointer as u64;
        let call = seccomp_data { nr: nr as i32, arch, instruction_pointer, args };
        execute(&program(TEXT, &[3, 5]), &call)
    }

    /// After an instruction on either side of the boundary.
    const INSIDE: [usize; 4] = [TEXT.start, 0x7f01_ffff_fff0, 0x7f02_0000_0000, TEXT.end - 2];
    const OUTSIDE: [usize; 4] = [TEXT.start - 1, TEXT.end, 0x7f00_ffff_fff0, 0x7f03_0000_0000];

    #[test]
    fn calls_in_the_text_are_caught() {
        for &nr in IN_TEXT {
            for at in INSIDE {
                assert_eq!(verdict(nr, [0; 6], at), SECCOMP_RET_TRAP, "call {nr} at {at:x}");
            }
            for at in OUTSIDE {
                assert_eq!(verdict(nr, [0; 6], at), SECCOMP_RET_ALLOW, "call {nr} at {at:x}");
            }
        }
    }

    #[test]
    fn calls_of_descriptors_are_caught() {
        let own = WINDOW.start as u64 + 7;
        for (nr, args, expected) in [
            (libc::SYS_read, [3, 0, 0, 0, 0, 0], SECCOMP_RET_TRAP),
            (libc::SYS_read, [4, 0, 0, 0, 0, 0], SECCOMP_RET_ALLOW),
            (libc::SYS_close, [5, 0, 0, 0, 0, 0], SECCOMP_RET_TRAP),
            (libc::SYS_pread64, [own, 0, 0, 0, 0, 0], SECCOMP_RET_TRAP),
            (libc::SYS_splice, [own, 0, 9, 0, 0, 0], SECCOMP_RET_TRAP),
            (libc::SYS_splice, [9, 0, 5, 0, 0, 0], SECCOMP_RET_TRAP),
            (libc::SYS_splice, [9, 3, 9, 3, 3, 3], SECCOMP_RET_ALLOW),
            (libc::SYS_sendfile, [9, own, 0, 0, 0, 0], SECCOMP_RET_TRAP),
            (libc::SYS_sendfile, [9, 8, 3, 3, 3, 3], SECCOMP_RET_ALLOW),
            (libc::SYS_mmap, [3, 3, 3, 3, own, 0], SECCOMP_RET_TRAP),
            (libc::SYS_mmap, [3, 3, 3, 3, u64::MAX, 0], SECCOMP_RET_ALLOW),
            (libc::SYS_futex, [3; 6], SECCOMP_RET_ALLOW),
        ] {
            assert_eq!(verdict(nr, args, INSIDE[0]), expected, "call {nr} {args:?}");
            assert_eq!(verdict(nr, args, OUTSIDE[0]), SECCOMP_RET_ALLOW);
        }
    }

    #[test]
    fn all_calls_with_some_numbers_are_caught() {
        let numbers: Vec<i64> = (0..400).filter(|nr| nr % 7 < 3).collect();
        let program = of_all(TEXT, &numbers);
        for nr in 0..500 {
            let verdict = |at: usize| {
                let (arch, instruction_pointer) = (crate::program::ARCH, at as u64);
                let call = seccomp_data { nr, arch, instruction_pointer, args: [0; 6] };
                execute(&program, &call)
            };
            let is_caught = numbers.contains(&nr.into());
            let expected = if is_caught { SECCOMP_RET_TRAP } else { SECCOMP_RET_ALLOW };
            assert!(INSIDE.iter().all(|at| verdict(*at) == expected), "call {nr}");
            assert!(OUTSIDE.iter().all(|at| verdict(*at) == SECCOMP_RET_ALLOW), "call {nr}");
        }
    }

    #[test]
    fn as_many_as_can_be_are_in_reach() {
        let fds: Vec<i32> = (0..MOST as i32).collect();
        assert!(program(TEXT, &fds).len() < 4 * (MOST + 4) + 128);
    }
}

// SPDX-License-Identifier: GPL-2.0

//! The filter's program.
//!
//! The number is looked at before anything else: the kernel then knows which calls are let through
//! whatever their arguments, and no longer executes the program for them.

use std::mem::offset_of;
use std::ops::Range;

use libc::{
    SECCOMP_RET_ALLOW, SECCOMP_RET_ERRNO, SECCOMP_RET_KILL_PROCESS, SECCOMP_RET_TRAP, seccomp_data,
    sock_filter,
};

use crate::assembler::{Assembler, Label};
use crate::policy::{NETWORK_REQUESTS, REFUSED, TRAPPED, WATCHED, WINDOW};

/// `AUDIT_ARCH_X86_64` of `<linux/audit.h>`.
pub(crate) const ARCH: u32 = 0xc000_003e;
/// `__X32_SYSCALL_BIT`: numbers from here on are of another ABI, which most kernels are without, or, if
/// they are negative, of none.
const OTHER_ABI: u32 = 0x4000_0000;

/// The places that all of the program leads to.
struct Exits {
    /// A call to be trapped, unless it comes from the gate.
    caught: Label,
    allow: Label,
    /// A call that is said to have been made, unless it comes from the gate.
    keep: Label,
    refuse: Label,
    kill: Label,
}

/// The program, for a gate at these addresses.
pub fn program(gate: Range<usize>) -> Vec<sock_filter> {
    let mut code = Assembler::default();
    let exits = Exits {
        caught: code.label(),
        allow: code.label(),
        keep: code.label(),
        refuse: code.label(),
        kill: code.label(),
    };
    let (socket, ioctl, watched) = (code.label(), code.label(), code.label());
    let action = code.label();

    check_abi(&mut code, &exits);
    code.jump_if_equal(libc::SYS_socket as u32, socket);
    code.jump_if_equal(libc::SYS_ioctl as u32, ioctl);
    code.jump_if_equal(libc::SYS_rt_sigaction as u32, action);
    // The ones that are made most often come first.
    for (numbers, place) in [(WATCHED, watched), (TRAPPED, exits.caught), (REFUSED, exits.refuse)] {
        for &number in numbers {
            code.jump_if_equal(number as u32, place);
        }
    }
    code.jump_always(exits.allow);

    code.place(socket);
    code.load(argument(0));
    code.jump_if_equal(libc::AF_UNIX as u32, exits.allow);
    code.jump_if_equal(libc::AF_ALG as u32, exits.allow);
    code.jump_always(exits.caught);

    code.place(action);
    check_action(&mut code, &exits);

    code.place(ioctl);
    code.load(argument(1));
    jump_if_within(&mut code, NETWORK_REQUESTS, exits.caught);

    // Also where an ioctl(2) that is not about the network goes on.
    code.place(watched);
    code.load(argument(0));
    jump_if_within(&mut code, WINDOW.start as u32..WINDOW.end as u32, exits.caught);
    code.jump_always(exits.allow);

    code.place(exits.caught);
    jump_if_made_in(&mut code, gate.clone(), exits.allow);
    code.end(SECCOMP_RET_TRAP);
    code.place(exits.keep);
    jump_if_made_in(&mut code, gate, exits.allow);
    code.end(SECCOMP_RET_ERRNO);
    code.place(exits.allow);
    code.end(SECCOMP_RET_ALLOW);
    code.place(exits.refuse);
    code.end(SECCOMP_RET_ERRNO | libc::ENOSYS as u32);
    code.place(exits.kill);
    code.end(SECCOMP_RET_KILL_PROCESS);
    code.assemble()
}

/// Leaves the number loaded.
fn check_abi(code: &mut Assembler, exits: &Exits) {
    let ours = code.label();
    code.load(offset_of!(seccomp_data, arch));
    code.jump_if_equal(ARCH, ours);
    code.jump_always(exits.kill);
    code.place(ours);
    code.load(offset_of!(seccomp_data, nr));
    code.jump_if_at_least(OTHER_ABI, exits.refuse);
}

/// What is done about SIGSYS stays so: the child of an inline clone(2) that is about to execute a program
/// takes all handlers back, and has blocked all signals, so that it could not be asked.
fn check_action(code: &mut Assembler, exits: &Exits) {
    const NEW: usize = 1;
    let (own, low) = (code.label(), code.label());
    code.load(argument(0));
    code.jump_if_equal(libc::SIGSYS as u32, own);
    code.jump_always(exits.allow);
    code.place(own);
    // Null only asks.
    code.load(argument(NEW));
    code.jump_if_equal(0, low);
    code.jump_always(exits.keep);
    code.place(low);
    code.load(argument(NEW) + size_of::<u32>());
    code.jump_if_equal(0, exits.allow);
    code.jump_always(exits.keep);
}

pub fn jump_if_within(code: &mut Assembler, range: Range<u32>, to: Label) {
    let outside = code.label();
    code.jump_if_at_least(range.end, outside);
    code.jump_if_at_least(range.start, to);
    code.place(outside);
}

/// Goes to `inside` if the instruction is at one of these addresses, which may be on both sides of a boundary
/// of 4 GiB.
pub fn jump_if_made_in(code: &mut Assembler, addresses: Range<usize>, inside: Label) {
    const POINTER: usize = offset_of!(seccomp_data, instruction_pointer);
    const HALF: usize = 1 << 32;
    let Range { start, end } = addresses;
    let boundary = end.saturating_sub(1) / HALF * HALF;
    let parts = [start..end.min(boundary), start.max(boundary)..end];
    for part in parts.into_iter().filter(|part| !part.is_empty()) {
        let (near, elsewhere) = (code.label(), code.label());
        code.load(POINTER + 4);
        code.jump_if_equal((part.start >> 32) as u32, near);
        code.jump_always(elsewhere);
        code.place(near);
        code.load(POINTER);
        // The end is in the same 4 GiB, but may be its last byte.
        jump_if_within(code, part.start as u32..(part.end - 1) as u32, inside);
        code.place(elsewhere);
    }
}

/// Where the lower half of an argument is. All that matter here are `int`s.
pub fn argument(index: usize) -> usize {
    offset_of!(seccomp_data, args) + index * size_of::<u64>()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::interpreter::execute;

    const GATE: Range<usize> = 0x6fff_ffff_0000..0x6fff_ffff_1000;
    /// After the instruction in the gate, and somewhere in libc.
    const IN_GATE: u64 = GATE.start as u64 + 2;
    const ELSEWHERE: u64 = 0x7f12_ffff_0002;

    fn verdict(nr: i64, args: [u64; 6], instruction_pointer: u64) -> u32 {
        let call = seccomp_data { nr: nr as i32, arch: ARCH, instruction_pointer, args };
        execute(&program(GATE), &call)
    }

    fn outside(nr: i64, args: [u64; 6]) -> u32 {
        verdict(nr, args, ELSEWHERE)
    }

    fn args(first: i64, second: u64) -> [u64; 6] {
        [first as u64, second, 0, 0, 0, 0]
    }

    #[test]
    fn only_sockets_without_a_network_are_the_hosts() {
        let socket = |family: i32| outside(libc::SYS_socket, args(family.into(), 1));
        assert_eq!(socket(libc::AF_UNIX), SECCOMP_RET_ALLOW);
        assert_eq!(socket(libc::AF_ALG), SECCOMP_RET_ALLOW);
        for family in [libc::AF_INET, libc::AF_INET6, libc::AF_NETLINK, libc::AF_PACKET, 0, 45] {
            assert_eq!(socket(family), SECCOMP_RET_TRAP, "family {family}");
        }
        // The kernel takes an int: what is above it must not hide the family.
        assert_eq!(
            outside(libc::SYS_socket, args(libc::AF_INET as i64 | 1 << 40, 1)),
            SECCOMP_RET_TRAP
        );
    }

    #[test]
    fn trapped_calls_pass_in_the_gate_only() {
        for &nr in TRAPPED {
            assert_eq!(outside(nr, [0; 6]), SECCOMP_RET_TRAP, "call {nr}");
            assert_eq!(verdict(nr, [0; 6], IN_GATE), SECCOMP_RET_ALLOW, "call {nr}");
        }
        let socket = args(libc::AF_INET.into(), 1);
        assert_eq!(verdict(libc::SYS_socket, socket, IN_GATE), SECCOMP_RET_ALLOW);
    }

    #[test]
    fn the_gate_is_no_larger_than_its_page() {
        let poll = |pointer| verdict(libc::SYS_poll, [0; 6], pointer);
        assert_eq!(poll(GATE.start as u64), SECCOMP_RET_ALLOW);
        assert_eq!(poll(GATE.start as u64 - 1), SECCOMP_RET_TRAP);
        assert_eq!(poll(GATE.end as u64), SECCOMP_RET_TRAP);
        assert_eq!(poll(IN_GATE + (1 << 32)), SECCOMP_RET_TRAP);
        assert_eq!(poll(IN_GATE & 0xffff_ffff), SECCOMP_RET_TRAP);
    }

    #[test]
    fn descriptors_of_the_window_are_watched() {
        for &nr in WATCHED {
            for (fd, expected) in [
                (-1, SECCOMP_RET_ALLOW),
                (0, SECCOMP_RET_ALLOW),
                (WINDOW.start as i64 - 1, SECCOMP_RET_ALLOW),
                (WINDOW.start as i64, SECCOMP_RET_TRAP),
                (WINDOW.end as i64 - 1, SECCOMP_RET_TRAP),
                (WINDOW.end as i64, SECCOMP_RET_ALLOW),
            ] {
                assert_eq!(outside(nr, args(fd, 0)), expected, "call {nr}, descriptor {fd}");
            }
            assert_eq!(verdict(nr, args(WINDOW.start.into(), 0), IN_GATE), SECCOMP_RET_ALLOW);
        }
    }

    #[test]
    fn requests_about_the_network_are_trapped() {
        let ioctl = |request| outside(libc::SYS_ioctl, args(3, request));
        assert_eq!(ioctl(libc::SIOCGIFINDEX), SECCOMP_RET_TRAP);
        assert_eq!(ioctl(libc::SIOCADDRT), SECCOMP_RET_TRAP);
        assert_eq!(ioctl(libc::TCGETS), SECCOMP_RET_ALLOW);
        assert_eq!(ioctl(libc::FIONREAD), SECCOMP_RET_ALLOW);
        // SIOCUNIXFILE, of AF_UNIX alone.
        assert_eq!(ioctl(0x89e0), SECCOMP_RET_ALLOW);
    }

    #[test]
    fn what_the_loader_needs_is_free() {
        for nr in [
            libc::SYS_openat,
            libc::SYS_read,
            libc::SYS_mmap,
            libc::SYS_close,
            libc::SYS_newfstatat,
            libc::SYS_pread64,
            libc::SYS_mprotect,
            libc::SYS_rt_sigaction,
            libc::SYS_rt_sigprocmask,
            libc::SYS_clone,
            libc::SYS_dup2,
            libc::SYS_socketpair,
        ] {
            assert_eq!(outside(nr, [3; 6]), SECCOMP_RET_ALLOW, "call {nr}");
        }
    }

    #[test]
    fn the_handler_stays() {
        let kept = SECCOMP_RET_ERRNO;
        let action = |signal: i32, new| args(signal.into(), new);
        for (signal, new, expected) in [
            (libc::SIGSYS, 0x7fff_0000, kept),
            (libc::SIGSYS, 1 << 32, kept),
            (libc::SIGSYS, 0, SECCOMP_RET_ALLOW),
            (libc::SIGSEGV, 0x7fff_0000, SECCOMP_RET_ALLOW),
        ] {
            assert_eq!(outside(libc::SYS_rt_sigaction, action(signal, new)), expected);
        }
        let ours = verdict(libc::SYS_rt_sigaction, action(libc::SIGSYS, 8), IN_GATE);
        assert_eq!(ours, SECCOMP_RET_ALLOW);
    }

    #[test]
    fn io_uring_looks_absent() {
        let refused = SECCOMP_RET_ERRNO | libc::ENOSYS as u32;
        assert_eq!(outside(libc::SYS_io_uring_setup, [0; 6]), refused);
        assert_eq!(verdict(libc::SYS_io_uring_setup, [0; 6], IN_GATE), refused);
    }

    #[test]
    fn i386_is_killed() {
        const I386: u32 = 0x4000_0003;
        let call = seccomp_data { nr: 1, arch: I386, instruction_pointer: IN_GATE, args: [0; 6] };
        assert_eq!(execute(&program(GATE), &call), SECCOMP_RET_KILL_PROCESS);
    }

    #[test]
    fn numbers_that_are_none_are_refused() {
        let refused = SECCOMP_RET_ERRNO | libc::ENOSYS as u32;
        for number in [-1, i64::from(i32::MIN), i64::from(OTHER_ABI) | libc::SYS_socket] {
            assert_eq!(outside(number, [0; 6]), refused, "call {number}");
        }
    }
}

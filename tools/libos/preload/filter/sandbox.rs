// SPDX-License-Identifier: GPL-2.0

//! Filters that a program puts upon itself. They know the calls of the program, and not those that
//! the stack makes for it: whoever reads from a socket may read from a network device.

use std::ops::Range;

use libc::{SECCOMP_RET_ALLOW, sock_filter};

use crate::assembler::Assembler;
use crate::program::jump_if_made_in;

/// `filter`, which is not asked about calls from the gate at these addresses.
pub fn with_gate(filter: &[sock_filter], gate: Range<usize>) -> Vec<sock_filter> {
    let mut code = Assembler::default();
    let (inside, outside) = (code.label(), code.label());
    jump_if_made_in(&mut code, gate, inside);
    code.jump_always(outside);
    code.place(inside);
    code.end(SECCOMP_RET_ALLOW);
    code.place(outside);
    // Its jumps are relative.
    [code.assemble(), filter.to_vec()].concat()
}

#[cfg(test)]
mod tests {
    use libc::{
        BPF_JEQ, BPF_JMP, BPF_K, BPF_RET, SECCOMP_RET_ERRNO, SECCOMP_RET_KILL_PROCESS, seccomp_data,
    };

    use super::*;
    use crate::interpreter::execute;

    const GATE: Range<usize> = 0x6fff_ffff_0000..0x6fff_ffff_1000;

    /// What a program that may only exit makes of `nr`.
    fn verdict(nr: i64, instruction_pointer: usize) -> u32 {
        let mut filter = Assembler::default();
        filter.load(0);
        let mut filter = filter.assemble();
        let exit = libc::SYS_exit_group as u32;
        let end = |k| sock_filter { code: (BPF_RET | BPF_K) as u16, jt: 0, jf: 0, k };
        let code = (BPF_JMP | BPF_JEQ | BPF_K) as u16;
        filter.push(sock_filter { code, jt: 1, jf: 0, k: exit });
        filter.extend([end(SECCOMP_RET_KILL_PROCESS), end(SECCOMP_RET_ERRNO)]);
        let pointer = instruction_pointer as u64;
        let call = seccomp_data {
            nr: nr as i32,
            arch: crate::program::ARCH,
            instruction_pointer: pointer,
            args: [0; 6],
        };
        execute(&with_gate(&filter, GATE), &call)
    }

    #[test]
    fn it_judges_the_program() {
        assert_eq!(verdict(libc::SYS_readv, GATE.end), SECCOMP_RET_KILL_PROCESS);
        assert_eq!(verdict(libc::SYS_exit_group, 0x7f00_0000_0002), SECCOMP_RET_ERRNO);
    }

    #[test]
    fn it_does_not_judge_the_stack() {
        assert_eq!(verdict(libc::SYS_readv, GATE.start + 2), SECCOMP_RET_ALLOW);
    }
}

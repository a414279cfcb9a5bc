// SPDX-License-Identifier: GPL-2.0

//! Executes a filter as the kernel does: just the instructions that ours has.

use libc::{
    BPF_ABS, BPF_JA, BPF_JEQ, BPF_JGE, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W, seccomp_data,
    sock_filter,
};

const LOAD: u32 = BPF_LD | BPF_W | BPF_ABS;
const ALWAYS: u32 = BPF_JMP | BPF_JA;
const IF_EQUAL: u32 = BPF_JMP | BPF_JEQ | BPF_K;
const IF_AT_LEAST: u32 = BPF_JMP | BPF_JGE | BPF_K;
const END: u32 = BPF_RET | BPF_K;

/// What `program` says of `call`.
pub fn execute(program: &[sock_filter], call: &seccomp_data) -> u32 {
    let (mut accumulator, mut at) = (0, 0);
    loop {
        let sock_filter { code, jt, jf, k } = program[at];
        at += 1;
        match u32::from(code) {
            LOAD => accumulator = word(call, k as usize),
            ALWAYS => at += k as usize,
            IF_EQUAL => at += usize::from(if accumulator == k { jt } else { jf }),
            IF_AT_LEAST => at += usize::from(if accumulator >= k { jt } else { jf }),
            END => return k,
            other => panic!("instruction {other:#x} at {at}"),
        }
    }
}

fn word(call: &seccomp_data, offset: usize) -> u32 {
    assert!(offset.is_multiple_of(4) && offset < size_of::<seccomp_data>());
    // SAFETY: plain data, and the offset is inside it.
    unsafe { *std::ptr::from_ref(call).cast::<u32>().add(offset / 4) }
}

// SPDX-License-Identifier: GPL-2.0

//! Classic BPF with names for the places to jump to.

use libc::{
    BPF_ABS, BPF_JA, BPF_JEQ, BPF_JGE, BPF_JMP, BPF_K, BPF_LD, BPF_RET, BPF_W, sock_filter,
};

/// A place in the program. The value is its index in the list of places.
#[derive(Clone, Copy)]
pub struct Label(usize);

/// A conditional jump whose target is not known yet.
struct Jump {
    at: usize,
    to: Label,
}

/// A program that is being written. Jumps are forward only, and at most 255 instructions far.
#[derive(Default)]
pub struct Assembler {
    code: Vec<sock_filter>,
    jumps: Vec<Jump>,
    places: Vec<usize>,
}

impl Assembler {
    /// A new name, for [`Assembler::place`].
    pub fn label(&mut self) -> Label {
        self.places.push(0);
        Label(self.places.len() - 1)
    }

    /// `label` is the next instruction.
    pub fn place(&mut self, label: Label) {
        self.places[label.0] = self.code.len();
    }

    /// Loads the word at `offset` of the call's description.
    pub fn load(&mut self, offset: usize) {
        self.emit(BPF_LD | BPF_W | BPF_ABS, offset as u32);
    }

    pub fn jump_if_equal(&mut self, value: u32, to: Label) {
        self.jump(BPF_JEQ, value, to);
    }

    pub fn jump_if_at_least(&mut self, value: u32, to: Label) {
        self.jump(BPF_JGE, value, to);
    }

    pub fn jump_always(&mut self, to: Label) {
        self.jumps.push(Jump { at: self.code.len(), to });
        self.emit(BPF_JMP | BPF_JA, 0);
    }

    /// Ends the program with `verdict`.
    pub fn end(&mut self, verdict: u32) {
        self.emit(BPF_RET | BPF_K, verdict);
    }

    /// The finished program.
    pub fn assemble(mut self) -> Vec<sock_filter> {
        for jump in &self.jumps {
            let distance = self.places[jump.to.0] - jump.at - 1;
            let instruction = &mut self.code[jump.at];
            if u32::from(instruction.code) == BPF_JMP | BPF_JA {
                instruction.k = distance as u32;
            } else {
                debug_assert!(distance <= usize::from(u8::MAX));
                instruction.jt = distance as u8;
            }
        }
        self.code
    }

    fn jump(&mut self, condition: u32, value: u32, to: Label) {
        self.jumps.push(Jump { at: self.code.len(), to });
        self.emit(BPF_JMP | condition | BPF_K, value);
    }

    fn emit(&mut self, code: u32, k: u32) {
        self.code.push(sock_filter { code: code as u16, jt: 0, jf: 0, k });
    }
}

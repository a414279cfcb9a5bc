// SPDX-License-Identifier: GPL-2.0

//! Statically linked programs whose headers are wrong. The host's kernel kills such a one without a
//! word; under nuse, whose runner loads it, it ends with a message that says what is wrong.

use std::fs;
use std::path::PathBuf;

use libos_tests::{Finished, Netns, compile, place};

/// Offsets in `<elf.h>`'s `Elf64_Ehdr` and `Elf64_Phdr`, of words of 8 bytes.
const E_PHOFF: usize = 32;
const E_PHNUM: usize = 56;
const P_SIZE: usize = 56;
const P_OFFSET: usize = 8;
const P_VADDR: usize = 16;
const P_FILESZ: usize = 32;
const P_MEMSZ: usize = 40;
const P_ALIGN: usize = 48;

struct Program {
    folder: tempfile::TempDir,
    bytes: Vec<u8>,
    /// Where the header of its last segment is.
    last: usize,
}

impl Program {
    fn new(flags: &[&str]) -> Self {
        const PT_LOAD: u64 = 1;
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let path = folder.path().join("whole");
        compile::c_program(&place::programs().join("outside/nothing.c"), &path, flags);
        let bytes = fs::read(path).expect("just compiled");
        let count = word(&bytes, E_PHNUM) & 0xffff;
        let mut headers = (0..count as usize).map(|i| word(&bytes, E_PHOFF) as usize + i * P_SIZE);
        let last = headers.rfind(|at| word(&bytes, *at) & 0xffff_ffff == PT_LOAD);
        Program { folder, last: last.expect("a program has segments"), bytes }
    }

    /// The program with another word in the header of its last segment.
    fn with(&self, field: usize, change: impl Fn(u64) -> u64) -> Finished {
        let mut bytes = self.bytes.clone();
        let at = self.last + field;
        let changed = change(word(&bytes, at));
        bytes[at..at + 8].copy_from_slice(&changed.to_le_bytes());
        self.run(&bytes)
    }

    fn run(&self, bytes: &[u8]) -> Finished {
        let path: PathBuf = self.folder.path().join("damaged");
        // With the mode of a program.
        fs::copy(self.folder.path().join("whole"), &path).expect("our own folder");
        fs::write(&path, bytes).expect("our own file");
        let nuse = place::nuse();
        let words = [nuse.as_os_str(), "-q".as_ref(), path.as_os_str()];
        Netns::new().task(words).env_remove("NUSECONF").run()
    }
}

fn word(bytes: &[u8], at: usize) -> u64 {
    u64::from_le_bytes(bytes[at..at + 8].try_into().expect("8 bytes"))
}

#[track_caller]
fn says(finished: Finished, what: &str) {
    let finished = finished.ends_with(126);
    assert!(finished.stderr.contains(what), "not \"{what}\": {}", finished.story());
}

fn segments(flags: &[&str]) {
    let program = Program::new(flags);
    program.run(&program.bytes).succeeds();
    says(program.with(P_FILESZ, |_| 64 << 20), "0x4000000 bytes of the file, but");
    says(program.with(P_MEMSZ, |_| u64::MAX), "does not fit into memory");
    says(program.with(P_VADDR, |at| at | 0xffff_8000_0000_0000), "does not fit into memory");
    says(program.with(P_OFFSET, |at| at + 8), "elsewhere in its page");
    says(program.with(P_OFFSET, |at| at | 1 << 40), "of the file, which has only");
    says(program.run(&program.bytes[..4096]), "of the file, which has only 0x1000");
    // Of this, the kernel makes nothing either.
    program.with(P_ALIGN, |_| u64::MAX).succeeds();
}

#[test]
fn where_it_wants_to_be() {
    segments(&["-static"]);
}

#[test]
fn anywhere() {
    segments(&["-static-pie"]);
}

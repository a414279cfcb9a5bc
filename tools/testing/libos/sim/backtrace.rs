// SPDX-License-Identifier: GPL-2.0

//! Where a thread of another process is: its instruction pointers, by frame pointers, and what is
//! mapped there.

use std::fmt::Write;
use std::fs;

/// The frames of thread `tid` of process `pid`, one a line. The thread is stopped meanwhile.
pub fn of(pid: u32, tid: u32) -> String {
    let mut text = String::new();
    let maps = fs::read_to_string(format!("/proc/{pid}/maps")).unwrap_or_default();
    for (number, address) in frames(tid as i32).into_iter().enumerate() {
        // A string takes whatever is written to it.
        let _ = writeln!(text, "  #{number} {address:#x} {}", place(&maps, address));
    }
    text
}

fn frames(tid: i32) -> Vec<u64> {
    const MOST: usize = 32;
    let mut found = Vec::new();
    // SAFETY: stops a thread of a child of ours, reads its registers and its memory, lets it go.
    unsafe {
        let none = core::ptr::null_mut::<libc::c_void>();
        if libc::ptrace(libc::PTRACE_SEIZE, tid, none, none) < 0 {
            return found;
        }
        libc::ptrace(libc::PTRACE_INTERRUPT, tid, none, none);
        libc::waitpid(tid, core::ptr::null_mut(), libc::__WALL);
        let mut registers: libc::user_regs_struct = core::mem::zeroed();
        if libc::ptrace(libc::PTRACE_GETREGS, tid, none, &raw mut registers) == 0 {
            found.push(registers.rip);
            let mut frame = registers.rbp;
            while found.len() < MOST && frame != 0 && frame.is_multiple_of(8) {
                let mut words = [0u64; 2];
                if !read(tid, frame, &mut words) || words[0] <= frame {
                    break;
                }
                found.push(words[1]);
                frame = words[0];
            }
        }
        libc::ptrace(libc::PTRACE_DETACH, tid, none, none);
    }
    found
}

fn read(tid: i32, address: u64, words: &mut [u64; 2]) -> bool {
    let len = size_of_val(words);
    let to = libc::iovec { iov_base: words.as_mut_ptr().cast(), iov_len: len };
    let from = libc::iovec { iov_base: address as *mut _, iov_len: len };
    // SAFETY: one piece each; what is not there is an error.
    unsafe { libc::process_vm_readv(tid, &to, 1, &from, 1, 0) == len as isize }
}

/// The line of `maps` that `address` is in.
fn place(maps: &str, address: u64) -> &str {
    let is_in = |line: &&str| {
        let range = line.split(' ').next().and_then(|range| range.split_once('-'));
        range.is_some_and(|(from, to)| {
            let number = |text| u64::from_str_radix(text, 16).unwrap_or(0);
            (number(from)..number(to)).contains(&address)
        })
    };
    maps.lines().find(is_in).and_then(|line| line.rsplit(' ').next()).unwrap_or("")
}

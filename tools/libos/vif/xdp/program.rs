// SPDX-License-Identifier: GPL-2.0

//! The XDP program: a frame to the stack's address goes to the socket of the queue it came by, if
//! there is one there; every other goes on to the host's kernel.

use std::{
    io,
    os::fd::{AsRawFd, BorrowedFd, FromRawFd, OwnedFd},
};

use crate::{Mac, sys};

const BPF_MAP_CREATE: libc::c_int = 0;
const BPF_MAP_UPDATE_ELEM: libc::c_int = 2;
const BPF_PROG_LOAD: libc::c_int = 5;
const BPF_LINK_CREATE: libc::c_int = 28;
const BPF_MAP_TYPE_XSKMAP: u32 = 17;
const BPF_PROG_TYPE_XDP: u32 = 6;
const BPF_XDP: u32 = 37;
const XDP_PASS: i32 = 2;

/// A loaded program, and its map of sockets.
pub(super) struct Program {
    program: OwnedFd,
    _map: OwnedFd,
}

impl Program {
    /// For frames to `mac`, which are `socket`'s at queue 0.
    pub(super) fn load(mac: Mac, socket: BorrowedFd<'_>) -> io::Result<Self> {
        let map = bpf(BPF_MAP_CREATE, &mut [BPF_MAP_TYPE_XSKMAP, 4, 4, 1, 0])?;
        let (key, value) = (0u32, socket.as_raw_fd());
        let mut update = Update {
            map: map.as_raw_fd() as u64,
            key: &raw const key as u64,
            value: &raw const value as u64,
            flags: 0,
        };
        bpf_result(BPF_MAP_UPDATE_ELEM, &mut update)?;
        let code = code(mac, map.as_raw_fd());
        let mut load = Load {
            kind: BPF_PROG_TYPE_XDP,
            count: code.len() as u32,
            code: code.as_ptr() as u64,
            license: c"GPL".as_ptr() as u64,
            ..Load::default()
        };
        Ok(Program { program: bpf(BPF_PROG_LOAD, &mut load)?, _map: map })
    }

    /// Puts it on an interface, until the link is closed.
    pub(super) fn attach(&self, index: libc::c_int) -> io::Result<OwnedFd> {
        let program = self.program.as_raw_fd() as u32;
        bpf(BPF_LINK_CREATE, &mut [program, index as u32, BPF_XDP, 0])
    }
}

/// Of `union bpf_attr`, for BPF_MAP_UPDATE_ELEM.
#[repr(C)]
struct Update {
    map: u64,
    key: u64,
    value: u64,
    flags: u64,
}

/// Of `union bpf_attr`, for BPF_PROG_LOAD.
#[repr(C)]
#[derive(Default)]
struct Load {
    kind: u32,
    count: u32,
    code: u64,
    license: u64,
    log_level: u32,
    log_size: u32,
    log: u64,
    version: u32,
    flags: u32,
}

/// bpf(2) that makes a descriptor.
fn bpf<T>(command: libc::c_int, attributes: &mut T) -> io::Result<OwnedFd> {
    let fd = bpf_result(command, attributes)?;
    // SAFETY: the kernel has just made it for us and nobody else knows it.
    Ok(unsafe { OwnedFd::from_raw_fd(fd) })
}

fn bpf_result<T>(command: libc::c_int, attributes: &mut T) -> io::Result<libc::c_int> {
    let at = &raw mut *attributes;
    // SAFETY: the attributes of the command, of which the kernel takes as many as are given; what
    // they point at is readable.
    sys::check(unsafe { libc::syscall(libc::SYS_bpf, command, at, size_of::<T>()) as libc::c_int })
}

/// One instruction: `struct bpf_insn`.
#[repr(C)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Instruction {
    code: u8,
    registers: u8,
    offset: i16,
    immediate: i32,
}

const LOAD_WORD: u8 = 0x61;
const LOAD_HALF: u8 = 0x69;
const LOAD_MAP: u8 = 0x18;
const MOVE: u8 = 0xb7;
const COPY: u8 = 0xbf;
const ADD: u8 = 0x07;
const JUMP_IF_GREATER: u8 = 0x2d;
/// Of 32 bits, so that no sign is extended.
const JUMP_IF_NOT: u8 = 0x56;
const CALL: u8 = 0x85;
const EXIT: u8 = 0x95;
const REDIRECT_MAP: i32 = 51;
/// For LOAD_MAP: the number is that of a descriptor.
const OF_MAP: u8 = 1;

/// Members of `struct xdp_md`.
const DATA: i16 = 0;
const DATA_END: i16 = 4;
const QUEUE: i16 = 16;

const ETHERNET: i32 = 14;
const LENGTH: usize = 17;
/// Where frames for others go to.
const PASS: i16 = 15;

fn code(mac: Mac, map: i32) -> [Instruction; LENGTH] {
    let [a, b, c, d, e, f] = mac.0;
    let high = i32::from_ne_bytes([a, b, c, d]);
    let low = i32::from(u16::from_ne_bytes([e, f]));
    let i = |code, to: u8, from: u8, offset, immediate| Instruction {
        code,
        registers: to | from << 4,
        offset,
        immediate,
    };
    [
        i(LOAD_WORD, 2, 1, DATA, 0),
        i(LOAD_WORD, 3, 1, DATA_END, 0),
        i(COPY, 4, 2, 0, 0),
        i(ADD, 4, 0, 0, ETHERNET),
        i(JUMP_IF_GREATER, 4, 3, PASS - 5, 0),
        i(LOAD_WORD, 5, 2, 0, 0),
        i(JUMP_IF_NOT, 5, 0, PASS - 7, high),
        i(LOAD_HALF, 5, 2, 4, 0),
        i(JUMP_IF_NOT, 5, 0, PASS - 9, low),
        // The map, the queue, and what to do if there is no socket.
        i(LOAD_WORD, 2, 1, QUEUE, 0),
        i(LOAD_MAP, 1, OF_MAP, 0, map),
        i(0, 0, 0, 0, 0),
        i(MOVE, 3, 0, 0, XDP_PASS),
        i(CALL, 0, 0, 0, REDIRECT_MAP),
        i(EXIT, 0, 0, 0, 0),
        i(MOVE, 0, 0, 0, XDP_PASS),
        i(EXIT, 0, 0, 0, 0),
    ]
}

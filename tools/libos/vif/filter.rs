// SPDX-License-Identifier: GPL-2.0

//! The classic BPF program that makes a packet socket hear what a station of its own would hear.

use std::{io, os::fd::BorrowedFd};

use libc::{BPF_B, BPF_H, BPF_JEQ, BPF_JSET, BPF_W, sock_filter, sock_fprog};

use crate::{Mac, sys};

/// Offset in the frame of the sender's address; the receiver's is at 0.
const SENDER: u32 = 6;
/// The bits of a VLAN tag that name the VLAN; the others are a priority.
const VLAN_ID: u32 = 0x0fff;
/// The bit of an address's first byte that tells groups, broadcast among them, from stations.
const GROUP: u32 = 1;

const RECEIVER_TEST: usize = 6;
const ACCEPT: usize = 12;
const REFUSE: usize = 13;
const LENGTH: usize = 14;

/// The program for one address.
pub(crate) struct Filter([sock_filter; LENGTH]);

impl Filter {
    /// Accepts frames to `mac` and to groups, unless they are from `mac` or of a tagged VLAN.
    ///
    /// The kernel has taken the outer VLAN tag out of the frame before this runs, so that a tagged
    /// frame looks like an untagged one: it must be refused here, or it would cross VLANs. Tag 0
    /// is no VLAN but a priority, and passes.
    pub(crate) fn new(mac: Mac) -> Self {
        let [a, b, c, d, e, f] = mac.0;
        let high = u32::from_be_bytes([a, b, c, d]);
        let low = u32::from(u16::from_be_bytes([e, f]));
        Filter([
            load(BPF_H, VLAN_TAG),
            branch(1, BPF_JSET, VLAN_ID, REFUSE, 2),
            load(BPF_W, SENDER),
            branch(3, BPF_JEQ, high, 4, RECEIVER_TEST),
            load(BPF_H, SENDER + 4),
            branch(5, BPF_JEQ, low, REFUSE, RECEIVER_TEST),
            load(BPF_B, 0),
            branch(7, BPF_JSET, GROUP, ACCEPT, 8),
            load(BPF_W, 0),
            branch(9, BPF_JEQ, high, 10, REFUSE),
            load(BPF_H, 4),
            branch(11, BPF_JEQ, low, ACCEPT, REFUSE),
            accept(u32::MAX),
            accept(0),
        ])
    }

    /// Puts it on a packet socket.
    pub(crate) fn attach(mut self, socket: BorrowedFd<'_>) -> io::Result<()> {
        let program = sock_fprog { len: LENGTH as u16, filter: self.0.as_mut_ptr() };
        sys::setsockopt(socket, libc::SOL_SOCKET, libc::SO_ATTACH_FILTER, &program)
    }
}

/// The kernel answers a load from this place with the tag it took out, 0 if there was none.
const VLAN_TAG: u32 = (libc::SKF_AD_OFF + libc::SKF_AD_VLAN_TAG) as u32;

/// Loads a big-endian value of the frame. Beyond its end, the frame is refused.
const fn load(size: u32, offset: u32) -> sock_filter {
    sock_filter { code: (libc::BPF_LD | libc::BPF_ABS | size) as u16, jt: 0, jf: 0, k: offset }
}

/// Goes from place `at` to place `yes` or `no`, both further down.
const fn branch(at: usize, test: u32, value: u32, yes: usize, no: usize) -> sock_filter {
    sock_filter {
        code: (libc::BPF_JMP | libc::BPF_K | test) as u16,
        jt: (yes - at - 1) as u8,
        jf: (no - at - 1) as u8,
        k: value,
    }
}

/// Ends with so many bytes of the frame accepted.
const fn accept(bytes: u32) -> sock_filter {
    sock_filter { code: (libc::BPF_RET | libc::BPF_K) as u16, jt: 0, jf: 0, k: bytes }
}

// SPDX-License-Identifier: GPL-2.0

//! Frames that are wrong in one way or another, and virtio-net headers that do not fit them.

use crate::stack::{ADDRESS, MAC, PEER, PEER_MAC};

/// The same frames in each run.
pub struct Generator {
    state: u64,
    frame: Vec<u8>,
}

/// EtherTypes that a stack looks into.
const TYPES: [u16; 10] =
    [0x0800, 0x86dd, 0x0806, 0x8100, 0x88a8, 0x8847, 0x8863, 0x8864, 0x88f7, 0x0004];
const PROTOCOLS: [u8; 14] = [0, 1, 2, 4, 6, 17, 41, 43, 44, 47, 50, 51, 58, 132];

impl Generator {
    pub fn new() -> Self {
        Generator { state: 0x853c_49e6_748f_ea9b, frame: Vec::new() }
    }

    fn random(&mut self) -> u64 {
        self.state ^= self.state << 13;
        self.state ^= self.state >> 7;
        self.state ^= self.state << 17;
        self.state
    }

    fn below(&mut self, limit: usize) -> usize {
        (self.random() >> 16) as usize % limit
    }

    /// A header in the host's order, and a frame.
    pub fn next(&mut self) -> ([u8; 10], &[u8]) {
        let len = match self.below(64) {
            0 => self.below(15),
            1 => 1500 + self.below(64_000),
            2..20 => 14 + self.below(60),
            _ => 14 + self.below(600),
        };
        self.fill(len);
        match self.below(4) {
            0 => {}
            1 => self.ethernet(),
            _ => {
                self.ethernet();
                self.internet();
            }
        }
        (self.header(), &self.frame)
    }

    fn fill(&mut self, len: usize) {
        self.frame.resize(len, 0);
        // Random bytes for what is looked at, and here and there behind it.
        for at in (0..len.min(128)).chain((128..len).step_by(97)) {
            self.frame[at] = self.random() as u8;
        }
    }

    fn put(&mut self, at: usize, bytes: &[u8]) {
        for (to, from) in self.frame.iter_mut().skip(at).zip(bytes) {
            *to = *from;
        }
    }

    fn ethernet(&mut self) {
        let to = if self.below(4) == 0 { [0xff; 6] } else { MAC };
        let kind = TYPES[self.below(TYPES.len())];
        self.put(0, &to);
        self.put(6, &PEER_MAC);
        self.put(12, &kind.to_be_bytes());
    }

    /// A packet for the stack that is right at first, and then wrong in some bytes.
    fn internet(&mut self) {
        let payload = self.frame.len().saturating_sub(34);
        let protocol = PROTOCOLS[self.below(PROTOCOLS.len())];
        if self.below(3) == 0 {
            self.put(12, &0x86ddu16.to_be_bytes());
            self.put(14, &[0x60, 0, 0, 0]);
            self.put(18, &(payload.saturating_sub(20) as u16).to_be_bytes());
            self.put(20, &[protocol, 64]);
            self.put(38, &[0xff, 2, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1]);
        } else {
            let mut header = [0x45, 0, 0, 0, 0, 1, 0, 0, 64, protocol, 0, 0];
            header[2..4].copy_from_slice(&((payload + 20) as u16).to_be_bytes());
            if self.below(4) == 0 {
                header[0] = 0x40 | self.below(16) as u8;
                header[6] = self.random() as u8;
                header[7] = self.random() as u8;
            }
            self.put(14, &header);
            self.put(26, &PEER);
            self.put(30, &ADDRESS);
            let sum = checksum(self.frame.get(14..34).unwrap_or_default());
            self.put(24, &sum.to_be_bytes());
        }
        for _ in 0..self.below(3) {
            let at = self.below(self.frame.len().max(1));
            let byte = self.random() as u8;
            self.put(at, &[byte]);
        }
    }

    /// Flags, a GSO type, and five numbers: none that fits, some that may, or any.
    fn header(&mut self) -> [u8; 10] {
        let mut header = [0; 10];
        if self.below(3) == 0 {
            return header;
        }
        const GSO: [u8; 8] = [0, 1, 3, 4, 5, 0x81, 0x84, 0xff];
        header[0] = self.below(8) as u8;
        header[1] = GSO[self.below(GSO.len())];
        let any = self.below(3) == 0;
        let numbers = match any {
            true => [(); 4].map(|()| self.random() as u16),
            false => [54, 1 + self.below(1500) as u16, 34, [6, 16][self.below(2)]],
        };
        for (to, number) in header[2..].chunks_exact_mut(2).zip(numbers) {
            to.copy_from_slice(&number.to_ne_bytes());
        }
        header
    }
}

fn checksum(header: &[u8]) -> u16 {
    let words = header
        .chunks(2)
        .map(|word| u32::from(word[0]) << 8 | u32::from(*word.get(1).unwrap_or(&0)));
    let sum: u32 = words.sum();
    let sum = (sum >> 16) + (sum & 0xffff);
    !((sum >> 16) + sum) as u16
}

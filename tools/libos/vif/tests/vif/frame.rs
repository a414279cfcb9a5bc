// SPDX-License-Identifier: GPL-2.0

//! Frames made and taken apart by hand, so that the kernel is not its own witness.

use libos_vif::HEADER_LEN;

pub const ETHERNET: usize = 14;
pub const IPV4: u16 = 0x0800;
pub const IPV6: u16 = 0x86dd;
pub const ARP: u16 = 0x0806;
/// An EtherType for experiments, which no stack answers.
pub const TEST: u16 = 0x88b5;

pub const NEEDS_CSUM: u8 = 1;
pub const GSO_TCPV4: u8 = 1;
pub const GSO_TCPV6: u8 = 4;
pub const GSO_UDP_L4: u8 = 5;

/// `struct virtio_net_hdr`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Header {
    pub flags: u8,
    pub gso_type: u8,
    pub hdr_len: u16,
    pub gso_size: u16,
    pub csum_start: u16,
    pub csum_offset: u16,
}

impl Header {
    pub fn bytes(self) -> [u8; HEADER_LEN] {
        let mut bytes = [self.flags, self.gso_type, 0, 0, 0, 0, 0, 0, 0, 0];
        let numbers = [self.hdr_len, self.gso_size, self.csum_start, self.csum_offset];
        for (to, from) in bytes[2..].chunks_exact_mut(2).zip(numbers) {
            to.copy_from_slice(&from.to_ne_bytes());
        }
        bytes
    }

    pub fn read(bytes: &[u8]) -> Self {
        let number = |at: usize| u16::from_ne_bytes([bytes[at], bytes[at + 1]]);
        Header {
            flags: bytes[0],
            gso_type: bytes[1],
            hdr_len: number(2),
            gso_size: number(4),
            csum_start: number(6),
            csum_offset: number(8),
        }
    }
}

pub fn ethernet(to: [u8; 6], from: [u8; 6], kind: u16, payload: &[u8]) -> Vec<u8> {
    [&to[..], &from, &kind.to_be_bytes(), payload].concat()
}

/// Whether a frame is from this station and of this EtherType.
pub fn is(frame: &[u8], from: [u8; 6], kind: u16) -> bool {
    frame[6..12] == from && frame[12..14] == kind.to_be_bytes()
}

pub fn ipv4(from: [u8; 4], to: [u8; 4], protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = ((20 + payload.len()) as u16).to_be_bytes();
    let mut header = [0x45, 0, length[0], length[1], 0, 1, 0x40, 0, 64, protocol, 0, 0].to_vec();
    header.extend([from, to].concat());
    let sum = checksum(&[&header]).to_be_bytes();
    header[10..12].copy_from_slice(&sum);
    [&header[..], payload].concat()
}

pub fn ipv6(from: [u8; 16], to: [u8; 16], protocol: u8, payload: &[u8]) -> Vec<u8> {
    let length = (payload.len() as u16).to_be_bytes();
    let header = [0x60, 0, 0, 0, length[0], length[1], protocol, 64];
    [&header[..], &from, &to, payload].concat()
}

/// What TCP and UDP sum besides themselves. Its addresses are those of the IP header.
pub fn pseudo_header(ip: &[u8], protocol: u8, length: usize) -> Vec<u8> {
    let addresses = match ip[0] >> 4 {
        4 => &ip[12..20],
        _ => &ip[8..40],
    };
    [addresses, &(length as u32).to_be_bytes(), &[0, 0, 0, protocol]].concat()
}

/// The Internet checksum. All parts but the last are of even length.
pub fn checksum(parts: &[&[u8]]) -> u16 {
    let words = parts.iter().flat_map(|part| part.chunks(2));
    let sum: u32 = words
        .map(|word| u32::from(u16::from_be_bytes([word[0], *word.get(1).unwrap_or(&0)])))
        .sum();
    let sum = (sum >> 16) + (sum & 0xffff);
    !((sum >> 16) + sum) as u16
}

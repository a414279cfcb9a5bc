// SPDX-License-Identifier: GPL-2.0

//! Just enough of TCP to talk to the host's: one connection, nothing lost.

use crate::{
    frame::{self, ETHERNET, Header, IPV4},
    netns::{HOST_IP, HOST_MAC, STACK_IP, STACK_MAC},
    port::Port,
};

pub const PROTOCOL: u8 = 6;
pub const HEADER: usize = 20;
pub const MSS: u16 = 1460;

const FIN: u8 = 1;
const SYN: u8 = 2;
const ACK: u8 = 16;

/// Our end of a connection.
pub struct Connection<'a> {
    port: &'a Port,
    ours: u16,
    theirs: u16,
    /// The next byte that we send.
    sequence: u32,
    /// The next byte that we await.
    awaited: u32,
}

/// What a received segment holds.
pub struct Segment {
    pub header: Header,
    pub frame: Vec<u8>,
    pub payload: Vec<u8>,
}

impl<'a> Connection<'a> {
    /// Connects to a listener of the host.
    pub fn connect(port: &'a Port, theirs: u16) -> Self {
        let mut connection = Connection { port, ours: 4321, theirs, sequence: 1000, awaited: 0 };
        connection.send_plain(SYN);
        connection.sequence += 1;
        connection.finish_handshake();
        connection
    }

    /// Answers a connection that the host has begun.
    pub fn accept(port: &'a Port, ours: u16) -> Self {
        let (_, syn) = port.receive(|frame| is_tcp(frame) && flags(frame) & SYN != 0);
        let mut connection = Connection {
            port,
            ours,
            theirs: u16::from_be_bytes([syn[34], syn[35]]),
            sequence: 1000,
            awaited: number(&syn, 38).wrapping_add(1),
        };
        connection.send_plain(SYN | ACK);
        connection.sequence += 1;
        connection
    }

    fn finish_handshake(&mut self) {
        let (_, answer) = self.port.receive(|frame| is_tcp(frame) && flags(frame) == SYN | ACK);
        self.awaited = number(&answer, 38).wrapping_add(1);
        self.send_plain(ACK);
    }

    /// Sends `data` as one frame, to be summed and cut by the host.
    pub fn send_whole(&mut self, data: &[u8]) {
        let frame = self.frame(ACK, &[], data, Sum::Partial);
        self.port.send(gso_header(frame::GSO_TCPV4, ETHERNET + 20), &frame);
        self.sequence = self.sequence.wrapping_add(data.len() as u32);
    }

    /// The next segment of the host that carries data, which is acknowledged.
    pub fn receive(&mut self) -> Segment {
        let has_data = |frame: &[u8]| is_tcp(frame) && !payload(frame).is_empty();
        let (header, frame) = self.port.receive(has_data);
        let payload = payload(&frame).to_vec();
        assert_eq!(number(&frame, 38), self.awaited, "out of order");
        self.awaited = self.awaited.wrapping_add(payload.len() as u32);
        self.send_plain(ACK);
        Segment { header, frame, payload }
    }

    /// Says that no more data will come.
    pub fn finish(&mut self) {
        self.send_plain(FIN | ACK);
    }

    fn send_plain(&self, flags: u8) {
        let mss = [2, 4, (MSS >> 8) as u8, MSS as u8];
        let options = if flags & SYN != 0 { &mss[..] } else { &[] };
        let frame = self.frame(flags, options, &[], Sum::Whole);
        self.port.send(Header::default(), &frame);
    }

    fn frame(&self, flags: u8, options: &[u8], data: &[u8], sum: Sum) -> Vec<u8> {
        let mut segment =
            segment(self.ours, self.theirs, self.sequence, self.awaited, flags, options);
        segment.extend(data);
        let addresses = frame::ipv4(STACK_IP, HOST_IP, PROTOCOL, &[]);
        let pseudo = frame::pseudo_header(&addresses, PROTOCOL, segment.len());
        let value = match sum {
            Sum::Whole => frame::checksum(&[&pseudo, &segment]),
            Sum::Partial => !frame::checksum(&[&pseudo]),
        };
        segment[16..18].copy_from_slice(&value.to_be_bytes());
        let packet = frame::ipv4(STACK_IP, HOST_IP, PROTOCOL, &segment);
        frame::ethernet(HOST_MAC, STACK_MAC, IPV4, &packet)
    }
}

/// Who makes the checksum: we, or the host from the pseudo header's.
enum Sum {
    Whole,
    Partial,
}

/// A TCP header with no checksum yet.
pub fn segment(
    from: u16,
    to: u16,
    sequence: u32,
    awaited: u32,
    flags: u8,
    options: &[u8],
) -> Vec<u8> {
    let mut bytes = [from.to_be_bytes(), to.to_be_bytes()].concat();
    bytes.extend([sequence.to_be_bytes(), awaited.to_be_bytes()].concat());
    let words = (HEADER + options.len()) / 4;
    bytes.extend([(words as u8) << 4, flags, 0xff, 0xff, 0, 0, 0, 0]);
    bytes.extend(options);
    bytes
}

/// The header of a frame to be cut into segments of [`MSS`] bytes.
pub fn gso_header(gso_type: u8, transport: usize) -> Header {
    Header {
        flags: frame::NEEDS_CSUM,
        gso_type,
        hdr_len: (transport + HEADER) as u16,
        gso_size: MSS,
        csum_start: transport as u16,
        csum_offset: 16,
    }
}

fn is_tcp(bytes: &[u8]) -> bool {
    frame::is(bytes, HOST_MAC, IPV4) && bytes[23] == PROTOCOL
}

fn flags(frame: &[u8]) -> u8 {
    frame[47] & 0x3f
}

fn payload(frame: &[u8]) -> &[u8] {
    let end = ETHERNET + usize::from(u16::from_be_bytes([frame[16], frame[17]]));
    &frame[ETHERNET + 20 + usize::from(frame[46] >> 4) * 4..end]
}

fn number(frame: &[u8], at: usize) -> u32 {
    u32::from_be_bytes(frame[at..at + 4].try_into().unwrap())
}

// SPDX-License-Identifier: GPL-2.0

//! What a whole packet becomes on a wire that cannot carry it: correct segments, each checked.

use std::os::fd::AsRawFd;

use libos_vif::{Kind, Vif};

use crate::{
    frame::{self, ETHERNET, Header, IPV4, IPV6},
    netns::{self, HOST_IP, HOST_MAC, STACK_IP, STACK_MAC},
    port::Port,
    tcp,
};

const MUCH: usize = 60_000;
const DATAGRAM: u16 = 1000;
const ACK: u8 = 0x10;
const CWR: u8 = 0x80;
const GSO_ECN: u8 = 0x80;

/// A packet to be cut.
#[derive(Clone, Copy, Debug)]
struct Case {
    ethertype: u16,
    protocol: u8,
    gso_type: u8,
    tcp_flags: u8,
}

const UDP: u8 = 17;

const CASES: [Case; 5] = [
    Case { ethertype: IPV4, protocol: tcp::PROTOCOL, gso_type: frame::GSO_TCPV4, tcp_flags: ACK },
    Case { ethertype: IPV6, protocol: tcp::PROTOCOL, gso_type: frame::GSO_TCPV6, tcp_flags: ACK },
    Case {
        ethertype: IPV4,
        protocol: tcp::PROTOCOL,
        gso_type: frame::GSO_TCPV4 | GSO_ECN,
        tcp_flags: ACK | CWR,
    },
    Case { ethertype: IPV4, protocol: UDP, gso_type: frame::GSO_UDP_L4, tcp_flags: 0 },
    Case { ethertype: IPV6, protocol: UDP, gso_type: frame::GSO_UDP_L4, tcp_flags: 0 },
];

impl Case {
    fn is_udp(self) -> bool {
        self.protocol == UDP
    }

    fn ip_length(self) -> usize {
        if self.ethertype == IPV4 { 20 } else { 40 }
    }

    fn transport_length(self) -> usize {
        if self.is_udp() { 8 } else { tcp::HEADER }
    }

    fn segment_size(self) -> usize {
        if self.is_udp() { DATAGRAM.into() } else { 1500 - self.ip_length() - tcp::HEADER }
    }

    fn header(self) -> Header {
        let transport = ETHERNET + self.ip_length();
        Header {
            hdr_len: (transport + self.transport_length()) as u16,
            gso_size: self.segment_size() as u16,
            csum_offset: if self.is_udp() { 6 } else { 16 },
            ..tcp::gso_header(self.gso_type, transport)
        }
    }

    fn frame(self, data: &[u8]) -> Vec<u8> {
        let mut transport = self.transport_header(data.len());
        let sum_at = usize::from(self.header().csum_offset);
        transport.extend(data);
        let pseudo = frame::pseudo_header(&self.packet(&[]), self.protocol, transport.len());
        let partial = !frame::checksum(&[&pseudo]);
        transport[sum_at..sum_at + 2].copy_from_slice(&partial.to_be_bytes());
        frame::ethernet(HOST_MAC, STACK_MAC, self.ethertype, &self.packet(&transport))
    }

    fn transport_header(self, data: usize) -> Vec<u8> {
        if self.is_udp() {
            let length = (8 + data) as u16;
            [[0, 7], [0, 9], length.to_be_bytes(), [0, 0]].concat()
        } else {
            tcp::segment(7, 9, 0, 0, self.tcp_flags, &[])
        }
    }

    fn packet(self, payload: &[u8]) -> Vec<u8> {
        let mapped = |ip: [u8; 4]| [&[0xfd; 12][..], &ip].concat().try_into().unwrap();
        match self.ethertype {
            IPV4 => frame::ipv4(STACK_IP, HOST_IP, self.protocol, payload),
            _ => frame::ipv6(mapped(STACK_IP), mapped(HOST_IP), self.protocol, payload),
        }
    }

    /// Checks one frame of the wire and returns its data.
    fn check(self, bytes: &[u8], sent: usize) -> &[u8] {
        let (ip, transport) = bytes[ETHERNET..].split_at(self.ip_length());
        if self.ethertype == IPV4 {
            assert_eq!(frame::checksum(&[ip]), 0, "IPv4 checksum");
            assert_eq!(ip[2..4], ((ip.len() + transport.len()) as u16).to_be_bytes());
        } else {
            assert_eq!(ip[4..6], (transport.len() as u16).to_be_bytes());
        }
        let pseudo = frame::pseudo_header(ip, self.protocol, transport.len());
        assert_eq!(frame::checksum(&[&pseudo, transport]), 0, "TCP or UDP checksum");
        if self.is_udp() {
            assert_eq!(transport[4..6], (transport.len() as u16).to_be_bytes());
        } else {
            assert_eq!(transport[4..8], (sent as u32).to_be_bytes(), "sequence number");
            assert_eq!(transport[13] & CWR != 0, self.tcp_flags & CWR != 0 && sent == 0);
        }
        &transport[self.transport_length()..]
    }
}

/// Writes each case on `port` and checks what comes out at `far`.
fn cut(port: &Port, far: &Port) {
    let data: Vec<u8> = (0..MUCH).map(|i| (i / 7 + i) as u8).collect();
    for case in CASES {
        port.send(case.header(), &case.frame(&data));
        let mut sent = 0;
        while sent < MUCH {
            let (header, bytes) = far.receive(|bytes| frame::is(bytes, STACK_MAC, case.ethertype));
            assert_eq!(header, Header::default(), "the wire left work over: {case:?}");
            let part = case.check(&bytes, sent);
            let expected = case.segment_size().min(MUCH - sent);
            assert_eq!(part, &data[sent..sent + expected], "{case:?} at {sent}");
            sent += part.len();
        }
    }
}

/// A wire whose near end can neither sum nor cut, so that the kernel must do it in software.
fn simple_wire() -> Port {
    netns::wire_to_host();
    set_checksums_off("wire");
    Port::listen("host")
}

fn set_checksums_off(interface: &str) {
    const ETHTOOL_STXCSUM: u32 = 0x17;
    let mut value = [ETHTOOL_STXCSUM, 0];
    // SAFETY: an ifreq is plain data for which zero is a value.
    let mut request: libc::ifreq = unsafe { std::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(interface.bytes()) {
        *to = from as libc::c_char;
    }
    request.ifr_ifru.ifru_data = (&raw mut value).cast();
    let socket = std::net::UdpSocket::bind("127.0.0.1:0").unwrap();
    // SAFETY: the request holds a pointer to an ethtool_value, which outlives the call.
    let result = unsafe {
        libc::ioctl(socket.as_raw_fd(), libc::SIOCETHTOOL as libc::Ioctl, &raw mut request)
    };
    assert_eq!(result, 0, "ethtool: {}", std::io::Error::last_os_error());
}

#[test]
fn raw_packets_become_correct_segments() {
    netns::within(|| {
        let far = simple_wire();
        let vif = Vif::open(Kind::Raw, "wire", STACK_MAC, 1500).unwrap();
        assert!(vif.offloads().uso6);
        cut(&Port::of(vif), &far);
    });
}

#[test]
fn tap_packets_become_correct_segments_behind_a_bridge() {
    netns::within(|| {
        let far = simple_wire();
        netns::ip("link add bridge type bridge");
        netns::ip("link set dev bridge up");
        netns::ip("link set dev wire master bridge");
        netns::ip("tuntap add dev tap0 mode tap");
        netns::ip("link set dev tap0 master bridge up");
        let vif = Vif::open(Kind::Tap, "tap0", STACK_MAC, 1500).unwrap();
        assert!(vif.offloads().uso6);
        netns::wait_up("tap0");
        cut(&Port::of(vif), &far);
    });
}

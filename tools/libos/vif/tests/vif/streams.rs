// SPDX-License-Identifier: GPL-2.0

//! Whole GSO packets between a virtual interface and the host's own TCP and UDP.

use std::{
    io::{Read, Write},
    net::{TcpListener, TcpStream, UdpSocket},
    os::fd::{AsRawFd, FromRawFd},
};

use libos_vif::{Kind, Vif};

use crate::{
    frame::{self, IPV4},
    netns::{self, HOST_MAC, STACK_MAC},
    port::Port,
    tcp::{Connection, MSS},
};

/// A frame of nearly the greatest length, in bytes of data.
const MUCH: usize = 60_000;

/// An open interface of this kind, with the host's stack at the other end.
fn joined(kind: Kind) -> Port {
    match kind {
        Kind::Tap => {
            let vif = Vif::open(kind, "tap0", STACK_MAC, 1500).unwrap();
            netns::host_station("tap0");
            Port::of(vif)
        }
        _ => {
            netns::wire_to_host();
            Port::of(Vif::open(kind, "wire", STACK_MAC, 1500).unwrap())
        }
    }
}

/// Data that shows a lost, repeated or misplaced piece.
fn pattern(length: usize) -> Vec<u8> {
    (0..length).map(|i| (i / 7 + i) as u8).collect()
}

/// One write is received by the host's TCP.
fn host_receives_whole_tcp(kind: Kind) {
    let port = joined(kind);
    let listener = TcpListener::bind("10.0.0.1:7777").unwrap();
    let mut connection = Connection::connect(&port, 7777);
    let (mut stream, _) = listener.accept().unwrap();
    connection.send_whole(&pattern(MUCH));
    connection.finish();
    let mut data = Vec::new();
    stream.read_to_end(&mut data).unwrap();
    assert_eq!(data, pattern(MUCH));
    assert_eq!(data_segments(&stream), counted(kind));
}

/// How many segments the host's TCP counts. A device that transmits has to know how many a packet
/// stands for; a TAP receives, and there the kernel leaves the packet whole and counts one.
fn counted(kind: Kind) -> u32 {
    match kind {
        Kind::Tap => 1,
        _ => MUCH.div_ceil(MSS.into()) as u32,
    }
}

/// What the host's TCP sends comes in packets longer than the mtu, with a header that says so.
fn stack_receives_whole_tcp(kind: Kind) {
    const LENGTH: usize = 8 * MSS as usize;
    let port = joined(kind);
    let mut stream = connect_nonblocking();
    let mut connection = Connection::accept(&port, 8888);
    wait_writable(&stream);
    stream.write_all(&pattern(LENGTH)).unwrap();
    let (mut data, mut longest) = (Vec::new(), 0);
    while data.len() < LENGTH {
        let segment = connection.receive();
        longest = longest.max(segment.frame.len());
        if segment.payload.len() > MSS.into() {
            assert_eq!(segment.header.flags, frame::NEEDS_CSUM);
            assert_eq!(segment.header.gso_type, frame::GSO_TCPV4);
            assert_eq!(segment.header.gso_size, MSS);
            assert_eq!(segment.header.csum_start, 34);
            assert_eq!(segment.header.csum_offset, 16);
        }
        data.extend(segment.payload);
    }
    assert_eq!(data, pattern(LENGTH));
    assert!(longest > 2 * usize::from(MSS), "longest frame {longest}");
}

/// The same with UDP, which the host's program asked to be cut.
fn stack_receives_whole_udp(kind: Kind) {
    const SIZE: i32 = 1000;
    let port = joined(kind);
    let socket = UdpSocket::bind("10.0.0.1:0").unwrap();
    set_segment(&socket, SIZE);
    socket.send_to(&pattern(8500), "10.0.0.2:9999").unwrap();
    let (header, frame) = port.receive(|bytes| frame::is(bytes, HOST_MAC, IPV4) && bytes[23] == 17);
    assert_eq!(header.flags, frame::NEEDS_CSUM);
    assert_eq!(header.gso_type, frame::GSO_UDP_L4);
    assert_eq!(i32::from(header.gso_size), SIZE);
    assert_eq!(frame[42..], pattern(8500));
}

/// Begins to connect to the stack, which answers in the same thread.
fn connect_nonblocking() -> TcpStream {
    let address = libc::sockaddr_in {
        sin_family: libc::AF_INET as u16,
        sin_port: 8888u16.to_be(),
        sin_addr: libc::in_addr { s_addr: u32::from_ne_bytes(netns::STACK_IP) },
        sin_zero: [0; 8],
    };
    // SAFETY: socket() takes no pointers, the address has the given length, and the descriptor is
    // new and only ours.
    unsafe {
        let fd = libc::socket(libc::AF_INET, libc::SOCK_STREAM | libc::SOCK_NONBLOCK, 0);
        libc::connect(fd, (&raw const address).cast(), size_of_val(&address) as u32);
        TcpStream::from_raw_fd(fd)
    }
}

/// Waits until the connection stands, and from then on blocks.
fn wait_writable(stream: &TcpStream) {
    let mut poll = libc::pollfd { fd: stream.as_raw_fd(), events: libc::POLLOUT, revents: 0 };
    // SAFETY: one pollfd, as the count says.
    let ready = unsafe { libc::poll(&raw mut poll, 1, 10_000) };
    assert_eq!(ready, 1, "no connection");
    stream.set_nonblocking(false).unwrap();
}

fn set_segment(socket: &UdpSocket, size: i32) {
    let length = size_of_val(&size) as u32;
    let value = (&raw const size).cast();
    // SAFETY: the pointer and the length are those of `size`.
    let result = unsafe {
        libc::setsockopt(socket.as_raw_fd(), libc::SOL_UDP, libc::UDP_SEGMENT, value, length)
    };
    assert_eq!(result, 0, "UDP_SEGMENT: {}", std::io::Error::last_os_error());
}

/// `tcpi_data_segs_in`: segments with data that the host's TCP has counted.
fn data_segments(stream: &TcpStream) -> u32 {
    const DATA_SEGS_IN: usize = 152;
    let mut info = [0u8; 256];
    let mut length = info.len() as u32;
    let value = info.as_mut_ptr().cast();
    // SAFETY: the pointers and the length are those of the variables.
    let result = unsafe {
        libc::getsockopt(stream.as_raw_fd(), libc::SOL_TCP, libc::TCP_INFO, value, &raw mut length)
    };
    assert_eq!(result, 0);
    u32::from_ne_bytes(info[DATA_SEGS_IN..DATA_SEGS_IN + 4].try_into().unwrap())
}

#[test]
fn tap_gives_whole_tcp_to_the_host() {
    netns::within(|| host_receives_whole_tcp(Kind::Tap));
}

#[test]
fn raw_gives_whole_tcp_to_the_host() {
    netns::within(|| host_receives_whole_tcp(Kind::Raw));
}

#[test]
fn tap_takes_whole_tcp_from_the_host() {
    netns::within(|| stack_receives_whole_tcp(Kind::Tap));
}

#[test]
fn raw_takes_whole_tcp_from_the_host() {
    netns::within(|| stack_receives_whole_tcp(Kind::Raw));
}

#[test]
fn tap_takes_whole_udp_from_the_host() {
    netns::within(|| stack_receives_whole_udp(Kind::Tap));
}

#[test]
fn raw_takes_whole_udp_from_the_host() {
    netns::within(|| stack_receives_whole_udp(Kind::Raw));
}

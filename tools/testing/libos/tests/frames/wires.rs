// SPDX-License-Identifier: GPL-2.0

//! The other end of each backend.

use std::ffi::CString;
use std::io::{self, Read, Write};
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::net::{UnixDatagram, UnixStream};
use std::process::Command;
use std::time::Duration;

use libos_vif::ring::{Outcome, Piece, Shared};
use libos_vif::{Kind, Vif, Wire};

use crate::stack::{MAC, Stack};

/// TUN_F_CSUM, TSO4, TSO6, ECN.
const OFFLOAD: u32 = 0xf;
const LARGEST: usize = libos_vif::HEADER_LEN + libos_vif::FRAME_MAX;

type Send = Box<dyn FnMut([u8; 10], &[u8]) -> bool>;

/// What is sent and received at the other end.
pub struct Wires {
    send: Send,
    receive: Box<dyn FnMut() -> Option<Vec<u8>>>,
}

impl Wires {
    /// Whether the host took it.
    pub fn send(&mut self, header: [u8; 10], frame: &[u8]) -> bool {
        (self.send)(header, frame)
    }

    /// A frame without its header, if there is one.
    pub fn receive(&mut self) -> Option<Vec<u8>> {
        (self.receive)()
    }
}

fn rest() {
    std::thread::sleep(Duration::from_micros(50));
}

/// Sends, waiting for room. What the host cannot cut into segments it drops, with ENOBUFS.
fn with_room(mut send: impl FnMut() -> io::Result<usize>) -> bool {
    loop {
        match send() {
            Ok(_) => return true,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => rest(),
            Err(_) => return false,
        }
    }
}

/// A pair of sockets.
pub fn descriptor(stack: &Stack) -> Wires {
    let (own, its) = UnixDatagram::pair().unwrap();
    own.set_nonblocking(true).unwrap();
    its.set_nonblocking(true).unwrap();
    stack.add((Wire::Frames(OwnedFd::from(its)), None), OFFLOAD);
    let receiver = own.try_clone().unwrap();
    let mut sent = 0u32;
    Wires {
        send: Box::new(move |header, frame| {
            let mut bytes = [&header[..], frame].concat();
            sent += 1;
            if sent.is_multiple_of(1000) {
                bytes.truncate(sent as usize / 1000 % 24);
            }
            with_room(|| own.send(&bytes))
        }),
        receive: Box::new(move || {
            let mut bytes = vec![0; LARGEST];
            let len = receiver.recv(&mut bytes).ok()?;
            Some(bytes[10..len].to_vec())
        }),
    }
}

fn namespace() {
    // SAFETY: the thread has nothing in its old namespace.
    assert_eq!(unsafe { libc::unshare(libc::CLONE_NEWNET) }, 0, "run these tests as root");
}

fn ip(words: &str) {
    let status = Command::new("ip").args(words.split_whitespace()).status().expect("ip");
    assert!(status.success(), "ip {words}");
}

fn wire() {
    namespace();
    ip("link add wire type veth peer name host");
    ip("link set dev wire up");
    ip("link set dev host addrgenmode none up");
}

pub fn tap(stack: &Stack) -> Wires {
    namespace();
    stack.add(Vif::open(Kind::Tap, "tap0", MAC, 1500).unwrap().into_wire(), OFFLOAD);
    packets("tap0")
}

pub fn raw(stack: &Stack) -> Wires {
    wire();
    stack.add(Vif::open(Kind::Raw, "wire", MAC, 1500).unwrap().into_wire(), OFFLOAD);
    packets("host")
}

pub fn xdp(stack: &Stack) -> Wires {
    wire();
    // SAFETY: the memory of the device that is added next.
    let vif = unsafe { Vif::xdp("wire", MAC, stack.instance.next_device_memory()) };
    stack.add(vif.unwrap().into_wire(), 0);
    packets("host")
}

/// A packet socket with headers, which the host checks in part.
fn packets(interface: &str) -> Wires {
    let socket = packet_socket(interface);
    let receiver = socket.as_raw_fd();
    Wires {
        send: Box::new(move |header, frame| {
            let pieces = [piece(&header), piece(frame)];
            with_room(|| {
                // SAFETY: two slices.
                let sent = unsafe { libc::writev(socket.as_raw_fd(), pieces.as_ptr(), 2) };
                usize::try_from(sent).map_err(|_| io::Error::last_os_error())
            })
        }),
        receive: Box::new(move || {
            let mut bytes = vec![0u8; LARGEST];
            // SAFETY: so many writable bytes; `send` keeps the socket.
            let len = unsafe { libc::read(receiver, bytes.as_mut_ptr().cast(), LARGEST) };
            let len = usize::try_from(len).ok()?;
            Some(bytes[10..len].to_vec())
        }),
    }
}

fn packet_socket(interface: &str) -> OwnedFd {
    let name = CString::new(interface).unwrap();
    let protocol = (libc::ETH_P_ARP as u16).to_be();
    // SAFETY: socket() takes no pointers, the name is a C string, and the address and the option
    // are plain data of the given lengths. The descriptor is new and only ours.
    unsafe {
        let kind = libc::SOCK_RAW | libc::SOCK_NONBLOCK | libc::SOCK_CLOEXEC;
        let fd = libc::socket(libc::AF_PACKET, kind, 0);
        assert!(fd >= 0, "packet socket: {}", io::Error::last_os_error());
        let yes = 1i32;
        let at = (&raw const yes).cast();
        libc::setsockopt(fd, libc::SOL_PACKET, libc::PACKET_VNET_HDR, at, 4);
        let mut address: libc::sockaddr_ll = std::mem::zeroed();
        address.sll_family = libc::AF_PACKET as u16;
        address.sll_protocol = protocol;
        address.sll_ifindex = libc::if_nametoindex(name.as_ptr()) as i32;
        let length = size_of::<libc::sockaddr_ll>() as u32;
        let bound = libc::bind(fd, (&raw const address).cast(), length);
        assert_eq!(bound, 0, "bind: {}", io::Error::last_os_error());
        OwnedFd::from_raw_fd(fd)
    }
}

fn piece(bytes: &[u8]) -> Piece {
    Piece { iov_base: bytes.as_ptr().cast_mut().cast(), iov_len: bytes.len() }
}

/// The other side of a link, which every so often writes where it should not.
pub fn link(stack: &Stack) -> Wires {
    let name = format!("frames-{}", std::process::id());
    let open = || Vif::open(Kind::Pipe, &name, MAC, 1500).unwrap().into_wire();
    stack.add(open(), OFFLOAD);
    let (Wire::Pipe(end), keeper) = open() else { panic!("no link") };
    let access = libc::PROT_READ | libc::PROT_WRITE;
    let (size, fd) = (size_of::<Shared>(), end.memory.as_raw_fd());
    // SAFETY: a new mapping of the whole file, which stays.
    let shared = unsafe {
        let at = libc::mmap(std::ptr::null_mut(), size, access, libc::MAP_SHARED, fd, 0);
        assert!(at != libc::MAP_FAILED);
        &*at.cast::<Shared>()
    };
    let memory = std::ptr::from_ref(shared).cast::<u8>().cast_mut();
    let bell = std::fs::File::from(end.other_bell);
    let (own, other) = (&shared.rings[end.side], &shared.rings[1 - end.side]);
    let (mut number, side, kept) = (0usize, end.side, (keeper, end.memory, end.bell));
    Wires {
        send: Box::new(move |header, frame| {
            let _ = &kept;
            number += 1;
            if number.is_multiple_of(5003) {
                // A count, or a length somewhere.
                let ring = std::mem::offset_of!(Shared, rings) + side * size_of_val(own);
                let at = ring + if number % 2 == 0 { 64 } else { 4096 + number * 8 % 500_000 };
                // SAFETY: within the mapping, and aligned.
                unsafe { memory.add(at).cast::<u64>().write_volatile(number as u64 * 0x9e37) };
            }
            loop {
                // SAFETY: two slices.
                match unsafe { own.append(&[piece(&header), piece(frame)]) } {
                    Outcome::Passed { ring: true, .. } => return (&bell).write(&[0]).is_ok(),
                    Outcome::Passed { .. } => return true,
                    Outcome::Blocked => rest(),
                    Outcome::Broken => return false,
                }
            }
        }),
        receive: Box::new(move || {
            let mut bytes = vec![0u8; LARGEST];
            let space = Piece { iov_base: bytes.as_mut_ptr().cast(), iov_len: bytes.len() };
            // SAFETY: a slice of our own.
            match unsafe { other.take(&[space]) } {
                Outcome::Passed { len, .. } => {
                    bytes.truncate(len);
                    Some(bytes.split_off(10.min(len)))
                }
                _ => None,
            }
        }),
    }
}

/// A stream, as passt's.
pub fn stream(stack: &Stack) -> Wires {
    let (own, its) = UnixStream::pair().unwrap();
    its.set_nonblocking(true).unwrap();
    stack.add((Wire::Stream(OwnedFd::from(its)), None), 0);
    let mut receiver = own.try_clone().unwrap();
    receiver.set_read_timeout(Some(Duration::from_millis(10))).unwrap();
    let (mut own, mut number) = (own, 0u32);
    Wires {
        send: Box::new(move |_, frame| {
            number += 1;
            if number.is_multiple_of(10_007) {
                // What is behind a length that no frame has is lost: nothing is, if it is alone.
                drained(&own);
                own.write_all(&number.wrapping_mul(0x9e37_79b9).to_be_bytes()).unwrap();
                drained(&own);
            }
            let fits = (14..=libos_vif::FRAME_MAX).contains(&frame.len());
            let length = (frame.len() as u32).to_be_bytes();
            fits && own.write_all(&[&length[..], frame].concat()).is_ok()
        }),
        receive: Box::new(move || {
            let mut length = [0; 4];
            receiver.read_exact(&mut length).ok()?;
            let mut frame = vec![0; u32::from_be_bytes(length) as usize];
            receiver.read_exact(&mut frame).ok()?;
            Some(frame)
        }),
    }
}

fn drained(stream: &UnixStream) {
    let mut left = 1i32;
    while left > 0 {
        rest();
        // SAFETY: the request writes a number.
        let asked = unsafe { libc::ioctl(stream.as_raw_fd(), libc::TIOCOUTQ, &raw mut left) };
        assert_eq!(asked, 0, "{}", io::Error::last_os_error());
    }
}

// SPDX-License-Identifier: GPL-2.0

//! Frames in and out of a descriptor, and a packet socket of the test's own to compare with.

use std::{
    ffi::CString,
    fs::File,
    io::{self, ErrorKind, Read, Write},
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
    time::{Duration, Instant},
};

use libos_vif::{FRAME_MAX, HEADER_LEN, Vif, Wire};

use crate::frame::Header;

/// A test that waits longer has failed; it is no measure of speed.
const PATIENCE: Duration = Duration::from_secs(10);
/// Long enough to say that nothing comes, on the same machine.
const SILENCE: Duration = Duration::from_millis(200);

/// The descriptor that carries the frames.
pub fn fd(vif: Vif) -> OwnedFd {
    match vif.into_wire() {
        (Wire::Frames(fd), None) => fd,
        other => panic!("no descriptor of frames: {other:?}"),
    }
}

/// A descriptor that carries a virtio-net header and a frame at a time.
pub struct Port(File);

impl Port {
    /// The stack's end.
    pub fn of(vif: Vif) -> Self {
        Port(File::from(fd(vif)))
    }

    /// A packet socket on a host interface, bound to all protocols and with no filter.
    pub fn listen(interface: &str) -> Self {
        let name = CString::new(interface).unwrap();
        let protocol = (libc::ETH_P_ALL as u16).to_be();
        // SAFETY: socket() takes no pointers, the name is a C string, and the address and the
        // option are plain data of the given lengths. The descriptor is new and only ours.
        unsafe {
            let fd = libc::socket(libc::AF_PACKET, libc::SOCK_RAW | libc::SOCK_NONBLOCK, 0);
            assert!(fd >= 0, "packet socket: {}", io::Error::last_os_error());
            let file = File::from_raw_fd(fd);
            let yes = 1i32;
            libc::setsockopt(
                fd,
                libc::SOL_PACKET,
                libc::PACKET_VNET_HDR,
                (&raw const yes).cast(),
                4,
            );
            let mut address: libc::sockaddr_ll = std::mem::zeroed();
            address.sll_family = libc::AF_PACKET as u16;
            address.sll_protocol = protocol;
            address.sll_ifindex = libc::if_nametoindex(name.as_ptr()) as i32;
            let length = size_of::<libc::sockaddr_ll>() as u32;
            let bound = libc::bind(fd, (&raw const address).cast(), length);
            assert_eq!(bound, 0, "bind: {}", io::Error::last_os_error());
            Port(file)
        }
    }

    /// Writes one frame, whole.
    pub fn send(&self, header: Header, frame: &[u8]) {
        let bytes = [&header.bytes()[..], frame].concat();
        assert_eq!((&self.0).write(&bytes).expect("send"), bytes.len());
    }

    /// The next frame, if there is one now.
    pub fn try_receive(&self) -> io::Result<(Header, Vec<u8>)> {
        let mut buffer = vec![0; HEADER_LEN + FRAME_MAX];
        let length = (&self.0).read(&mut buffer)?;
        assert!(length > HEADER_LEN, "a frame of {length} bytes");
        let frame = buffer[HEADER_LEN..length].to_vec();
        Ok((Header::read(&buffer), frame))
    }

    /// The next frame that is `wanted`; others are passed over.
    pub fn receive(&self, wanted: impl Fn(&[u8]) -> bool) -> (Header, Vec<u8>) {
        self.receive_for(PATIENCE, wanted).expect("the frame did not come")
    }

    /// Nothing `unwanted` comes.
    pub fn expect_silence(&self, unwanted: impl Fn(&[u8]) -> bool) {
        let frame = self.receive_for(SILENCE, unwanted);
        assert!(frame.is_none(), "came: {frame:02x?}");
    }

    fn receive_for(
        &self,
        time: Duration,
        wanted: impl Fn(&[u8]) -> bool,
    ) -> Option<(Header, Vec<u8>)> {
        let end = Instant::now() + time;
        while let Some(left) = end.checked_duration_since(Instant::now()) {
            match self.try_receive() {
                Ok((header, frame)) if wanted(&frame) => return Some((header, frame)),
                Ok(_) => {}
                Err(error) if error.kind() == ErrorKind::WouldBlock => self.wait(left),
                Err(error) => panic!("receive: {error}"),
            }
        }
        None
    }

    fn wait(&self, time: Duration) {
        let mut poll = libc::pollfd { fd: self.0.as_raw_fd(), events: libc::POLLIN, revents: 0 };
        // SAFETY: one pollfd, as the count says.
        unsafe { libc::poll(&raw mut poll, 1, time.as_millis() as i32 + 1) };
    }
}

// SPDX-License-Identifier: GPL-2.0

//! The way out without a privilege: passt(1), which speaks to the stack as a network of one station
//! and one router, and to the host as any program does, with sockets.
//!
//! A frame on its stream is its length, 32 bits in the order of the network, and the Ethernet frame.
//! There is no header: neither side leaves checksums or segmentation to the other, but a packet may
//! have 65,520 bytes.
//!
//! passt drops what its stream has no room for, and notices late. So a connection is to have no more
//! than [`WINDOW`] bytes under way to the stack: the way is short, and needs no more.
//!
//! passt forwards TCP, UDP and echo requests to wherever the host can send, but not to the host
//! itself, and nothing comes in that the stack has not asked for. It ends when the stack has closed
//! its side.

use std::{
    fs::File,
    io::{self, Read, Seek},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    os::{
        fd::{AsFd, AsRawFd, FromRawFd, OwnedFd},
        unix::{net::UnixStream, process::CommandExt},
    },
    process::{Command, Stdio},
};

use crate::{Offloads, Vif, VifError, Wire, sys};

/// The program.
const PASST: &str = "passt";
/// The longest packet that passt takes.
const LARGEST_MTU: u32 = 65_520;

/// What fits into the stream, with what the host adds to it, where a user may not have more.
pub const WINDOW: u32 = 256 << 10;
/// Room that is asked for; the host gives as much as `net.core.wmem_max` allows.
const ROOM: libc::c_int = 4 << 20;

/// What passt is told of the network that it makes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Network {
    /// The stack's address, and its prefix.
    pub address: Option<(Ipv4Addr, u8)>,
    /// The stack's address in IPv6.
    pub address6: Option<Ipv6Addr>,
    /// The router's.
    pub gateways: Vec<IpAddr>,
    /// Where the stack asks for names; passt passes that on to the host's name server.
    pub resolver: Option<IpAddr>,
}

impl Network {
    fn arguments(&self) -> Vec<String> {
        let mut all = Vec::new();
        let mut add = |flag: &str, value: String| all.extend([flag.to_owned(), value]);
        if let Some((address, prefix)) = self.address {
            add("--address", address.to_string());
            add("--netmask", prefix.to_string());
        }
        if let Some(address) = self.address6 {
            add("--address", address.to_string());
        }
        for gateway in &self.gateways {
            add("--gateway", gateway.to_string());
        }
        if let Some(resolver) = self.resolver {
            add("--dns-forward", resolver.to_string());
        }
        all
    }
}

/// Starts passt. `name` is what messages call the interface.
pub(crate) fn open(name: &str, network: &Network) -> Result<Vif, VifError> {
    let refused = |source| VifError::Host { name: name.to_owned(), action: "start passt", source };
    let (own, its) = UnixStream::pair().map_err(refused)?;
    own.set_nonblocking(true).map_err(refused)?;
    let mut said = memory_file().map_err(refused)?;
    let its = OwnedFd::from(its);
    for end in [its.as_fd(), own.as_fd()] {
        sys::setsockopt(end, libc::SOL_SOCKET, libc::SO_SNDBUF, &ROOM).map_err(refused)?;
    }
    let mut command = Command::new(PASST);
    command
        .args(["--fd", &its.as_raw_fd().to_string(), "--quiet", "--no-map-gw"])
        .args(network.arguments())
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(said.try_clone().map_err(refused)?);
    let fd = its.as_raw_fd();
    // SAFETY: a call of the host.
    unsafe {
        command.pre_exec(move || sys::check(libc::fcntl(fd, libc::F_SETFD, 0)).map(drop));
    }
    // It goes into the background when it is ready.
    let status = command.status().map_err(|source| match source.kind() {
        io::ErrorKind::NotFound => VifError::NoPasst { name: name.to_owned() },
        _ => refused(source),
    })?;
    if !status.success() {
        return Err(VifError::Passt { name: name.to_owned(), said: read_back(&mut said) });
    }
    let wire = Wire::Stream(own.into());
    Ok(Vif { wire, offloads: Offloads::default(), mtu: LARGEST_MTU, keeper: None })
}

fn memory_file() -> io::Result<File> {
    // SAFETY: makes a descriptor.
    let fd = sys::check(unsafe { libc::memfd_create(c"passt".as_ptr(), libc::MFD_CLOEXEC) })?;
    // SAFETY: the kernel has just made it for us and nobody else knows it.
    Ok(unsafe { File::from_raw_fd(fd) })
}

/// What passt has written, less its complaints that it could not write that to the system's log.
fn read_back(said: &mut File) -> String {
    let mut bytes = Vec::new();
    let read = said.rewind().and_then(|()| said.read_to_end(&mut bytes));
    let text = String::from_utf8_lossy(&bytes).into_owned();
    let lines = text.lines().filter(|line| !line.is_empty() && !line.contains("to syslog"));
    match (read, lines.collect::<Vec<_>>().join("; ")) {
        (Ok(_), said) if !said.is_empty() => said,
        _ => "no reason given".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_network_is_said_in_flags() {
        let network = Network {
            address: Some(([10, 0, 2, 15].into(), 24)),
            address6: None,
            gateways: vec![[10, 0, 2, 2].into()],
            resolver: Some([10, 0, 2, 3].into()),
        };
        let arguments = network.arguments().join(" ");
        let expected = "--address 10.0.2.15 --netmask 24 --gateway 10.0.2.2 --dns-forward 10.0.2.3";
        assert_eq!(arguments, expected);
        assert!(Network::default().arguments().is_empty());
    }

    #[test]
    fn complaints_about_the_log_are_left_out() -> io::Result<()> {
        let mut said = memory_file()?;
        io::Write::write_all(&mut said, b"Failed to send 5 bytes to syslog\nNo interface\n\n")?;
        assert_eq!(read_back(&mut said), "No interface");
        assert_eq!(read_back(&mut memory_file()?), "no reason given");
        Ok(())
    }
}

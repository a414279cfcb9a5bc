// SPDX-License-Identifier: GPL-2.0

//! Configuring the instance over rtnetlink(7), through its own system calls.
//!
//! Four requests, each of a fixed form: the messages are built by netlink-packet-route, sent and
//! acknowledged here, as no crate speaks to a kernel that is not the host's.

use std::io;
use std::net::IpAddr;

use libos_host::Thread;
use netlink_packet_core::{
    NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REQUEST, NetlinkMessage, NetlinkPayload,
};
use netlink_packet_route::AddressFamily;
use netlink_packet_route::RouteNetlinkMessage;
use netlink_packet_route::address::{AddressAttribute, AddressMessage};
use netlink_packet_route::link::{LinkAttribute, LinkFlags, LinkMessage};
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteMetric, RouteProtocol,
    RouteScope, RouteType,
};

/// A netlink socket of the instance.
pub struct Netlink<'a> {
    thread: &'a Thread,
    fd: usize,
}

impl<'a> Netlink<'a> {
    pub fn open(thread: &'a Thread) -> io::Result<Self> {
        let args = [libc::AF_NETLINK as usize, libc::SOCK_RAW as usize, 0, 0, 0, 0];
        let fd = checked(thread.syscall(libc::SYS_socket, args))?;
        Ok(Self { thread, fd })
    }

    /// The index of an interface.
    pub fn index(&self, name: &str) -> io::Result<u32> {
        // SAFETY: valid when zeroed.
        let mut request: libc::ifreq = unsafe { core::mem::zeroed() };
        for (to, from) in request.ifr_name[..libc::IFNAMSIZ - 1].iter_mut().zip(name.bytes()) {
            *to = from as libc::c_char;
        }
        let at = &raw mut request as usize;
        // ioctl(2) on a netlink socket reaches the interface requests as on any other.
        let args = [self.fd, libc::SIOCGIFINDEX as usize, at, 0, 0, 0];
        checked(self.thread.syscall(libc::SYS_ioctl, args))?;
        // SAFETY: the request fills in this member.
        Ok(unsafe { request.ifr_ifru.ifru_ifindex } as u32)
    }

    /// Brings an interface up.
    pub fn up(&mut self, index: u32) -> io::Result<()> {
        let mut message = LinkMessage::default();
        message.header.index = index;
        message.header.flags = LinkFlags::Up;
        message.header.change_mask = LinkFlags::Up;
        self.request(RouteNetlinkMessage::SetLink(message), 0)
    }

    /// Gives an interface an address.
    pub fn add_address(&mut self, index: u32, address: IpAddr, prefix: u8) -> io::Result<()> {
        let mut message = AddressMessage::default();
        message.header.family = family(address);
        message.header.index = index;
        message.header.prefix_len = prefix;
        message.attributes.push(AddressAttribute::Local(address));
        message.attributes.push(AddressAttribute::Address(address));
        if let (IpAddr::V4(address), ..31) = (address, prefix) {
            let host_bits = u32::MAX.checked_shr(u32::from(prefix)).unwrap_or(0);
            let broadcast = (address.to_bits() | host_bits).into();
            message.attributes.push(AddressAttribute::Broadcast(broadcast));
        }
        self.request(RouteNetlinkMessage::NewAddress(message), NLM_F_CREATE | NLM_F_EXCL)
    }

    /// Adds a route through a gateway, which is behind interface `index` if that is known. A peer of
    /// TCP there may have `window` bytes under way.
    pub fn add_route(
        &mut self,
        network: IpAddr,
        prefix: u8,
        gateway: IpAddr,
        index: Option<u32>,
        window: Option<u32>,
    ) -> io::Result<()> {
        let mut message = RouteMessage::default();
        message.header.address_family = family(network);
        message.header.destination_prefix_length = prefix;
        message.header.table = RouteHeader::RT_TABLE_MAIN;
        message.header.protocol = RouteProtocol::Static;
        message.header.scope = RouteScope::Universe;
        message.header.kind = RouteType::Unicast;
        if prefix > 0 {
            message.attributes.push(RouteAttribute::Destination(route_address(network)));
        }
        message.attributes.push(RouteAttribute::Gateway(route_address(gateway)));
        message.attributes.extend(index.map(RouteAttribute::Oif));
        let window = window.map(RouteMetric::Window);
        message.attributes.extend(window.map(|window| RouteAttribute::Metrics(vec![window])));
        self.request(RouteNetlinkMessage::NewRoute(message), NLM_F_CREATE | NLM_F_EXCL)
    }

    /// The interfaces.
    pub fn links(&mut self) -> io::Result<Vec<Link>> {
        let all = self.dump(RouteNetlinkMessage::GetLink(LinkMessage::default()))?;
        Ok(all.into_iter().filter_map(Link::of).collect())
    }

    /// The addresses: the index of an interface, the address, its prefix.
    pub fn addresses(&mut self) -> io::Result<Vec<(u32, IpAddr, u8)>> {
        let all = self.dump(RouteNetlinkMessage::GetAddress(AddressMessage::default()))?;
        let of = |message| {
            let RouteNetlinkMessage::NewAddress(message) = message else { return None };
            let address = message.attributes.iter().find_map(|attribute| match attribute {
                AddressAttribute::Address(address) => Some(*address),
                _ => None,
            })?;
            Some((message.header.index, address, message.header.prefix_len))
        };
        Ok(all.into_iter().filter_map(of).collect())
    }

    /// Whether there is a file below /proc/sys.
    pub fn has_sysctl(&self, path: &str) -> bool {
        let path = format!("/proc/sys/{path}\0");
        let args = [path.as_ptr() as usize, libc::F_OK as usize, 0, 0, 0, 0];
        self.thread.syscall(libc::SYS_access, args) == 0
    }

    /// Writes a file below /proc/sys.
    pub fn write_sysctl(&mut self, path: &str, value: &str) -> io::Result<()> {
        let path = format!("/proc/sys/{path}\0");
        let args = [path.as_ptr() as usize, libc::O_WRONLY as usize, 0, 0, 0, 0];
        let fd = checked(self.thread.syscall(libc::SYS_open, args))?;
        let args = [fd, value.as_ptr() as usize, value.len(), 0, 0, 0];
        let written = checked(self.thread.syscall(libc::SYS_write, args));
        self.thread.syscall(libc::SYS_close, [fd, 0, 0, 0, 0, 0]);
        written.map(drop)
    }

    fn request(&mut self, message: RouteNetlinkMessage, flags: u16) -> io::Result<()> {
        self.send(message, NLM_F_ACK | flags)?;
        self.acknowledgement()
    }

    fn dump(&mut self, message: RouteNetlinkMessage) -> io::Result<Vec<RouteNetlinkMessage>> {
        self.send(message, NLM_F_DUMP)?;
        let mut all = Vec::new();
        loop {
            for message in self.receive()? {
                match message.payload {
                    NetlinkPayload::InnerMessage(message) => all.push(message),
                    NetlinkPayload::Done(_) => return Ok(all),
                    NetlinkPayload::Error(error) => return Err(error.to_io()),
                    _ => {}
                }
            }
        }
    }

    fn send(&mut self, message: RouteNetlinkMessage, flags: u16) -> io::Result<()> {
        let mut message = NetlinkMessage::from(message);
        message.header.flags = NLM_F_REQUEST | flags;
        message.finalize();
        let mut bytes = vec![0u8; message.buffer_len()];
        message.serialize(&mut bytes);
        let args = [self.fd, bytes.as_ptr() as usize, bytes.len(), 0, 0, 0];
        checked(self.thread.syscall(libc::SYS_sendto, args)).map(drop)
    }

    /// The messages of one datagram.
    fn receive(&mut self) -> io::Result<Vec<NetlinkMessage<RouteNetlinkMessage>>> {
        const ALIGN: usize = 4;
        let mut bytes = vec![0u8; 32 << 10];
        let args = [self.fd, bytes.as_mut_ptr() as usize, bytes.len(), 0, 0, 0];
        let len = checked(self.thread.syscall(libc::SYS_recvfrom, args))?;
        let mut rest = &bytes[..len];
        let mut messages = Vec::new();
        while !rest.is_empty() {
            let message = NetlinkMessage::<RouteNetlinkMessage>::deserialize(rest)
                .map_err(|error| io::Error::other(error.to_string()))?;
            let len = (message.header.length as usize).max(1).next_multiple_of(ALIGN);
            rest = rest.get(len..).unwrap_or_default();
            messages.push(message);
        }
        Ok(messages)
    }

    fn acknowledgement(&mut self) -> io::Result<()> {
        let message = self.receive()?.pop();
        let missing = || io::Error::other("no answer");
        match message.ok_or_else(missing)?.payload {
            NetlinkPayload::Error(error) => match error.code {
                None => Ok(()),
                Some(code) => Err(io::Error::from_raw_os_error(-code.get())),
            },
            _ => Err(io::Error::other("an answer that is no acknowledgement")),
        }
    }
}

/// What is asked of an interface.
pub struct Link {
    pub index: u32,
    pub name: String,
    /// Packets.
    pub received: u64,
    pub sent: u64,
}

impl Link {
    fn of(message: RouteNetlinkMessage) -> Option<Self> {
        let RouteNetlinkMessage::NewLink(message) = message else { return None };
        let mut link =
            Link { index: message.header.index, name: String::new(), received: 0, sent: 0 };
        for attribute in message.attributes {
            match attribute {
                LinkAttribute::IfName(name) => link.name = name,
                LinkAttribute::Stats64(stats) => {
                    (link.received, link.sent) = (stats.rx_packets, stats.tx_packets);
                }
                _ => {}
            }
        }
        Some(link)
    }
}

impl Drop for Netlink<'_> {
    fn drop(&mut self) {
        self.thread.syscall(libc::SYS_close, [self.fd, 0, 0, 0, 0, 0]);
    }
}

fn family(address: IpAddr) -> AddressFamily {
    match address {
        IpAddr::V4(_) => AddressFamily::Inet,
        IpAddr::V6(_) => AddressFamily::Inet6,
    }
}

fn route_address(address: IpAddr) -> RouteAddress {
    match address {
        IpAddr::V4(address) => RouteAddress::Inet(address),
        IpAddr::V6(address) => RouteAddress::Inet6(address),
    }
}

/// The result of a system call, as std has it.
fn checked(result: isize) -> io::Result<usize> {
    usize::try_from(result).map_err(|_| io::Error::from_raw_os_error(-result as i32))
}

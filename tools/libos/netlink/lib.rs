// SPDX-License-Identifier: GPL-2.0

//! Configuring an instance over rtnetlink(7): links, addresses, routes.
//!
//! The messages are built by netlink-packet-route, and sent and acknowledged here, as no crate speaks
//! to a kernel that is not the host's. How bytes come to the kernel is a [`Channel`].

mod address;
mod link;
mod route;

use std::io;
use std::net::IpAddr;

use netlink_packet_core::{
    NLM_F_ACK, NLM_F_CREATE, NLM_F_DUMP, NLM_F_EXCL, NLM_F_REQUEST, NetlinkMessage, NetlinkPayload,
};
use netlink_packet_route::AddressFamily;
use netlink_packet_route::RouteNetlinkMessage as Message;

pub use address::Address;
pub use link::Link;
pub use route::Route;

/// A netlink socket of some kernel, of the protocol NETLINK_ROUTE.
pub trait Channel {
    /// Sends one datagram.
    fn send(&mut self, bytes: &[u8]) -> io::Result<()>;
    /// Receives one datagram, and returns its length.
    fn receive(&mut self, bytes: &mut [u8]) -> io::Result<usize>;
}

/// Requests over a channel.
pub struct Netlink<C> {
    channel: C,
}

impl<C: Channel> Netlink<C> {
    pub fn new(channel: C) -> Self {
        Self { channel }
    }

    /// What the requests go through.
    pub fn channel(&self) -> &C {
        &self.channel
    }

    /// Has something made that must not be there.
    fn create(&mut self, message: Message) -> io::Result<()> {
        self.request(message, NLM_F_CREATE | NLM_F_EXCL)
    }

    fn request(&mut self, message: Message, flags: u16) -> io::Result<()> {
        self.send(message, NLM_F_ACK | flags)?;
        self.acknowledgement()
    }

    fn dump(&mut self, message: Message) -> io::Result<Vec<Message>> {
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

    fn send(&mut self, message: Message, flags: u16) -> io::Result<()> {
        let mut message = NetlinkMessage::from(message);
        message.header.flags = NLM_F_REQUEST | flags;
        message.finalize();
        let mut bytes = vec![0u8; message.buffer_len()];
        message.serialize(&mut bytes);
        self.channel.send(&bytes)
    }

    /// The messages of one datagram.
    fn receive(&mut self) -> io::Result<Vec<NetlinkMessage<Message>>> {
        const ALIGN: usize = 4;
        let mut bytes = vec![0u8; 32 << 10];
        let len = self.channel.receive(&mut bytes)?;
        let mut rest = &bytes[..len];
        let mut messages = Vec::new();
        while !rest.is_empty() {
            let message = NetlinkMessage::<Message>::deserialize(rest)
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

fn family(address: IpAddr) -> AddressFamily {
    match address {
        IpAddr::V4(_) => AddressFamily::Inet,
        IpAddr::V6(_) => AddressFamily::Inet6,
    }
}

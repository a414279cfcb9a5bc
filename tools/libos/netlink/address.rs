// SPDX-License-Identifier: GPL-2.0

//! Addresses of interfaces.

use std::io;
use std::net::IpAddr;

use netlink_packet_route::RouteNetlinkMessage as Message;
use netlink_packet_route::address::{AddressAttribute, AddressMessage, AddressScope};

use crate::{Channel, Netlink, family};

/// An address of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Address {
    /// Of the interface.
    pub index: u32,
    pub address: IpAddr,
    pub prefix: u8,
    /// As in `<linux/rtnetlink.h>`: 0 everywhere, 253 on the link, 254 on the host.
    pub scope: u8,
}

impl<C: Channel> Netlink<C> {
    /// Gives an interface an address.
    pub fn add_address(&mut self, index: u32, address: IpAddr, prefix: u8) -> io::Result<()> {
        let mut message = message(index, address, prefix);
        if let (IpAddr::V4(address), ..31) = (address, prefix) {
            let host_bits = u32::MAX.checked_shr(u32::from(prefix)).unwrap_or(0);
            let broadcast = (address.to_bits() | host_bits).into();
            message.attributes.push(AddressAttribute::Broadcast(broadcast));
        }
        self.create(Message::NewAddress(message))
    }

    /// Takes it away.
    pub fn delete_address(&mut self, index: u32, address: IpAddr, prefix: u8) -> io::Result<()> {
        self.request(Message::DelAddress(message(index, address, prefix)), 0)
    }

    /// All addresses.
    pub fn addresses(&mut self) -> io::Result<Vec<Address>> {
        let all = self.dump(Message::GetAddress(AddressMessage::default()))?;
        Ok(all.into_iter().filter_map(Address::of).collect())
    }
}

fn message(index: u32, address: IpAddr, prefix: u8) -> AddressMessage {
    let mut message = AddressMessage::default();
    message.header.family = family(address);
    message.header.index = index;
    message.header.prefix_len = prefix;
    message.attributes.push(AddressAttribute::Local(address));
    message.attributes.push(AddressAttribute::Address(address));
    message
}

impl Address {
    fn of(message: Message) -> Option<Self> {
        let Message::NewAddress(message) = message else { return None };
        // Both are there for IPv4, and differ if there is a peer; IPv6 has the second only.
        let local = message.attributes.iter().find_map(|attribute| match attribute {
            AddressAttribute::Local(address) => Some(*address),
            _ => None,
        });
        let address = local.or_else(|| {
            message.attributes.iter().find_map(|attribute| match attribute {
                AddressAttribute::Address(address) => Some(*address),
                _ => None,
            })
        })?;
        let scope = match message.header.scope {
            AddressScope::Universe => 0,
            AddressScope::Site => 200,
            AddressScope::Link => 253,
            AddressScope::Host => 254,
            AddressScope::Nowhere => 255,
            AddressScope::Other(scope) => scope,
            _ => 0,
        };
        let header = message.header;
        Some(Address { index: header.index, address, prefix: header.prefix_len, scope })
    }
}

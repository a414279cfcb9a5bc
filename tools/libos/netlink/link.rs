// SPDX-License-Identifier: GPL-2.0

//! Interfaces.

use std::io;

use netlink_packet_route::RouteNetlinkMessage as Message;
use netlink_packet_route::link::{LinkAttribute, LinkFlags, LinkMessage};

use crate::{Channel, Netlink};

/// What is asked of an interface.
pub struct Link {
    pub index: u32,
    pub name: String,
    pub up: bool,
    pub mtu: u32,
    /// Packets.
    pub received: u64,
    pub sent: u64,
}

impl<C: Channel> Netlink<C> {
    /// Brings an interface up or down.
    pub fn set_up(&mut self, index: u32, up: bool) -> io::Result<()> {
        let mut message = LinkMessage::default();
        message.header.index = index;
        message.header.flags = if up { LinkFlags::Up } else { LinkFlags::empty() };
        message.header.change_mask = LinkFlags::Up;
        self.request(Message::SetLink(message), 0)
    }

    /// The interfaces.
    pub fn links(&mut self) -> io::Result<Vec<Link>> {
        let all = self.dump(Message::GetLink(LinkMessage::default()))?;
        Ok(all.into_iter().filter_map(Link::of).collect())
    }
}

impl Link {
    fn of(message: Message) -> Option<Self> {
        let Message::NewLink(message) = message else { return None };
        let up = message.header.flags.contains(LinkFlags::Up);
        let index = message.header.index;
        let mut link = Link { index, name: String::new(), up, mtu: 0, received: 0, sent: 0 };
        for attribute in message.attributes {
            match attribute {
                LinkAttribute::IfName(name) => link.name = name,
                LinkAttribute::Mtu(mtu) => link.mtu = mtu,
                LinkAttribute::Stats64(stats) => {
                    (link.received, link.sent) = (stats.rx_packets, stats.tx_packets);
                }
                _ => {}
            }
        }
        Some(link)
    }
}

// SPDX-License-Identifier: GPL-2.0

//! Routes.

use std::io;
use std::net::IpAddr;

use netlink_packet_route::RouteNetlinkMessage as Message;
use netlink_packet_route::route::{
    RouteAddress, RouteAttribute, RouteHeader, RouteMessage, RouteMetric, RouteProtocol,
    RouteScope, RouteType,
};

use crate::{Channel, Netlink, family};

/// A route of the main table.
#[derive(Clone, Copy, Debug)]
pub struct Route {
    pub network: IpAddr,
    pub prefix: u8,
    /// Without one, the network is on the link.
    pub gateway: Option<IpAddr>,
    /// The interface; the kernel finds the gateway's.
    pub index: Option<u32>,
    pub metric: Option<u32>,
    /// Bytes that a peer of TCP behind it may have under way.
    pub window: Option<u32>,
}

impl<C: Channel> Netlink<C> {
    /// Adds a route.
    pub fn add_route(&mut self, route: &Route) -> io::Result<()> {
        self.create(Message::NewRoute(message(route)))
    }

    /// Removes a route.
    pub fn delete_route(&mut self, route: &Route) -> io::Result<()> {
        self.request(Message::DelRoute(message(route)), 0)
    }
}

fn message(route: &Route) -> RouteMessage {
    let mut message = RouteMessage::default();
    message.header.address_family = family(route.network);
    message.header.destination_prefix_length = route.prefix;
    message.header.table = RouteHeader::RT_TABLE_MAIN;
    message.header.protocol = RouteProtocol::Static;
    let on_link = route.gateway.is_none() && route.network.is_ipv4();
    message.header.scope = if on_link { RouteScope::Link } else { RouteScope::Universe };
    message.header.kind = RouteType::Unicast;
    if route.prefix > 0 {
        message.attributes.push(RouteAttribute::Destination(route_address(route.network)));
    }
    let gateway = route.gateway.map(|gateway| RouteAttribute::Gateway(route_address(gateway)));
    message.attributes.extend(gateway);
    message.attributes.extend(route.index.map(RouteAttribute::Oif));
    message.attributes.extend(route.metric.map(RouteAttribute::Priority));
    let window = route.window.map(RouteMetric::Window);
    message.attributes.extend(window.map(|window| RouteAttribute::Metrics(vec![window])));
    message
}

fn route_address(address: IpAddr) -> RouteAddress {
    match address {
        IpAddr::V4(address) => RouteAddress::Inet(address),
        IpAddr::V6(address) => RouteAddress::Inet6(address),
    }
}

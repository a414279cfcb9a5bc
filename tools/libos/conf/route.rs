// SPDX-License-Identifier: GPL-2.0
//! The section `route`.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr};

use crate::{
    error::{Fault, Found, Mistake},
    keys,
    line::{Entry, Line, Section},
    net::{Address, Ipv6Net, Net},
    place::Place,
    subnet::Subnet,
    value::{self, Kind},
};

/// The way to a network.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    /// The network, without host bits.
    pub network: IpAddr,
    /// The length of its prefix; 0 is the default route.
    pub prefix: u8,
    /// The router, of the same family as the network and in the subnet of an interface.
    pub gateway: IpAddr,
    /// Where `route` is, or the gateway that stands on its own.
    pub place: Place,
}

const NETWORK: Kind<Ipv4Addr> =
    Kind { must: "be an IPv4 network such as 10.0.0.0", parse: value::plain };

const NETWORK6: Kind<Ipv6Net> = Kind {
    must: "be an IPv6 network, a slash and a prefix from 0 to 128, such as 2001:db8::/32",
    parse: value::net,
};

const GATEWAY: Kind<IpAddr> = Kind {
    must: "be an IPv4 address such as 192.168.0.1",
    parse: |word| Some(value::plain::<Ipv4Addr>(word)?.into()),
};

const GATEWAY6: Kind<IpAddr> = Kind {
    must: "be an IPv6 address such as 2001:db8::1",
    parse: |word| Some(value::plain::<Ipv6Addr>(word)?.into()),
};

const ANY_GATEWAY: Kind<IpAddr> =
    Kind { must: "be an IPv4 or IPv6 address such as 192.168.0.1", parse: value::plain };

impl Route {
    /// Whether it is the default route of the family of `host`.
    pub(crate) fn is_default_for(&self, host: IpAddr) -> bool {
        self.prefix == 0 && self.network.is_ipv4() == host.is_ipv4()
    }
}

/// The default route through a gateway that stands on its own.
pub(crate) fn read_gateway(line: Line) -> Found<Route> {
    let gateway = line.read(&ANY_GATEWAY)?.value;
    let network = match gateway {
        IpAddr::V4(_) => Ipv4Addr::UNSPECIFIED.into(),
        IpAddr::V6(_) => Ipv6Addr::UNSPECIFIED.into(),
    };
    Ok(Route { network, prefix: 0, gateway, place: line.place })
}

/// The route that a section describes, and the line of its gateway, which can be checked only when
/// all interfaces are known; `others` are the routes before it.
pub(crate) fn read<'a>(section: &Section<'a>, others: &[Route]) -> Found<(Route, Line<'a>)> {
    section.head.read_none()?;
    let mut subnet = Subnet::default();
    let (mut network6, mut gateway) = (None, None);
    for &line in &section.body {
        section.once(line)?;
        match line.key {
            "network" => subnet.read_addr(line, &NETWORK)?,
            "netmask" => subnet.read_netmask(line)?,
            "gateway" => gateway = Some(line.read(&GATEWAY)?),
            "network6" => network6 = Some(line.read(&NETWORK6)?),
            "gateway6" => gateway = Some(line.read(&GATEWAY6)?),
            _ => return Err(line.misplaced(keys::ROUTE)),
        }
        one_family(section, line)?;
    }
    let (network, prefix) = match (subnet.finish("network")?, network6) {
        (Some(net), _) => destination(net, others)?,
        (_, Some(net)) => destination(net, others)?,
        (None, None) => return Err(lacks(section, "network", "network6")),
    };
    let gateway = gateway.ok_or_else(|| lacks(section, "gateway", "gateway6"))?;
    let route = Route { network, prefix, gateway: gateway.value, place: section.head.place };
    Ok((route, gateway.line))
}

/// Refuses a line of another family than the first one of its section.
fn one_family(section: &Section, line: Line) -> Found<()> {
    match section.body.first() {
        Some(first) if is_ipv6(first) != is_ipv6(&line) => {
            Err(line
                .fault(Mistake::Mixed { key: line.key.to_owned(), other: first.key.to_owned() }))
        }
        _ => Ok(()),
    }
}

fn is_ipv6(line: &Line) -> bool {
    line.key.ends_with('6')
}

/// The destination, which must be a network and have no other route.
fn destination<A: Address>(
    Entry { line, value: net }: Entry<Net<A>>,
    others: &[Route],
) -> Found<(IpAddr, u8)> {
    let network = net.network();
    let must = format!("have no host bits: {} for a prefix of {}", network.addr, net.prefix);
    line.ensure(net == network, &must)?;
    let destination = (net.addr.into(), net.prefix);
    let same = others.iter().find(|other| (other.network, other.prefix) == destination);
    line.unique("route", same.map(|other| other.place))?;
    Ok(destination)
}

/// The fault that a route lacks a key, named in the family of the keys that it has.
fn lacks(section: &Section, ipv4: &'static str, ipv6: &'static str) -> Fault {
    let lacks = if section.body.first().is_some_and(is_ipv6) { ipv6 } else { ipv4 };
    section.head.fault(Mistake::Incomplete { lacks })
}

// SPDX-License-Identifier: GPL-2.0
//! The whole file: its sections together, and what must hold across them.
//!
//! Sections are taken in order, and in each its lines first, then what it lacks as a whole.
//! Gateways come last, because a route may stand before the interface that it needs.

use std::net::IpAddr;

use crate::{
    error::Found,
    interface::{self, Interface},
    keys,
    line::{self, Line, Section},
    route::{self, Route},
    value::{self, Kind},
};

/// What a `nuse.conf` says, checked.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Conf {
    /// The interfaces, in the order of the file.
    pub interfaces: Vec<Interface>,
    /// The routes, in the order of the file.
    pub routes: Vec<Route>,
    /// The name servers, in the order of the file, three at most.
    pub nameservers: Vec<IpAddr>,
}

const NAMESERVER: Kind<IpAddr> =
    Kind { must: "be an IPv4 or IPv6 address such as 192.168.0.1", parse: value::plain };

impl Conf {
    /// The interface in whose subnet a host lies, such as the gateway of a route.
    pub fn interface_to(&self, host: IpAddr) -> Option<&Interface> {
        self.interfaces.iter().find(|interface| match host {
            IpAddr::V4(host) => interface.address.is_some_and(|net| net.has_host(host)),
            IpAddr::V6(host) => interface.address6.is_some_and(|net| net.has_host(host)),
        })
    }

    fn is_own(&self, host: IpAddr) -> bool {
        self.interfaces.iter().any(|interface| match host {
            IpAddr::V4(host) => interface.address.is_some_and(|net| net.addr == host),
            IpAddr::V6(host) => interface.address6.is_some_and(|net| net.addr == host),
        })
    }

    /// The subnets of the family of a host, for a message.
    fn subnets_like(&self, host: IpAddr) -> Vec<String> {
        let subnet = |interface: &Interface| {
            let net = match host {
                IpAddr::V4(_) => interface.address?.network().to_string(),
                IpAddr::V6(_) => interface.address6?.network().to_string(),
            };
            Some(format!("{net} ({})", interface.name))
        };
        self.interfaces.iter().filter_map(subnet).collect()
    }
}

/// Reads and checks a text.
pub(crate) fn read(text: &str) -> Found<Conf> {
    let mut conf = Conf::default();
    let mut gateways = Vec::new();
    for section in line::sections(text)? {
        match section.head.key {
            "interface" => conf.interfaces.push(interface::read(&section, &conf.interfaces)?),
            "route" => {
                let (route, gateway) = route::read(&section, &conf.routes)?;
                conf.routes.push(route);
                gateways.push(gateway);
            }
            _ => conf.nameservers.push(read_nameserver(&section, conf.nameservers.len())?),
        }
    }
    for (route, line) in conf.routes.iter().zip(gateways) {
        check_gateway(&conf, route.gateway, line)?;
    }
    Ok(conf)
}

/// The name server of a section of one line; `before` were read already.
fn read_nameserver(section: &Section, before: usize) -> Found<IpAddr> {
    // MAXNS of resolv.conf(5).
    const MOST: usize = 3;
    let Section { head, body } = section;
    let nameserver = head.read(&NAMESERVER)?.value;
    head.ensure(before < MOST, "be given three times at most")?;
    match body.first() {
        Some(&line) => Err(keys::wrong(line, &[])),
        None => Ok(nameserver),
    }
}

/// Refuses a gateway that no interface reaches directly, or that is the stack itself.
fn check_gateway(conf: &Conf, gateway: IpAddr, line: Line) -> Found<()> {
    if conf.interface_to(gateway).is_some() && !conf.is_own(gateway) {
        return Ok(());
    }
    let subnets = conf.subnets_like(gateway);
    Err(line.must(if subnets.is_empty() {
        let family = if gateway.is_ipv4() { "IPv4" } else { "IPv6" };
        format!("be in the subnet of an interface, but none has an {family} address")
    } else {
        format!("be another host in the subnet of an interface: {}", subnets.join(", "))
    }))
}

// SPDX-License-Identifier: GPL-2.0
//! The whole file: its sections together, and what must hold across them.
//!
//! Sections are taken in order, and in each its lines first, then what it lacks as a whole.
//! Gateways come last, because a route may stand before the interface that it needs.

use std::{net::IpAddr, path::PathBuf};

use crate::{
    error::Found,
    flags::{self, Flag},
    host::{self, HostPath},
    interface::{self, Interface},
    line::{self, Line, Section},
    place::Place,
    route::{self, Route},
    sysctl::{self, Sysctl},
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
    /// The settings, in the order of the file.
    pub sysctls: Vec<Sysctl>,
    /// The file that is to have all frames.
    pub pcap: Option<PathBuf>,
    /// The memory of the stack in MiB.
    pub mem: Option<u32>,
    /// What is to be the host's, in the order of the file.
    pub hosts: Vec<HostPath>,
}

const NAMESERVER: Kind<IpAddr> =
    Kind { must: "be an IPv4 or IPv6 address such as 192.168.0.1", parse: value::plain };

const PCAP: Kind<PathBuf> =
    Kind { must: "be the name of a file such as nuse.pcapng", parse: file_name };

const MEM: Kind<u32> = Kind { must: "be a multiple of 4 from 16 to 65536 (MiB)", parse: mebibytes };

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

/// Reads and checks a text, and the flags beside it.
pub(crate) fn read(text: &str, flags: &[Flag]) -> Found<Conf> {
    // A mark that some editors put before a text of UTF-8.
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    let mut sections = line::sections(text)?;
    flags::apply(&mut sections, flags)?;
    let mut reader = Reader::default();
    for section in &sections {
        reader.read(section)?;
    }
    reader.finish()
}

/// What has been read so far, and the line of each route's gateway.
#[derive(Default)]
struct Reader<'a> {
    conf: Conf,
    gateways: Vec<Line<'a>>,
    pcap: Option<Place>,
    mem: Option<Place>,
}

impl<'a> Reader<'a> {
    fn read(&mut self, section: &Section<'a>) -> Found<()> {
        let head = section.head;
        let conf = &mut self.conf;
        match head.meaning() {
            "interface" => conf.interfaces.push(interface::read(section, &conf.interfaces)?),
            "route" => {
                let route = route::read(section, &conf.routes)?;
                self.add_route(route);
            }
            "gateway" => self.read_gateway(head)?,
            "host" => host::read(head, &mut conf.hosts)?,
            "sysctl" => sysctl::read(head, &mut conf.sysctls)?,
            "pcap" => {
                conf.pcap = Some(head.read(&PCAP)?.value);
                only(&mut self.pcap, head)?;
            }
            "mem" => {
                conf.mem = Some(head.read(&MEM)?.value);
                only(&mut self.mem, head)?;
            }
            _ => conf.nameservers.push(read_nameserver(head, conf.nameservers.len())?),
        }
        match section.body.first() {
            Some(&line) if !["interface", "route"].contains(&head.key) => Err(line.misplaced(&[])),
            _ => Ok(()),
        }
    }

    fn add_route(&mut self, (route, gateway): (Route, Line<'a>)) {
        self.conf.routes.push(route);
        self.gateways.push(gateway);
    }

    /// A gateway that stands on its own. That of a flag replaces the file's default route.
    fn read_gateway(&mut self, line: Line<'a>) -> Found<()> {
        let route = route::read_gateway(line)?;
        let routes = &mut self.conf.routes;
        if let Some(at) = routes.iter().position(|other| other.is_default_for(route.gateway)) {
            let place = routes[at].place;
            let must =
                format!("be the only default route of its family, but there is one at {place}");
            line.ensure(line.place.is_flag() && !place.is_flag(), &must)?;
            routes.remove(at);
            self.gateways.remove(at);
        }
        self.add_route((route, line));
        Ok(())
    }

    fn finish(self) -> Found<Conf> {
        for (route, line) in self.conf.routes.iter().zip(self.gateways) {
            check_gateway(&self.conf, route.gateway, line)?;
        }
        Ok(self.conf)
    }
}

/// Refuses a line whose key was at an earlier one.
fn only(first: &mut Option<Place>, line: Line) -> Found<()> {
    match first.replace(line.place) {
        Some(first) => Err(line.must(format!("be given once, and is at {first} already"))),
        None => Ok(()),
    }
}

/// The name server of a line; `before` were read already.
fn read_nameserver(line: Line, before: usize) -> Found<IpAddr> {
    // MAXNS of resolv.conf(5).
    const MOST: usize = 3;
    let nameserver = line.read(&NAMESERVER)?.value;
    line.ensure(before < MOST, "be given three times at most")?;
    Ok(nameserver)
}

fn file_name(word: &str) -> Option<PathBuf> {
    (!word.is_empty() && !word.contains('\0')).then(|| word.into())
}

fn mebibytes(word: &str) -> Option<u32> {
    value::number(word).filter(|mem| (16..=65536).contains(mem) && mem.is_multiple_of(4))
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

// SPDX-License-Identifier: GPL-2.0
//! The section `interface NAME`.

use std::{fmt, net::Ipv4Addr};

use crate::{
    error::Found,
    keys,
    line::{Entry, Line, Section},
    net::{Ipv4Net, Ipv6Net},
    place::Place,
    subnet::Subnet,
    value::{self, Kind},
};

/// A network interface of the stack.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Interface {
    /// The name in the stack, unique in a [`Conf`](crate::Conf).
    pub name: String,
    /// Where `interface NAME` is.
    pub place: Place,
    /// The IPv4 address, that of a host in its subnet.
    pub address: Option<Ipv4Net>,
    /// The IPv6 address.
    pub address6: Option<Ipv6Net>,
    /// The hardware address; without one, [`random_local_mac`](crate::random_local_mac) makes one.
    pub mac: Option<[u8; 6]>,
    /// What carries the frames, if that is said.
    pub vif: Option<VifType>,
    /// Of [`VifType::Pipe`]: the name of the link, if it is not that of the interface.
    pub link: Option<String>,
    /// The largest packet in bytes, if it is not the default of the device.
    pub mtu: Option<u32>,
}

/// What carries the frames of an interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum VifType {
    /// A packet socket on an interface of the host.
    Raw,
    /// A TAP device of the host.
    Tap,
    /// A link to another stack of the same user.
    Pipe,
    /// The program passt, to which a stack looks like any program of the host.
    Passt,
    /// An AF_XDP socket on an interface of the host.
    Xdp,
}

/// How many a stack can have.
const MOST: usize = 16;

pub(crate) const NAME: Kind<String> = Kind {
    must: "have a name such as eth0: 1 to 15 bytes without blank, quote, '/', ':' and '%', \
           and not \".\", \"..\", \"lo\", \"all\" or \"default\"",
    parse: value::interface_name,
};

const ADDRESS: Kind<Ipv4Addr> =
    Kind { must: "be an IPv4 address such as 192.168.0.10", parse: value::plain };

const IP: Kind<Ipv4Addr> = Kind {
    must: "be an address and its prefix, such as 192.168.0.10/24 or 2001:db8::2/64",
    parse: value::plain,
};

const ADDRESS6: Kind<Ipv6Net> = Kind {
    must: "be an IPv6 address, a slash and a prefix from 0 to 128, such as 2001:db8::2/64",
    parse: value::net,
};

const MACADDR: Kind<[u8; 6]> = Kind {
    must: "be six bytes such as 02:00:00:00:00:01, the first of them even (unicast) and not all zero",
    parse: value::station_mac,
};

const VIFTYPE: Kind<VifType> = Kind { must: "be RAW, TAP, PIPE, PASST or XDP", parse: vif_type };

const LINK: Kind<String> = Kind {
    must: "be a name such as red: 1 to 64 bytes without blank and '/', and no '.' at the beginning",
    parse: link_name,
};

const MTU: Kind<u32> = Kind { must: "be a number from 68 to 65535", parse: mtu };

const HOST: &str = "be the address of a host, not unspecified, loopback, multicast or broadcast";

/// The interface that a section describes; `others` are those before it.
pub(crate) fn read(section: &Section, others: &[Interface]) -> Found<Interface> {
    let name = read_name(section.head, others)?;
    let mut subnet = Subnet::default();
    let (mut address6, mut mac, mut vif, mut mtu, mut link) = (None, None, None, None, None);
    for &line in &section.body {
        section.once(line)?;
        match line.meaning() {
            "address" if line.key == "ip" => subnet.read_addr(line, &IP)?,
            "address" => subnet.read_addr(line, &ADDRESS)?,
            "netmask" => subnet.read_netmask(line)?,
            "address6" => address6 = Some(line.read(&ADDRESS6)?),
            "macaddr" => mac = Some(line.read(&MACADDR)?),
            "viftype" => vif = Some(line.read(&VIFTYPE)?.value),
            "mtu" => mtu = Some(line.read(&MTU)?),
            "link" => link = Some(line.read(&LINK)?),
            _ => return Err(line.misplaced(keys::INTERFACE)),
        }
    }
    Ok(Interface {
        name,
        place: section.head.place,
        address: checked(subnet.finish("address")?, |entry| check_address(entry, others))?,
        address6: checked(address6, |entry| check_address6(entry, others))?,
        mac: checked(mac, |entry| check_mac(entry, others))?,
        vif,
        link: link.map(|entry| check_link(entry, vif)).transpose()?,
        mtu: checked(mtu, |entry| check_mtu(entry, address6.is_some()))?,
    })
}

fn read_name(head: Line, others: &[Interface]) -> Found<String> {
    let name = head.read(&NAME)?.value;
    let same = others.iter().find(|other| other.name == name);
    head.unique("interface", same.map(|other| other.place))?;
    head.ensure(others.len() < MOST, "be one of 16 at most, beside lo")?;
    Ok(name)
}

/// The value of an entry that passes a check.
fn checked<'a, T: Copy>(
    entry: Option<Entry<'a, T>>,
    check: impl FnOnce(Entry<'a, T>) -> Found<()>,
) -> Found<Option<T>> {
    entry.map(|entry| check(entry).map(|()| entry.value)).transpose()
}

fn check_address(Entry { line, value: net }: Entry<Ipv4Net>, others: &[Interface]) -> Found<()> {
    let Ipv4Net { addr, .. } = net;
    let special =
        addr.is_unspecified() || addr.is_loopback() || addr.is_multicast() || addr.is_broadcast();
    line.ensure(!special, HOST)?;
    let must = format!("be a host of {}, not its first or last address", net.network());
    line.ensure(net.has_host(addr), &must)?;
    let same = others.iter().find(|other| other.address.is_some_and(|other| other.addr == addr));
    line.unique("interface", same.map(|other| other.place))
}

fn check_address6(Entry { line, value: net }: Entry<Ipv6Net>, others: &[Interface]) -> Found<()> {
    let Ipv6Net { addr, .. } = net;
    let special = addr.is_unspecified() || addr.is_loopback() || addr.is_multicast();
    line.ensure(!special, HOST)?;
    let same = others.iter().find(|other| other.address6.is_some_and(|other| other.addr == addr));
    line.unique("interface", same.map(|other| other.place))
}

fn check_mac(Entry { line, value: mac }: Entry<[u8; 6]>, others: &[Interface]) -> Found<()> {
    let same = others.iter().find(|other| other.mac == Some(mac));
    line.unique("interface", same.map(|other| other.place))
}

fn check_mtu(Entry { line, value: mtu }: Entry<u32>, has_ipv6: bool) -> Found<()> {
    const IPV6_LEAST: u32 = 1280;
    let holds = !has_ipv6 || mtu >= IPV6_LEAST;
    line.ensure(holds, "be at least 1280, because the interface has an address6")
}

fn check_link(Entry { line, value: name }: Entry<String>, vif: Option<VifType>) -> Found<String> {
    line.ensure(vif == Some(VifType::Pipe), "come with viftype PIPE")?;
    Ok(name)
}

fn link_name(word: &str) -> Option<String> {
    let right = (1..=64).contains(&word.len())
        && !word.starts_with('.')
        && !word.bytes().any(|byte| byte.is_ascii_control() || byte == b'/');
    right.then(|| word.to_owned())
}

pub(crate) fn vif_type(word: &str) -> Option<VifType> {
    VifType::ALL.into_iter().find(|vif| vif.name().eq_ignore_ascii_case(word))
}

fn mtu(word: &str) -> Option<u32> {
    value::number(word).filter(|mtu| (68..=65535).contains(mtu))
}

impl VifType {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Raw, Self::Tap, Self::Pipe, Self::Passt, Self::Xdp];

    fn name(self) -> &'static str {
        match self {
            Self::Raw => "RAW",
            Self::Tap => "TAP",
            Self::Pipe => "PIPE",
            Self::Passt => "PASST",
            Self::Xdp => "XDP",
        }
    }
}

impl fmt::Display for VifType {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name())
    }
}

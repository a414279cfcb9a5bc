// SPDX-License-Identifier: GPL-2.0
//! What holds for every text and for every `Conf`.

use std::{
    fmt::Write,
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
};

use nuse_conf::{
    Conf, Flag, HostPath, Interface, Ipv4Net, Ipv6Net, Place, Route, Sysctl, VifType, parse,
};
use proptest::{
    collection::{hash_set, vec},
    option,
    prelude::*,
    sample::select,
};

/// Words that lead far into the parser, right and wrong ones.
const WORDS: &[&str] = &[
    "interface",
    "route",
    "nameserver",
    "address",
    "netmask",
    "address6",
    "macaddr",
    "viftype",
    "mtu",
    "network",
    "gateway",
    "network6",
    "gateway6",
    "ip",
    "mac",
    "vif",
    "dns",
    "sysctl",
    "pcap",
    "mem",
    "host",
    "/run/x",
    "eth0",
    "eth1",
    "lo",
    "10.0.0.1",
    "10.0.0.2",
    "10.0.0.2/24",
    "10.0.0.0/8",
    "0.0.0.0/0",
    "0.0.0.0",
    "255.0.0.0",
    "255.255.255.255",
    "::/0",
    "2001:db8::1",
    "2001:db8::2/64",
    "2001:db8::/129",
    "02:00:00:00:00:01",
    "tap",
    "RAW:eth0",
    "net.ipv4.ip_forward=1",
    "1500",
    "68",
    "#",
    "\u{feff}",
    "\u{a0}",
    "é",
    "/",
    "1/",
    "/1",
    "::",
    ":::::",
    "-1",
    "\0",
];

/// Whether a text gives a `Conf` or else a message of one line at a line that it has, or about one
/// of the flags beside it.
fn is_answered(text: &str, flags: &[Flag]) -> bool {
    let Err(error) = parse("nuse.conf", text, flags) else {
        return true;
    };
    let message = error.to_string();
    if flags.iter().any(|flag| message.starts_with(&format!("--{}: ", flag.name))) {
        return !message.contains('\n');
    }
    let place = message.strip_prefix("nuse.conf:").and_then(|rest| rest.split_once(": "));
    let line = place.and_then(|(line, _)| line.parse::<usize>().ok());
    !message.contains('\n') && line.is_some_and(|line| (1..=text.lines().count()).contains(&line))
}

/// Flags, with values right and wrong.
fn flags() -> impl Strategy<Value = Vec<Flag<'static>>> {
    let name =
        select(&["vif", "ip", "mac", "mtu", "gateway", "dns", "sysctl", "pcap", "mem", "host"][..]);
    vec((name, select(WORDS)).prop_map(|(name, value)| Flag { name, value }), 0..4)
}

fn line() -> impl Strategy<Value = String> {
    vec(select(WORDS), 0..4).prop_map(|words| words.join(" "))
}

/// One interface or none of each number, so that nothing meets: `eth3` has 10.3.0.0/16 and
/// 2001:db8:3::/48.
fn interface(number: u8) -> impl Strategy<Value = Interface> {
    let host = 1..=u16::MAX - 1;
    let address = option::of((host.clone(), 16..=24u8)).prop_map(move |drawn| {
        let (host, prefix) = drawn?;
        let [high, low] = host.to_be_bytes();
        let addr = Ipv4Addr::new(10, number, high, low);
        let net = Ipv4Net { addr, prefix };
        net.has_host(addr).then_some(net)
    });
    let address6 = option::of((host, 48..=112u8)).prop_map(move |drawn| {
        let (host, prefix) = drawn?;
        let addr = Ipv6Addr::new(0x2001, 0xdb8, number.into(), 0, 0, 0, 0, host);
        Some(Ipv6Net { addr, prefix })
    });
    let mac = option::of(any::<[u8; 4]>()).prop_map(move |drawn| {
        let [a, b, c, d] = drawn?;
        Some([2, number, a, b, c, d])
    });
    let vif = option::of(select(&VifType::ALL[..]));
    let link = option::of("[a-z][a-z0-9._-]{0,20}");
    let mtu = option::of(1280..=65535u32);
    (address, address6, mac, vif, link, mtu).prop_map(
        move |(address, address6, mac, vif, link, mtu)| Interface {
            name: format!("eth{number}"),
            place: Place::Line(0),
            address,
            address6,
            mac,
            vif,
            link: link.filter(|_| vif == Some(VifType::Pipe)),
            mtu,
        },
    )
}

/// A gateway beside the IPv4 address of an interface, if one fits there.
fn gateway(interface: &Interface) -> Option<IpAddr> {
    let net = interface.address?;
    let beside = Ipv4Addr::from_bits(net.addr.to_bits() ^ 3);
    net.has_host(beside).then_some(beside.into())
}

fn gateway6(interface: &Interface) -> Option<IpAddr> {
    let net = interface.address6?;
    Some(Ipv6Addr::from_bits(net.addr.to_bits() ^ 1).into())
}

/// A route through each interface that can have one, to 172.N.0.0/16 and fd00:N::/32.
fn routes(interfaces: &[Interface]) -> Vec<Route> {
    let numbered = || (0..).zip(interfaces);
    let ipv4 = numbered().filter_map(|(number, interface)| {
        let (network, gateway) = (Ipv4Addr::new(172, number, 0, 0).into(), gateway(interface)?);
        Some(Route { network, prefix: 16, gateway, place: Place::Line(0) })
    });
    let ipv6 = numbered().filter_map(|(number, interface)| {
        let network = Ipv6Addr::new(0xfd00, number.into(), 0, 0, 0, 0, 0, 0).into();
        Some(Route { network, prefix: 32, gateway: gateway6(interface)?, place: Place::Line(0) })
    });
    ipv4.chain(ipv6).collect()
}

/// `net.0.x` and so on, with these values.
fn sysctls(values: Vec<String>) -> Vec<Sysctl> {
    let sysctl =
        |(number, value)| Sysctl { path: format!("net/{number}/x"), value, place: Place::Line(0) };
    (0..).zip(values).map(|(number, value): (u32, _)| sysctl((number, value))).collect()
}

fn hosts() -> impl Strategy<Value = Vec<HostPath>> {
    hash_set("(/[a-z]{1,5}){1,3}", 0..3).prop_map(|paths| {
        let host = |path| HostPath { path, place: Place::Line(0) };
        paths.into_iter().map(host).collect()
    })
}

fn conf() -> impl Strategy<Value = Conf> {
    let interfaces = (0..8u8).map(interface).collect::<Vec<_>>();
    let mem = option::of((4..=16384u32).prop_map(|number| number * 4));
    let pcap = option::of("[a-z/#]{1,9}".prop_map(|name| format!("/{name}").into()));
    let values = vec("[a-z0-9]( ?[a-z0-9])*", 0..3);
    (interfaces, vec(any::<IpAddr>(), 0..=3), values, mem, pcap, hosts()).prop_map(
        |(interfaces, nameservers, values, mem, pcap, hosts)| Conf {
            hosts,
            routes: routes(&interfaces),
            interfaces,
            nameservers,
            sysctls: sysctls(values),
            pcap,
            mem,
        },
    )
}

/// How a `Conf` may be written.
#[derive(Clone, Copy, Debug)]
struct Style {
    netmask: bool,
    routes_first: bool,
    indent: &'static str,
    end: &'static str,
}

fn style() -> impl Strategy<Value = Style> {
    let indent = select(&["", "    ", "\t"][..]);
    let end = select(&["\n", "\r\n", " # comment\n", "\n\n"][..]);
    (any::<bool>(), any::<bool>(), indent, end).prop_map(|(netmask, routes_first, indent, end)| {
        Style { netmask, routes_first, indent, end }
    })
}

/// A text that grows line by line.
struct Writer {
    text: String,
    style: Style,
}

impl Writer {
    /// Adds a line and returns its number.
    fn head(&mut self, line: &str) -> Place {
        let number = self.text.lines().count() + 1;
        write!(self.text, "{line}{}", self.style.end).unwrap();
        Place::Line(number)
    }

    fn key(&mut self, key: &str, value: Option<impl ToString>) {
        if let Some(value) = value {
            let line = format!("{}{key} {}", self.style.indent, value.to_string());
            self.head(&line);
        }
    }

    fn net(&mut self, key: &str, addr: impl ToString, prefix: u8) {
        let addr = addr.to_string();
        if self.style.netmask {
            let mask = u32::MAX.checked_shl(32 - u32::from(prefix)).unwrap_or(0);
            self.key("netmask", Some(Ipv4Addr::from_bits(mask)));
            self.key(key, Some(addr));
        } else {
            self.key(key, Some(format!("{addr}/{prefix}")));
        }
    }

    fn interface(&mut self, interface: &mut Interface) {
        interface.place = self.head(&format!("interface {}", interface.name));
        if let Some(net) = interface.address {
            self.net("address", net.addr, net.prefix);
        }
        self.key("address6", interface.address6);
        self.key(
            "macaddr",
            interface.mac.map(|mac| mac.map(|byte| format!("{byte:02x}")).join(":")),
        );
        self.key("viftype", interface.vif);
        self.key("link", interface.link.as_ref());
        self.key("mtu", interface.mtu);
    }

    fn route(&mut self, route: &mut Route) {
        route.place = self.head("route");
        if route.network.is_ipv4() {
            self.key("gateway", Some(route.gateway));
            self.net("network", route.network, route.prefix);
        } else {
            self.key("gateway6", Some(route.gateway));
            self.key("network6", Some(format!("{}/{}", route.network, route.prefix)));
        }
    }
}

/// Writes a `Conf` in a style, and sets its lines to where it wrote them.
fn write(conf: &mut Conf, style: Style) -> String {
    let mut writer = Writer { text: String::new(), style };
    let Conf { interfaces, routes, nameservers, sysctls, pcap, mem, hosts } = conf;
    if style.routes_first {
        routes.iter_mut().for_each(|route| writer.route(route));
    }
    interfaces.iter_mut().for_each(|interface| writer.interface(interface));
    nameservers.iter().for_each(|nameserver| writer.key("nameserver", Some(nameserver)));
    if !style.routes_first {
        routes.iter_mut().for_each(|route| writer.route(route));
    }
    for Sysctl { path, value, place } in sysctls {
        *place = writer.head(&format!("sysctl {}={value}", path.replace('/', ".")));
    }
    writer.key("pcap", pcap.as_ref().map(|path| path.display()));
    writer.key("mem", *mem);
    for HostPath { path, place } in hosts {
        *place = writer.head(&format!("host {path}"));
    }
    writer.text
}

proptest! {
    #[test]
    fn any_text_is_answered(text: String) {
        prop_assert!(is_answered(&text, &[]));
    }

    #[test]
    fn any_words_are_answered(lines in vec(line(), 0..20), flags in flags()) {
        prop_assert!(is_answered(&lines.join("\n"), &flags));
    }

    #[test]
    fn a_spoilt_file_is_answered(
        mut conf in conf(),
        style in style(),
        place: prop::sample::Index,
        spoilt in line(),
    ) {
        let text = write(&mut conf, style);
        let mut lines: Vec<_> = text.lines().chain([""]).collect();
        *place.get_mut(&mut lines) = &spoilt;
        prop_assert!(is_answered(&lines.join("\n"), &[]));
    }

    #[test]
    fn what_is_written_is_read(mut conf in conf(), style in style()) {
        let text = write(&mut conf, style);
        let read = parse("nuse.conf", &text, &[]);
        prop_assert_eq!(read.map_err(|error| format!("{error}\n{text}")), Ok(conf));
    }
}

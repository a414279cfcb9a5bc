// SPDX-License-Identifier: GPL-2.0
//! Files that are right: the sample, the examples of the documentation, and every key at once.

use std::path::Path;

use nuse_conf::{
    Conf, HostPath, Interface, Ipv4Net, Ipv6Net, Place, Route, Sysctl, VifType, load, parse,
};

const DOCUMENTATION: &str = include_str!("../../../../Documentation/nuse.conf.md");
const SAMPLE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../nuse.conf.sample");

/// The sample with its examples put in: lines whose comment sign is
/// followed by no blank or by the indentation of a key.
fn sample_in_full() -> String {
    let is_example = |line: &str| {
        let indent = line.len() - line.trim_start().len();
        !line.is_empty() && (indent == 0 || indent == 3)
    };
    let put_in = |line| match str::strip_prefix(line, "#") {
        Some(example) if is_example(example) => example,
        _ => line,
    };
    let sample = std::fs::read_to_string(SAMPLE).unwrap();
    sample.lines().map(put_in).collect::<Vec<_>>().join("\n")
}

/// The blocks of the documentation that are marked as a whole file.
fn documented_files() -> Vec<&'static str> {
    let blocks = DOCUMENTATION.split("```conf\n").skip(1);
    blocks.map(|block| block.split("```").next().unwrap()).collect()
}

#[test]
fn the_sample_is_right() {
    let conf = load(Path::new(SAMPLE), &[]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(conf.interfaces.len(), 1);
    assert_eq!(conf.interfaces[0].mac, Some([0, 1, 1, 1, 1, 2]));
    assert_eq!(conf.routes.len(), 1);
    assert_eq!(conf.nameservers, ["192.168.0.1".parse::<std::net::IpAddr>().unwrap()]);
}

#[test]
fn the_sample_is_right_with_all_its_examples() {
    let conf = parse("sample", &sample_in_full(), &[]).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(conf.interfaces[0].mtu, Some(1500));
    let types: Vec<_> = conf.interfaces.iter().filter_map(|interface| interface.vif).collect();
    assert_eq!(types, [VifType::Raw, VifType::Tap, VifType::Pipe, VifType::Passt]);
    assert_eq!(conf.interfaces[2].link.as_deref(), Some("red"));
    assert_eq!(conf.routes.len(), 2);
}

#[test]
fn the_documentation_is_right() {
    let files = documented_files();
    assert!(files.len() > 2, "{} examples", files.len());
    for file in files {
        parse("example", file, &[]).unwrap_or_else(|error| panic!("{error}\n{file}"));
    }
}

#[test]
fn nothing_is_a_stack_with_lo_alone() {
    assert_eq!(parse("nuse.conf", "", &[]).unwrap(), Conf::default());
    assert_eq!(parse("nuse.conf", "# nothing\r\n\r\n\t", &[]).unwrap(), Conf::default());
}

#[test]
fn a_bare_interface_has_the_defaults() {
    let conf = parse("nuse.conf", "interface eth0", &[]).unwrap();
    let expected = Interface {
        name: "eth0".to_owned(),
        place: Place::Line(1),
        address: None,
        address6: None,
        mac: None,
        vif: None,
        link: None,
        mtu: None,
    };
    assert_eq!(conf.interfaces, [expected]);
}

#[test]
fn every_key_has_its_place() {
    let text = "\
# comment\r
interface eth0 # comment\r
\taddress\t192.168.0.10\r
\tnetmask 255.255.255.0 # comment\r
    macaddr 02:01:01:01:0A:0b\r
\r
viftype tap\r
    address6 2001:db8::2/64\r
    mtu 1280\r
route\r
    network 10.0.0.0/8\r
    gateway 192.168.0.1\r
nameserver 192.168.0.1\r
  nameserver 2001:db8::53\r
route\r
    gateway6 2001:db8::1\r
    network6 ::/0\r
sysctl net.ipv4.tcp_rmem 4096 131072 6291456 # comment\r
pcap a#b.pcapng # comment\r
host /run/nscd/ # comment\r
mem 128";
    let expected = Conf {
        interfaces: vec![Interface {
            name: "eth0".to_owned(),
            place: Place::Line(2),
            address: Some(Ipv4Net { addr: [192, 168, 0, 10].into(), prefix: 24 }),
            address6: Some(Ipv6Net { addr: "2001:db8::2".parse().unwrap(), prefix: 64 }),
            mac: Some([2, 1, 1, 1, 10, 11]),
            vif: Some(VifType::Tap),
            link: None,
            mtu: Some(1280),
        }],
        routes: vec![
            Route {
                network: "10.0.0.0".parse().unwrap(),
                prefix: 8,
                gateway: "192.168.0.1".parse().unwrap(),
                place: Place::Line(10),
            },
            Route {
                network: "::".parse().unwrap(),
                prefix: 0,
                gateway: "2001:db8::1".parse().unwrap(),
                place: Place::Line(15),
            },
        ],
        nameservers: vec!["192.168.0.1".parse().unwrap(), "2001:db8::53".parse().unwrap()],
        sysctls: vec![Sysctl {
            path: "net/ipv4/tcp_rmem".to_owned(),
            value: "4096 131072 6291456".to_owned(),
            place: Place::Line(18),
        }],
        pcap: Some("a#b.pcapng".into()),
        mem: Some(128),
        hosts: vec![HostPath { path: "/run/nscd".to_owned(), place: Place::Line(20) }],
    };
    assert_eq!(parse("nuse.conf", text, &[]).unwrap(), expected);
}

#[test]
fn keys_have_short_names() {
    let long = "interface a\naddress 10.0.0.2/24\naddress6 fd00::2/64\nmacaddr 02:00:00:00:00:01\nviftype TAP\nnameserver 10.0.0.1";
    let short =
        "interface a\nip 10.0.0.2/24\nip fd00::2/64\nmac 02:00:00:00:00:01\nvif TAP\ndns 10.0.0.1";
    let read = |text| parse("nuse.conf", text, &[]).unwrap();
    assert_eq!(read(long), read(short));
}

/// A gateway belongs to the route it follows, and is the default route elsewhere.
#[test]
fn a_gateway_alone_is_the_default_route() {
    let text = "gateway fd00::1\ninterface a\nip 10.0.0.2/24\nip fd00::2/64\ngateway 10.0.0.1\nroute\nnetwork 10.1.0.0/16\ngateway 10.0.0.3";
    let routes = parse("nuse.conf", text, &[]).unwrap().routes;
    let shape: Vec<_> = routes
        .iter()
        .map(|route| format!("{}/{} {}", route.network, route.prefix, route.gateway))
        .collect();
    assert_eq!(shape, ["::/0 fd00::1", "0.0.0.0/0 10.0.0.1", "10.1.0.0/16 10.0.0.3"]);
}

#[test]
fn a_route_may_come_before_its_interface() {
    let text = "route\nnetwork 0.0.0.0/0\ngateway 10.0.0.1\ninterface eth0\naddress 10.0.0.2/24";
    assert_eq!(parse("nuse.conf", text, &[]).unwrap().routes.len(), 1);
}

#[test]
fn a_gateway_leads_to_its_interface() {
    let text = "interface a\naddress 10.0.0.2/24\ninterface b\naddress6 fe80::2/64";
    let conf = parse("nuse.conf", text, &[]).unwrap();
    let to = |host: &str| conf.interface_to(host.parse().unwrap()).map(|to| to.name.as_str());
    assert_eq!(to("10.0.0.1"), Some("a"));
    assert_eq!(to("fe80::1"), Some("b"));
    assert_eq!(to("10.0.1.1"), None);
}

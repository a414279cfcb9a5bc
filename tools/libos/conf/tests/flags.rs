// SPDX-License-Identifier: GPL-2.0
//! What flags of the command line say beside a file, and instead of it.

use std::net::IpAddr;

use nuse_conf::{Conf, Flag, Ipv4Net, Place, VifType, parse};

const DOCUMENTATION: &str = include_str!("../../../../Documentation/nuse.conf.md");

const FILE: &str = "\
interface eth0
    address 10.0.0.2
    netmask 255.255.255.0
    address6 fd00::2/64
    macaddr 02:00:00:00:00:02
    viftype TAP
    mtu 1400
route
    network 0.0.0.0/0
    gateway 10.0.0.1
nameserver 10.0.0.1
dns 10.0.0.3
gateway fd00::1
sysctl net.ipv4.ip_forward 1
sysctl net.ipv4.ip_default_ttl 99
pcap file.pcapng
mem 64
";

/// Reads a text and flags, written as they are on the command line, without dashes.
fn read(text: &str, flags: &'static str) -> Result<Conf, String> {
    let flag = |flag: &'static str| {
        let (name, value) = flag.split_once(' ').unwrap_or((flag, ""));
        Flag { name, value }
    };
    let flags: Vec<_> = flags.split(", ").filter(|flag| !flag.is_empty()).map(flag).collect();
    parse("nuse.conf", text, &flags).map_err(|error| error.to_string())
}

/// What the file says, changed.
#[track_caller]
fn replaces(flags: &'static str, change: impl FnOnce(&mut Conf)) {
    let mut expected = read(FILE, "").unwrap();
    change(&mut expected);
    assert_eq!(read(FILE, flags), Ok(expected));
}

/// Asserts that flags give a message, and that the message is documented.
#[track_caller]
fn mistake(text: &str, flags: &'static str, message: &str) {
    assert_eq!(read(text, flags).unwrap_err(), message, "\n{text}");
    let (_flag, words) = message.split_once(": ").unwrap();
    let words = words.strip_prefix("found \"").unwrap().split_once('"').unwrap().1;
    let documented = DOCUMENTATION.lines().any(|line| line.ends_with(words));
    assert!(documented, "not documented: {words}");
}

#[test]
fn instead_of_a_file() {
    let flags = "vif TAP:tap0, ip 10.0.0.2/24, ip fd00::2/64, mac 02:00:00:00:00:02, mtu 1400, gateway 10.0.0.1, gateway fd00::1, dns 10.0.0.1, sysctl net.ipv4.ip_forward=1, pcap a b, mem 64";
    let conf = read("", flags).unwrap();
    let [interface] = &conf.interfaces[..] else { panic!("{conf:?}") };
    assert_eq!((interface.name.as_str(), interface.vif), ("tap0", Some(VifType::Tap)));
    assert_eq!(interface.address, Some(Ipv4Net { addr: [10, 0, 0, 2].into(), prefix: 24 }));
    assert_eq!(interface.address6.unwrap().to_string(), "fd00::2/64");
    assert_eq!((interface.mac, interface.mtu), (Some([2, 0, 0, 0, 0, 2]), Some(1400)));
    let gateways: Vec<_> = conf.routes.iter().map(|route| route.gateway.to_string()).collect();
    assert_eq!(gateways, ["10.0.0.1", "fd00::1"]);
    assert_eq!(conf.nameservers, ["10.0.0.1".parse::<IpAddr>().unwrap()]);
    assert_eq!(conf.sysctls[0].path, "net/ipv4/ip_forward");
    assert_eq!((conf.pcap, conf.mem), (Some("a b".into()), Some(64)));
}

#[test]
fn beat_the_file() {
    replaces("", |_| ());
    replaces("ip 10.0.0.5/16", |conf| {
        conf.interfaces[0].address = Some(Ipv4Net { addr: [10, 0, 0, 5].into(), prefix: 16 });
    });
    replaces("mac 02:00:00:00:00:05", |conf| {
        conf.interfaces[0].mac = Some([2, 0, 0, 0, 0, 5]);
    });
    replaces("mtu 1500", |conf| conf.interfaces[0].mtu = Some(1500));
    replaces("vif RAW:eth0", |conf| conf.interfaces[0].vif = Some(VifType::Raw));
    replaces("gateway 10.0.0.7", |conf| {
        conf.routes.remove(0);
        let network = [0, 0, 0, 0].into();
        let gateway = [10, 0, 0, 7].into();
        let place = Place::Flag("gateway");
        conf.routes.push(nuse_conf::Route { network, prefix: 0, gateway, place });
    });
    replaces("dns fd00::7", |conf| conf.nameservers = vec!["fd00::7".parse().unwrap()]);
    replaces("sysctl net.ipv4.ip_forward=0", |conf| {
        let mut sysctl = conf.sysctls.remove(0);
        sysctl.value = "0".to_owned();
        sysctl.place = Place::Flag("sysctl");
        conf.sysctls.push(sysctl);
    });
    replaces("pcap flag.pcapng", |conf| conf.pcap = Some("flag.pcapng".into()));
    replaces("mem 128", |conf| conf.mem = Some(128));
}

/// A name that the file has keeps what the file says of it, its type above all.
#[test]
fn an_interface_of_the_file_is_named() {
    replaces("vif eth0", |_| ());
    let two = format!("{FILE}interface eth1\n");
    let conf = read(&two, "vif eth1, ip 10.1.0.2/24").unwrap();
    assert_eq!(conf.interfaces[0], read(FILE, "").unwrap().interfaces[0]);
    assert_eq!(conf.interfaces[1].address.unwrap().to_string(), "10.1.0.2/24");
    let conf = read(FILE, "vif eth1").unwrap();
    assert_eq!((conf.interfaces.len(), conf.interfaces[1].vif), (2, None));
}

#[test]
fn wrong_values() {
    let vif = "it must be NAME or TYPE:NAME, with a TYPE of RAW, TAP, PIPE, PASST or XDP and a NAME such as eth0";
    for value in ["", "lo", "NETMAP:eth0", "TAP:", ":eth0", "a:b:c"] {
        let flags: &'static str = format!("vif {value}").leak();
        mistake("", flags, &format!("--vif: found {value:?}, {vif}"));
    }
    let one = "interface eth0\naddress 10.0.0.2/24\n";
    for (flags, message) in [
        (
            "ip 10.0.0.300",
            r#"--ip: found "10.0.0.300", it must be an address and its prefix, such as 192.168.0.10/24 or 2001:db8::2/64"#,
        ),
        ("ip 10.0.0.3", r#"--ip: found "10.0.0.3", it must come as 10.0.0.3/PREFIX"#),
        (
            "ip 10.0.0.3/33",
            r#"--ip: found "10.0.0.3/33", it must be an IPv4 address, a slash and a prefix from 0 to 32"#,
        ),
        (
            "ip fd00::3",
            r#"--ip: found "fd00::3", it must be an IPv6 address, a slash and a prefix from 0 to 128, such as 2001:db8::2/64"#,
        ),
        (
            "ip 10.0.0.255/24",
            r#"--ip: found "10.0.0.255/24", it must be a host of 10.0.0.0/24, not its first or last address"#,
        ),
        (
            "ip 10.0.0.3/24, ip 10.0.0.4/24",
            r#"--ip: found "10.0.0.4/24", it must be given once for IPv4 and once for IPv6"#,
        ),
        (
            "vif eth1, ip 10.0.0.2/8",
            r#"--ip: found "10.0.0.2/8", it must be unique, but the interface at line 1 has it already"#,
        ),
        (
            "mac 01:00:00:00:00:01",
            r#"--mac: found "01:00:00:00:00:01", it must be six bytes such as 02:00:00:00:00:01, the first of them even (unicast) and not all zero"#,
        ),
        ("mtu 67", r#"--mtu: found "67", it must be a number from 68 to 65535"#),
        (
            "gateway router",
            r#"--gateway: found "router", it must be an IPv4 or IPv6 address such as 192.168.0.1"#,
        ),
        (
            "gateway 10.9.9.9",
            r#"--gateway: found "10.9.9.9", it must be another host in the subnet of an interface: 10.0.0.0/24 (eth0)"#,
        ),
        (
            "gateway 10.0.0.1, gateway 10.0.0.3",
            r#"--gateway: found "10.0.0.3", it must be the only default route of its family, but there is one at --gateway"#,
        ),
        (
            "dns dns.example.com",
            r#"--dns: found "dns.example.com", it must be an IPv4 or IPv6 address such as 192.168.0.1"#,
        ),
        (
            "dns ::1, dns ::2, dns ::3, dns ::4",
            r#"--dns: found "::4", it must be given three times at most"#,
        ),
        (
            "sysctl net.ipv4.ip_forward",
            r#"--sysctl: found "net.ipv4.ip_forward", it must have a name and a value such as net.ipv4.tcp_congestion_control=bbr, all else than net is the host's"#,
        ),
        (
            "sysctl net.a=1, sysctl net/a=2",
            r#"--sysctl: found "net/a=2", it must be unique, but the sysctl at --sysctl has it already"#,
        ),
        ("pcap ", r#"--pcap: found "", it must be the name of a file such as nuse.pcapng"#),
        ("mem 15", r#"--mem: found "15", it must be a multiple of 4 from 16 to 65536 (MiB)"#),
        ("mem 18", r#"--mem: found "18", it must be a multiple of 4 from 16 to 65536 (MiB)"#),
    ] {
        mistake(one, flags, message);
    }
}

#[test]
fn an_interface_is_to_be_named() {
    for flags in ["ip 10.0.0.2/24", "mac 02:00:00:00:00:01", "mtu 1500"] {
        let (flag, value) = flags.split_once(' ').unwrap();
        let found = format!("--{flag}: found {value:?}, it must come with --vif NAME,");
        mistake("", flags, &format!("{found} as there is no interface yet"));
        let two = "interface eth0\ninterface eth1\n";
        mistake(two, flags, &format!("{found} to say which of eth0, eth1 is meant"));
    }
}

/// What a flag replaces is not looked at; all else is.
#[test]
fn mistakes_of_the_file_beside_them() {
    let text = "interface eth0\nip 10.0.0.300\n";
    assert!(read(text, "ip 10.0.0.2/24").is_ok());
    let message = read(text, "mtu 1500").unwrap_err();
    assert!(message.starts_with("nuse.conf:2: found \"10.0.0.300\", ip must"), "{message}");
    let message = read("dns 10.0.0.1\nmtu 1500\n", "dns 10.0.0.3").unwrap_err();
    assert!(message.starts_with("nuse.conf:2: found \"mtu\" in the wrong place"), "{message}");
}

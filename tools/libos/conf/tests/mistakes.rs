// SPDX-License-Identifier: GPL-2.0
//! Each kind of mistake, with the message that a user gets. The documentation lists the messages;
//! it must have every one of them.

use std::{fs, path::Path};

use nuse_conf::{load, parse};

const DOCUMENTATION: &str = include_str!("../../../../Documentation/nuse.conf.md");

/// Asserts that a text gives a message, and that the message is documented.
#[track_caller]
fn mistake(text: &str, message: &str) {
    gives(text, message);
    documented(message);
}

#[track_caller]
fn gives(text: &str, message: &str) {
    let error = parse("nuse.conf", text, &[]).expect_err(text);
    assert_eq!(error.to_string(), format!("nuse.conf:{message}"), "\n{text}");
}

/// Asserts that the documentation has the words of a message, whatever was found and wherever.
#[track_caller]
fn documented(message: &str) {
    let (_line, words) = message.split_once(": ").unwrap();
    let words = match words.strip_prefix("found \"") {
        Some(rest) => rest.split_once('"').unwrap().1,
        None => words,
    };
    let documented = DOCUMENTATION.lines().any(|line| line.ends_with(words));
    assert!(documented, "not documented: {words}");
}

/// The same for the lines of an interface, which start at line 2.
#[track_caller]
fn in_interface(body: &str, message: &str) {
    mistake(&format!("interface eth0\n{body}"), message);
}

/// The same for the lines of a route, which start at line 5, after an interface.
#[track_caller]
fn in_route(body: &str, message: &str) {
    let interface = "interface eth0\naddress 192.168.0.10/24\naddress6 2001:db8::2/64";
    mistake(&format!("{interface}\nroute\n{body}"), message);
}

#[test]
fn keys() {
    in_interface("adress 10.0.0.1", r#"2: found unknown key "adress", did you mean "address"?"#);
    in_interface(
        "hwaddr 02:00:00:00:00:01",
        r#"2: found unknown key "hwaddr", it must be one of address, netmask, address6, macaddr, viftype, mtu, link, ip, mac, vif, interface, route, nameserver, dns, gateway, sysctl, pcap, mem, host"#,
    );
    in_route(
        "metric 1",
        r#"5: found unknown key "metric", it must be one of network, netmask, gateway, network6, gateway6, interface, route, nameserver, dns, gateway, sysctl, pcap, mem, host"#,
    );
    mistake(
        "[eth0]",
        r#"1: found unknown key "[eth0]", it must be one of interface, route, nameserver, dns, gateway, sysctl, pcap, mem, host"#,
    );
    in_interface(
        "mtu 1500\n\nmtu 1500",
        r#"4: found "mtu" again, a section must have it once and has it at line 2"#,
    );
    in_interface(
        "mac 02:00:00:00:00:01\nmacaddr 02:00:00:00:00:01",
        r#"3: found "macaddr" again, a section must have it once and has it at line 2"#,
    );
}

#[test]
fn places() {
    mistake(
        "\naddress 10.0.0.1",
        r#"2: found "address" in the wrong place, it must follow a line "interface NAME""#,
    );
    mistake(
        "netmask 255.0.0.0",
        r#"1: found "netmask" in the wrong place, it must follow a line "interface NAME" or "route""#,
    );
    in_interface(
        "gateway6 fd00::1",
        r#"2: found "gateway6" in the wrong place, it must follow a line "route""#,
    );
    in_interface(
        "address 10.0.0.2\nnameserver 10.0.0.1\nnetmask 255.0.0.0",
        "2: found \"10.0.0.2\", address must come with netmask, or as 10.0.0.2/PREFIX",
    );
    mistake(
        "nameserver 10.0.0.1\nmtu 1500",
        r#"2: found "mtu" in the wrong place, it must follow a line "interface NAME""#,
    );
}

#[test]
fn shapes_of_lines() {
    in_interface(
        "address # none",
        "2: address has no value, it must be an IPv4 address such as 192.168.0.10",
    );
    in_interface(
        "address 10.0.0.1 255.0.0.0",
        r#"2: found "255.0.0.0" after the value of address, the line must end there (a comment starts with #)"#,
    );
    mistake(
        "route eth0",
        r#"1: found "eth0" after route, the line must end there (a comment starts with #)"#,
    );
}

#[test]
fn names() {
    let must = r#"must have a name such as eth0: 1 to 15 bytes without blank, quote, '/', ':' and '%', and not ".", "..", "lo", "all" or "default""#;
    for name in ["lo", "a/b", "eth%d", "all", "sixteen_bytes_xx"] {
        mistake(&format!("interface {name}"), &format!("1: found {name:?}, interface {must}"));
    }
    gives(r#"interface "eth0""#, &format!(r#"1: found "\"eth0\"", interface {must}"#));
    mistake("interface # none", &format!("1: interface has no value, it {must}"));
    mistake(
        "interface eth0\ninterface eth1\ninterface eth0",
        r#"3: found "eth0", interface must be unique, but the interface at line 1 has it already"#,
    );
}

#[test]
fn as_many_interfaces_as_a_stack_can_have() {
    let text: String = (0..17).map(|number| format!("interface eth{number}\n\n")).collect();
    let message = r#"33: found "eth16", interface must be one of 16 at most, beside lo"#;
    mistake(&text, message);
    let fewer = text.replace("interface eth0\n", "");
    assert_eq!(parse("nuse.conf", &fewer, &[]).unwrap().interfaces.len(), 16);
}

#[test]
fn a_mark_of_utf_8_is_no_part_of_the_text() {
    let conf = parse("nuse.conf", "\u{feff}interface eth0\r\n", &[]).unwrap();
    assert_eq!(conf.interfaces[0].name, "eth0");
    gives(
        "\u{feff}address 1",
        r#"1: found "address" in the wrong place, it must follow a line "interface NAME""#,
    );
    gives(
        "\u{feff}\nx\u{feff} 1",
        r#"2: found unknown key "x\u{feff}", it must be one of interface, route, nameserver, dns, gateway, sysctl, pcap, mem, host"#,
    );
}

#[test]
fn addresses() {
    in_interface(
        "address 10.0.0.300",
        r#"2: found "10.0.0.300", address must be an IPv4 address such as 192.168.0.10"#,
    );
    in_interface(
        "address ::1/64",
        r#"2: found "::1/64", address must be an IPv4 address, a slash and a prefix from 0 to 32"#,
    );
    in_interface(
        "address 10.0.0.2/33",
        r#"2: found "10.0.0.2/33", address must be an IPv4 address, a slash and a prefix from 0 to 32"#,
    );
    in_interface(
        "address 224.0.0.1/24",
        r#"2: found "224.0.0.1/24", address must be the address of a host, not unspecified, loopback, multicast or broadcast"#,
    );
    in_interface(
        "netmask 255.255.255.0\naddress 192.168.0.255",
        r#"3: found "192.168.0.255", address must be a host of 192.168.0.0/24, not its first or last address"#,
    );
    in_interface(
        "address 10.0.0.2/24\ninterface eth1\naddress 10.0.0.2/8",
        r#"4: found "10.0.0.2/8", address must be unique, but the interface at line 1 has it already"#,
    );
}

#[test]
fn netmasks() {
    in_interface(
        "address 10.0.0.2\nnetmask 255.0.255.0",
        r#"3: found "255.0.255.0", netmask must be a contiguous IPv4 netmask such as 255.255.255.0"#,
    );
    in_interface(
        "address 10.0.0.2",
        r#"2: found "10.0.0.2", address must come with netmask, or as 10.0.0.2/PREFIX"#,
    );
    in_interface("netmask 255.0.0.0", r#"2: found "255.0.0.0", netmask must come with address"#);
    in_interface(
        "address 10.0.0.2/24\nnetmask 255.0.0.0",
        r#"3: found "255.0.0.0", netmask must agree with the prefix /24 of address, or be left out"#,
    );
}

#[test]
fn addresses_of_either_family() {
    in_interface(
        "ip 10.0.0.300",
        r#"2: found "10.0.0.300", ip must be an address and its prefix, such as 192.168.0.10/24 or 2001:db8::2/64"#,
    );
    in_interface(
        "ip 10.0.0.2",
        r#"2: found "10.0.0.2", ip must come with netmask, or as 10.0.0.2/PREFIX"#,
    );
}

#[test]
fn addresses_of_ipv6() {
    let must = "address6 must be an IPv6 address, a slash and a prefix from 0 to 128, such as 2001:db8::2/64";
    for value in ["2001:db8::2", "2001:db8::2/129", "10.0.0.2/24"] {
        in_interface(&format!("address6 {value}"), &format!("2: found {value:?}, {must}"));
    }
    in_interface(
        "address6 ff02::1/64",
        r#"2: found "ff02::1/64", address6 must be the address of a host, not unspecified, loopback, multicast or broadcast"#,
    );
    in_interface(
        "address6 2001:db8::2/64\ninterface eth1\naddress6 2001:DB8:0::2/48",
        r#"4: found "2001:DB8:0::2/48", address6 must be unique, but the interface at line 1 has it already"#,
    );
}

#[test]
fn hardware() {
    let must = "macaddr must be six bytes such as 02:00:00:00:00:01, the first of them even (unicast) and not all zero";
    for value in ["00:00:00:00:00:00", "01:00:5e:00:00:01", "02:00:00:00:00", "02:00:00:00:00:0g"] {
        in_interface(&format!("macaddr {value}"), &format!("2: found {value:?}, {must}"));
    }
    in_interface(
        "macaddr 02:00:00:00:00:0a\ninterface eth1\nmacaddr 02:00:00:00:00:0A",
        r#"4: found "02:00:00:00:00:0A", macaddr must be unique, but the interface at line 1 has it already"#,
    );
    in_interface("link red", r#"2: found "red", link must come with viftype PIPE"#);
    in_interface(
        "viftype PIPE\nlink a/b",
        r#"3: found "a/b", link must be a name such as red: 1 to 64 bytes without blank and '/', and no '.' at the beginning"#,
    );
    in_interface(
        "viftype NETMAP",
        r#"2: found "NETMAP", viftype must be RAW, TAP, PIPE, PASST or XDP"#,
    );
}

#[test]
fn mtus() {
    for value in ["67", "65536", "+1500", "big", "99999999999"] {
        in_interface(
            &format!("mtu {value}"),
            &format!("2: found {value:?}, mtu must be a number from 68 to 65535"),
        );
    }
    in_interface(
        "mtu 1279\naddress6 2001:db8::2/64",
        r#"2: found "1279", mtu must be at least 1280, because the interface has an address6"#,
    );
}

#[test]
fn networks() {
    in_route(
        "network default",
        r#"5: found "default", network must be an IPv4 network such as 10.0.0.0"#,
    );
    in_route(
        "network 10.0.0.0/33",
        r#"5: found "10.0.0.0/33", network must be an IPv4 address, a slash and a prefix from 0 to 32"#,
    );
    in_route(
        "network 10.0.0.1\nnetmask 255.255.255.0\ngateway 192.168.0.1",
        r#"5: found "10.0.0.1", network must have no host bits: 10.0.0.0 for a prefix of 24"#,
    );
    in_route(
        "network 10.0.0.0\ngateway 192.168.0.1",
        r#"5: found "10.0.0.0", network must come with netmask, or as 10.0.0.0/PREFIX"#,
    );
    in_route(
        "netmask 0.0.0.0\ngateway 192.168.0.1",
        r#"5: found "0.0.0.0", netmask must come with network"#,
    );
    in_route(
        "network 10.0.0.0/8\nnetmask 0.0.0.0",
        r#"6: found "0.0.0.0", netmask must agree with the prefix /8 of network, or be left out"#,
    );
    in_route(
        "network6 2001:db8::",
        r#"5: found "2001:db8::", network6 must be an IPv6 network, a slash and a prefix from 0 to 128, such as 2001:db8::/32"#,
    );
    in_route(
        "network6 2001:db8::1/64\ngateway6 2001:db8::1",
        r#"5: found "2001:db8::1/64", network6 must have no host bits: 2001:db8:: for a prefix of 64"#,
    );
    in_route(
        "network 0.0.0.0/0\ngateway 192.168.0.1\nroute\nnetwork 0.0.0.0/0\ngateway 192.168.0.2",
        r#"8: found "0.0.0.0/0", network must be unique, but the route at line 4 has it already"#,
    );
    in_route(
        "network6 ::/0\ngateway6 2001:db8::1\nroute\nnetwork6 ::/0\ngateway6 2001:db8::3",
        r#"8: found "::/0", network6 must be unique, but the route at line 4 has it already"#,
    );
}

#[test]
fn incomplete_routes() {
    let must = "it must have network, netmask and gateway, or network6 and gateway6";
    in_route("", &format!("4: route has no network, {must}"));
    in_route("network 0.0.0.0/0", &format!("4: route has no gateway, {must}"));
    in_route("gateway 192.168.0.1", &format!("4: route has no network, {must}"));
    in_route("network6 ::/0", &format!("4: route has no gateway6, {must}"));
    in_route("gateway6 2001:db8::1", &format!("4: route has no network6, {must}"));
    in_route(
        "network 0.0.0.0/0\ngateway6 2001:db8::1",
        r#"6: found "gateway6" in a route with "network", a route must be all IPv4 or all IPv6"#,
    );
}

#[test]
fn gateways() {
    in_route(
        "gateway 192.168.0",
        r#"5: found "192.168.0", gateway must be an IPv4 address such as 192.168.0.1"#,
    );
    in_route(
        "gateway6 192.168.0.1",
        r#"5: found "192.168.0.1", gateway6 must be an IPv6 address such as 2001:db8::1"#,
    );
    for gateway in ["192.168.1.1", "192.168.0.10", "192.168.0.255", "0.0.0.0"] {
        let must =
            "gateway must be another host in the subnet of an interface: 192.168.0.0/24 (eth0)";
        in_route(
            &format!("network 0.0.0.0/0\ngateway {gateway}"),
            &format!("6: found {gateway:?}, {must}"),
        );
    }
    for gateway in ["fe80::1", "2001:db8::2"] {
        let must =
            "gateway6 must be another host in the subnet of an interface: 2001:db8::/64 (eth0)";
        in_route(
            &format!("network6 ::/0\ngateway6 {gateway}"),
            &format!("6: found {gateway:?}, {must}"),
        );
    }
    mistake(
        "route\nnetwork 0.0.0.0/0\ngateway 10.9.9.9\ninterface eth0\naddress 10.0.0.2/24\ninterface eth1\naddress 10.1.0.2/16",
        r#"3: found "10.9.9.9", gateway must be another host in the subnet of an interface: 10.0.0.0/24 (eth0), 10.1.0.0/16 (eth1)"#,
    );
    mistake(
        "interface eth0\nroute\nnetwork 0.0.0.0/0\ngateway 10.0.0.1",
        r#"4: found "10.0.0.1", gateway must be in the subnet of an interface, but none has an IPv4 address"#,
    );
}

#[test]
fn gateways_alone() {
    let interface = "interface eth0\naddress 10.0.0.2/24\n";
    mistake(
        &format!("{interface}gateway router"),
        r#"3: found "router", gateway must be an IPv4 or IPv6 address such as 192.168.0.1"#,
    );
    mistake(
        &format!("gateway 10.0.0.1\n{interface}gateway 10.0.0.3"),
        r#"4: found "10.0.0.3", gateway must be the only default route of its family, but there is one at line 1"#,
    );
}

/// A packet for a gateway leaves where the gateway is, and a gateway that is the stack is none.
#[test]
fn a_gateway_is_not_the_address_of_any_interface() {
    let text = "interface a\naddress 10.0.0.2/24\ninterface b\naddress 10.0.0.3/24\nroute\nnetwork 0.0.0.0/0\ngateway 10.0.0.3";
    let error = parse("nuse.conf", text, &[]).unwrap_err().to_string();
    assert!(error.starts_with("nuse.conf:7: found \"10.0.0.3\", gateway must be another host"));
}

#[test]
fn nameservers() {
    mistake(
        "nameserver dns.example.com",
        r#"1: found "dns.example.com", nameserver must be an IPv4 or IPv6 address such as 192.168.0.1"#,
    );
    mistake(
        "nameserver 1.1.1.1\nnameserver 1.1.1.2\nnameserver 1.1.1.3\nnameserver 1.1.1.4",
        r#"4: found "1.1.1.4", nameserver must be given three times at most"#,
    );
}

#[test]
fn sysctls() {
    let must = "must have a name and a value such as net.ipv4.tcp_congestion_control=bbr, all else than net is the host's";
    for value in ["net.ipv4.ip_forward", "ip_forward=1", "../etc/x=1", "net.ipv4.ip_forward ="] {
        mistake(&format!("sysctl {value}"), &format!("1: found {value:?}, sysctl {must}"));
    }
    mistake("sysctl # none", &format!("1: sysctl has no value, it {must}"));
    mistake(
        "sysctl net.a.b 1\nsysctl net/a/b=2",
        r#"2: found "net/a/b=2", sysctl must be unique, but the sysctl at line 1 has it already"#,
    );
}

#[test]
fn of_the_stack_as_a_whole() {
    for value in ["15", "18", "65540", "64M"] {
        mistake(
            &format!("mem {value}"),
            &format!("1: found {value:?}, mem must be a multiple of 4 from 16 to 65536 (MiB)"),
        );
    }
    mistake("mem 64\nmem 64", r#"2: found "64", mem must be given once, and is at line 1 already"#);
    mistake("pcap", "1: pcap has no value, it must be the name of a file such as nuse.pcapng");
    mistake(
        "pcap a b",
        r#"1: found "b" after the value of pcap, the line must end there (a comment starts with #)"#,
    );
}

#[test]
fn paths_of_the_host() {
    let must = r#"be an absolute path such as /run/nscd/socket, without "." and "..", of 254 bytes at most"#;
    for value in ["run/nscd", "/", "/run/../etc"] {
        mistake(&format!("host {value}"), &format!("1: found {value:?}, host must {must}"));
    }
    mistake(
        "host /run\nhost /run/",
        r#"2: found "/run/", host must be unique, but the host at line 1 has it already"#,
    );
    let many: Vec<_> = (1..=17).map(|number| format!("host /run/{number}")).collect();
    mistake(&many.join("\n"), r#"17: found "/run/17", host must be given 16 times at most"#);
}

#[test]
fn a_file_that_cannot_be_read() {
    let folder = Path::new(env!("CARGO_TARGET_TMPDIR"));
    let file = folder.join("missing.conf");
    let message = "cannot be read (No such file or directory (os error 2)), it must be a text file that you may read";
    loading_gives(&file, &format!(": {message}"));
    loading_gives(
        folder,
        &format!(
            ": {}",
            message
                .replace("No such file or directory (os error 2)", "Is a directory (os error 21)")
        ),
    );
    documented(&format!(": {message}"));
}

#[test]
fn a_file_that_is_not_text() {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join("latin1.conf");
    fs::write(&file, b"# fine\n\ninterface eth\xe9\n").unwrap();
    let message = "3: found a byte that is not UTF-8, the file must be plain text";
    loading_gives(&file, &format!(":{message}"));
    documented(message);
}

#[track_caller]
fn loading_gives(path: &Path, message: &str) {
    let error = load(path, &[]).expect_err(message);
    assert_eq!(error.to_string(), format!("{}{message}", path.display()));
}

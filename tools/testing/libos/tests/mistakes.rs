// SPDX-License-Identifier: GPL-2.0

//! Every mistake of nuse.conf that Documentation/nuse.conf.md lists, as a user meets it: one line
//! with file and line, exit status 2, and no process.

use libos_tests::{Finished, Net};

const ETH0: &str = "interface eth0\naddress 192.168.0.10/24\naddress6 2001:db8::2/64\n";

/// The text of nuse.conf, the line of the mistake, and words of the message: what was found, and
/// what would be right.
#[rustfmt::skip]
const MISTAKES: &[(&str, u32, &str, &str)] = &[
    // Keys and lines.
    ("interface eth0\nadress 10.0.0.1\n", 2, "\"adress\"", "did you mean \"address\"?"),
    ("interface eth0\nhwaddr 02:00:00:00:00:01\n", 2, "\"hwaddr\"", "macaddr"),
    ("route\nmetric 1\n", 2, "\"metric\"", "gateway"),
    ("[eth0]\n", 1, "\"[eth0]\"", "interface, route, nameserver, dns"),
    ("interface eth0\nmtu 1500\n\nmtu 1500\n", 4, "\"mtu\"", "line 2"),
    ("\naddress 10.0.0.1\n", 2, "\"address\"", "interface NAME"),
    ("\ngateway6 fd00::1\n", 2, "\"gateway6\"", "route"),
    ("netmask 255.0.0.0\n", 1, "\"netmask\"", "interface NAME"),
    ("nameserver 10.0.0.1\nmtu 1500\n", 2, "\"mtu\"", "interface NAME"),
    ("interface eth0\naddress\n", 2, "address", "an IPv4 address such as"),
    ("interface eth0\naddress 10.0.0.1 255.0.0.0\n", 2, "\"255.0.0.0\"", "the line must end there"),
    ("route eth0\n", 1, "\"eth0\"", "the line must end there"),
    // Interfaces.
    ("interface lo\n", 1, "\"lo\"", "a name such as eth0"),
    ("interface\n", 1, "interface", "a name such as eth0"),
    ("interface eth0\naddress 10.0.0.2/8\ninterface eth0\n", 3, "\"eth0\"", "unique"),
    ("interface eth0\naddress 10.0.0.300\n", 2, "\"10.0.0.300\"", "an IPv4 address such as"),
    ("interface eth0\naddress 10.0.0.2/33\n", 2, "\"10.0.0.2/33\"", "a prefix from 0 to 32"),
    ("interface eth0\naddress 224.0.0.1/24\n", 2, "\"224.0.0.1/24\"", "the address of a host"),
    ("interface eth0\nnetmask 255.255.255.0\naddress 192.168.0.255\n", 3, "\"192.168.0.255\"", "192.168.0.0/24"),
    ("interface eth0\naddress 10.0.0.2/24\ninterface eth1\naddress 10.0.0.2/8\n", 4, "\"10.0.0.2/8\"", "unique"),
    ("interface eth0\naddress 10.0.0.2\n", 2, "\"10.0.0.2\"", "netmask"),
    ("interface eth0\nip 10.0.0.300\n", 2, "\"10.0.0.300\"", "an address and its prefix"),
    ("interface eth0\nnetmask 255.0.0.0\n", 2, "\"255.0.0.0\"", "address"),
    ("interface eth0\naddress 10.0.0.2\nnetmask 255.0.255.0\n", 3, "\"255.0.255.0\"", "contiguous"),
    ("interface eth0\naddress 10.0.0.2/24\nnetmask 255.0.0.0\n", 3, "\"255.0.0.0\"", "/24"),
    ("interface eth0\naddress6 2001:db8::2\n", 2, "\"2001:db8::2\"", "a prefix from 0 to 128"),
    ("interface eth0\naddress6 ff02::1/64\n", 2, "\"ff02::1/64\"", "the address of a host"),
    ("interface eth0\naddress6 fd00::2/64\ninterface eth1\naddress6 fd00::2/48\n", 4, "\"fd00::2/48\"", "unique"),
    ("interface eth0\nmacaddr 00:00:00:00:00:00\n", 2, "\"00:00:00:00:00:00\"", "six bytes"),
    ("interface eth0\nmacaddr 02:00:00:00:00:0a\ninterface eth1\nmacaddr 02:00:00:00:00:0A\n", 4, "\"02:00:00:00:00:0A\"", "unique"),
    ("interface eth0\nviftype NETMAP\n", 2, "\"NETMAP\"", "RAW, TAP, PIPE, PASST or XDP"),
    ("interface eth0\nmtu 67\n", 2, "\"67\"", "68 to 65535"),
    ("interface eth0\nmtu 1279\naddress6 fd00::2/64\n", 2, "\"1279\"", "at least 1280"),
    // Routes, from line 4 on, after an interface.
    ("+route\ngateway 192.168.0.1\n", 4, "no network", "network, netmask and gateway"),
    ("+route\nnetwork 0.0.0.0/0\n", 4, "no gateway", "network, netmask and gateway"),
    ("+route\ngateway6 2001:db8::1\n", 4, "no network6", "network6 and gateway6"),
    ("+route\nnetwork6 ::/0\n", 4, "no gateway6", "network6 and gateway6"),
    ("+route\nnetwork 0.0.0.0/0\ngateway6 2001:db8::1\n", 6, "\"gateway6\"", "all IPv4 or all IPv6"),
    ("+route\nnetwork default\n", 5, "\"default\"", "an IPv4 network such as"),
    ("+route\nnetwork 10.0.0.0/33\n", 5, "\"10.0.0.0/33\"", "a prefix from 0 to 32"),
    ("+route\nnetwork 10.0.0.1/24\ngateway 192.168.0.1\n", 5, "\"10.0.0.1", "no host bits"),
    ("+route\nnetwork 0.0.0.0/0\ngateway 192.168.0.1\nroute\nnetwork 0.0.0.0/0\ngateway 192.168.0.2\n", 8, "\"0.0.0.0/0\"", "unique"),
    ("+route\nnetwork 10.0.0.0\ngateway 192.168.0.1\n", 5, "\"10.0.0.0\"", "netmask"),
    ("+route\nnetwork 10.0.0.0/8\nnetmask 0.0.0.0\ngateway 192.168.0.1\n", 6, "\"0.0.0.0\"", "/8"),
    ("+route\nnetwork6 2001:db8::\n", 5, "\"2001:db8::\"", "a prefix from 0 to 128"),
    ("+route\nnetwork6 2001:db8::1/64\n", 5, "\"2001:db8::1/64\"", "no host bits"),
    ("+route\ngateway 192.168.0\n", 5, "\"192.168.0\"", "an IPv4 address such as"),
    ("+route\ngateway6 192.168.0.1\n", 5, "\"192.168.0.1\"", "an IPv6 address such as"),
    ("+route\nnetwork 0.0.0.0/0\ngateway 192.168.1.1\n", 6, "\"192.168.1.1\"", "192.168.0.0/24 (eth0)"),
    ("+route\nnetwork6 ::/0\ngateway6 fe80::1\n", 6, "\"fe80::1\"", "2001:db8::/64 (eth0)"),
    ("route\nnetwork 0.0.0.0/0\ngateway 10.0.0.1\n", 3, "\"10.0.0.1\"", "none has an IPv4 address"),
    // Keys on their own.
    ("+gateway router\n", 4, "\"router\"", "an IPv4 or IPv6 address"),
    ("+gateway 192.168.0.1\ngateway 192.168.0.2\n", 5, "\"192.168.0.2\"", "the only default route"),
    ("sysctl ip_forward=1\n", 1, "\"ip_forward=1\"", "a name and a value"),
    ("sysctl net.a.b 1\nsysctl net/a/b 2\n", 2, "\"net/a/b 2\"", "unique"),
    ("pcap\n", 1, "pcap", "the name of a file"),
    ("mem 15\n", 1, "\"15\"", "16 to 65536"),
    ("mem 64\nmem 64\n", 2, "\"64\"", "line 1"),
    ("nameserver dns.example.com\n", 1, "\"dns.example.com\"", "an IPv4 or IPv6 address"),
    ("nameserver 1.1.1.1\nnameserver 1.1.1.2\nnameserver 1.1.1.3\nnameserver 1.1.1.4\n", 4, "\"1.1.1.4\"", "three times at most"),
];

#[test]
fn are_told_with_file_and_line() {
    let net = Net::raw();
    let file = net.file("nuse.conf");
    for (text, line, found, right) in MISTAKES {
        let text = text.strip_prefix('+').map_or(text.to_string(), |rest| format!("{ETH0}{rest}"));
        net.write_conf(&text);
        let finished = net.nuse(["echo", "the program was run"]).run();
        let place = format!("{}:{line}: ", file.display());
        is_one_message(&net, &finished, &[&place, found, right]);
    }
}

#[test]
fn a_byte_that_is_no_text() {
    let net = Net::raw();
    std::fs::write(net.file("nuse.conf"), b"interface eth0\n\naddress 10\xff\n").unwrap();
    let finished = net.nuse(["echo", "the program was run"]).run();
    let place = format!("{}:3: ", net.file("nuse.conf").display());
    is_one_message(&net, &finished, &[&place, "UTF-8", "plain text"]);
}

#[test]
fn a_file_that_cannot_be_read() {
    let net = Net::raw();
    for name in ["missing.conf", "."] {
        let file = net.file(name);
        let finished = net.nuse(["echo", "the program was run"]).env("NUSECONF", &file).run();
        is_one_message(&net, &finished, &[&file.display().to_string(), "cannot be read"]);
    }
}

#[track_caller]
fn is_one_message(net: &Net, finished: &Finished, parts: &[&str]) {
    let story = finished.story();
    assert_eq!(finished.code(), 2, "{story}");
    assert_eq!(finished.text(), "", "{story}");
    assert_eq!(finished.stderr.lines().count(), 1, "{story}");
    for part in parts {
        assert!(finished.stderr.contains(part), "no {part:?}: {story}");
    }
    net.stack().is_empty();
}

/// The 17th is a mistake of the file; 16 a stack can really have.
#[test]
fn more_interfaces_than_a_stack_can_have() {
    let net = Net::raw();
    let taps = |count| -> String {
        (1..=count).map(|number| format!("interface own{number}\nviftype TAP\n")).collect()
    };
    net.write_conf(&taps(17));
    let place = format!("{}:33: ", net.file("nuse.conf").display());
    let finished = net.nuse(["echo", "the program was run"]).run();
    is_one_message(&net, &finished, &[&place, "\"own17\"", "16 at most"]);
    net.write_conf(&taps(16));
    assert_eq!(net.nuse(["grep", "-c", "own", "/proc/net/dev"]).run().succeeds().text(), "16\n");
}

/// What the host lacks is told too, and the program is not run with less than it was promised.
#[test]
fn an_interface_that_the_host_does_not_have() {
    let net = Net::raw();
    net.write_conf("interface eth7\naddress 10.0.0.2/24\nviftype RAW\n");
    let finished = net.nuse(["echo", "the program was run"]).run().fails().says_no("program");
    assert!(finished.stderr.contains("eth7"), "{}", finished.story());
    net.stack().is_empty();
}

/// Limits of the shell are told by their names, before anything is damaged by them.
#[test]
fn a_limit_that_a_stack_does_not_fit_in() {
    let net = Net::raw();
    let nuse = libos_tests::place::nuse().display().to_string();
    let limited = |limit: &str| {
        let script = format!("ulimit {limit}; \"$0\" -q grep -c lo: /proc/net/dev");
        net.stack().task(["bash", "-c", &script, &nuse]).env_remove("NUSECONF").run()
    };
    for (limit, told) in [
        (
            "-n 20",
            "nuse: this process may have 20 descriptors, and a stack needs 387: raise `ulimit -n`",
        ),
        (
            "-n 256",
            "nuse: this process may have 256 descriptors, and a stack needs 387: raise `ulimit -n`",
        ),
        ("-v 400000", "nuse: the host gives this process no 512 MiB of addresses"),
        (
            "-f 100000",
            "nuse: a file of this process may have 100000 KiB, and an instance's memory needs",
        ),
    ] {
        let refused = limited(limit).ends_with(125);
        assert!(refused.stderr.starts_with(told), "no {told:?}: {}", refused.story());
        assert_eq!(refused.stderr.lines().count(), 1, "{}", refused.story());
    }
    assert_eq!(limited("-n 387").succeeds().text(), "1\n");
}

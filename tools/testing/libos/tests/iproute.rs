// SPDX-License-Identifier: GPL-2.0

//! ip(8) under nuse shows the program's stack, and not the host's.

use libos_tests::Net;
use libos_tests::net::HOST_MAC;

#[test]
fn addr() {
    for net in [Net::tap(), Net::raw()] {
        let addr = net.nuse(["ip", "addr"]).run().succeeds();
        addr.says("inet 10.0.0.2/24 brd 10.0.0.255 scope global")
            .says("inet6 fd00::2/64 scope global")
            .says("inet 127.0.0.1/8")
            .says("inet6 ::1/128")
            .says_no("10.0.0.1/24")
            .says_no("192.0.2.1")
            .says_no("other0");
    }
}

#[test]
fn link() {
    let net = Net::tap();
    net.write_conf(&net.conf().replace("viftype", "mtu 1400\nviftype"));
    let link = net.nuse(["ip", "link"]).run().succeeds();
    link.says("tap0: <BROADCAST,MULTICAST,UP,LOWER_UP> mtu 1400")
        .says("link/ether 02:00:00:00:00:02")
        .says("lo: <LOOPBACK,UP,LOWER_UP>")
        .says_no("other0");
}

#[test]
fn link_over_raw_has_a_mac_of_its_own() {
    let link = Net::raw().nuse(["ip", "link", "show", "dev", "eth0"]).run().succeeds();
    link.says("link/ether 02:00:00:00:00:02").says_no(HOST_MAC);
}

/// Interfaces without `macaddr` get one that is local, unicast, and another each time.
#[test]
fn a_random_mac() {
    let net = Net::raw();
    let conf: Vec<_> =
        net.conf().lines().filter(|l| !l.contains("macaddr")).map(String::from).collect();
    net.write_conf(&(conf.join("\n") + "\n"));
    let mac = || {
        let link = net.nuse(["ip", "-br", "link", "show", "dev", "eth0"]).run().succeeds().text();
        link.split_whitespace().nth(2).expect("a MAC address").to_string()
    };
    let (one, two) = (mac(), mac());
    let first = u8::from_str_radix(&one[..2], 16).expect("six bytes");
    assert_eq!(first & 3, 2, "{one} is not local and unicast");
    assert_ne!(one, two);
}

#[test]
fn route() {
    for (net, interface) in [(Net::tap(), "tap0"), (Net::raw(), "eth0")] {
        let route = net.nuse(["ip", "route"]).run().succeeds();
        route
            .says(&format!("default via 10.0.0.1 dev {interface}"))
            .says(&format!("10.0.0.0/24 dev {interface} proto kernel scope link src 10.0.0.2"))
            .says_no("192.0.2");
        let route = net.nuse(["ip", "-6", "route"]).run().succeeds();
        route.says(&format!("default via fd00::1 dev {interface}")).says("fd00::/64");
    }
}

/// The routes of nuse.conf are used: the peer answers for an address behind it.
#[test]
fn a_route_is_taken() {
    let net = Net::raw();
    net.peer().ip("addr add 203.0.113.5/32 dev lo");
    let ping = net.nuse(["ping", "-n", "-c", "1", "-W", "10", "203.0.113.5"]).run();
    ping.succeeds().says("1 received");
}

/// What a program changes is changed in its own stack only.
#[test]
fn changes_stay_inside() {
    let net = Net::tap();
    let script = "ip addr add 10.9.9.9/32 dev lo && ip link set dev tap0 mtu 1300 && ip addr";
    let addr = net.nuse(["sh", "-c", script]).run().succeeds();
    addr.says("inet 10.9.9.9/32").says("mtu 1300");
    net.stack().ip("addr").says_no("10.9.9.9").says_no("mtu 1300");
}

/// Received packets are joined beyond 64 KiB as long as they are for this stack alone: those that it
/// forwards must be what an interface can send.
#[test]
fn forwarding_ends_large_receive_offload() {
    let net = Net::tap();
    let script = "ethtool -k tap0 && echo 1 > /proc/sys/net/ipv4/ip_forward && ethtool -k tap0";
    let features = net.nuse(["sh", "-c", script]).run().succeeds().text();
    let of = |line: &&str| line.starts_with("large-receive-offload");
    let states: Vec<_> = features.lines().filter(of).collect();
    assert_eq!(states, ["large-receive-offload: on", "large-receive-offload: off"], "{features}");
}

/// Without NUSECONF there is lo, nothing else, and nuse says so.
#[test]
fn lo_only() {
    let net = Net::tap();
    let link = net.nuse(["ip", "-br", "link"]).env_remove("NUSECONF").run().succeeds();
    assert!(link.stderr.contains("lo only"), "{}", link.story());
    let names: Vec<_> = link
        .text()
        .lines()
        .map(|l| l.split_whitespace().next().unwrap_or("").to_string())
        .collect();
    assert_eq!(names, ["lo"]);
    let ping = net.nuse(["ping", "-n", "-c", "1", "10.0.0.1"]).env_remove("NUSECONF").run();
    ping.fails().says_no("1 received");
}

/// Files of the network are the same ones to who names them and to who has opened them.
#[test]
fn files_are_copied() {
    const LOOK: &str = "\
import errno, os
def identity(stat): return stat.st_dev, stat.st_ino, stat.st_mode, stat.st_uid
def same(path, opened): return identity(os.stat(path)) == identity(os.fstat(opened))
folder = os.open('/sys/class/net/lo', os.O_RDONLY)
print(same('/proc/net/dev', os.open('/proc/net/dev', os.O_RDONLY)),
      same('/sys/class/net/lo/mtu', os.open('mtu', os.O_RDONLY, dir_fd=folder)))
try:
    os.write(os.open('/proc/net/dev', os.O_RDONLY), b'x')
except OSError as error:
    print('read only')
";
    const COPY: &str = "\
cp /proc/net/dev \"$0/dev\" && cp /sys/class/net/lo/mtu \"$0\" && cp -r /sys/class/net/lo/statistics \"$0\" &&
grep -c lo: \"$0/dev\" && cat \"$0/mtu\" && ls \"$0/statistics\" | grep -c packets && python3 -c \"$1\"";
    let net = Net::tap();
    let folder = net.file("copies");
    std::fs::create_dir(&folder).unwrap();
    let words = ["sh", "-c", COPY, folder.to_str().unwrap(), LOOK];
    net.nuse(words).run().succeeds().says("1\n65536\n2\nTrue True\nread only\n");
}

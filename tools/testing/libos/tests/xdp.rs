// SPDX-License-Identifier: GPL-2.0

//! A stack beside the host's on one interface, by an AF_XDP socket.

use libos_tests::net::{HOST_MAC, STACK_MAC};
use libos_tests::{Net, data};

/// Both stacks answer, to a broadcast question, too, and neither gets what is the other's.
#[test]
fn beside_the_host() {
    let net = Net::xdp();
    net.stack().ip("addr add 10.0.0.3/24 dev eth0");
    let mut stack = net.nuse(["sh", "-c", "ip -br link show eth0; read line"]).open_input().start();
    stack.wait_for(STACK_MAC);
    net.stack().task(["ip", "link", "show", "eth0"]).run().succeeds().says("xdp");
    for (address, mac) in [("10.0.0.2", STACK_MAC), ("10.0.0.3", HOST_MAC)] {
        let ping = ["ping", "-n", "-c", "3", "-i", "0.2", "-W", "10", address];
        net.peer().task(ping).run().succeeds().says("3 received");
        net.peer().ip(&format!("neigh show {address}")).says(mac);
    }
    net.peer().task(["ping", "-6", "-n", "-c", "1", "-W", "10", "fd00::2"]).run().succeeds();
    stack.write(b"\n");
    stack.finish().succeeds();
    net.stack().task(["ip", "link", "show", "eth0"]).run().succeeds().says_no("xdp");
}

/// Data both ways, by processes that were forked and executed: each has the rings.
#[test]
fn data_passes_both_ways() {
    const MEGABYTES: usize = 10;
    let net = Net::xdp();
    let (sent, fetched) = (net.file("data"), net.file("fetched"));
    std::fs::write(&sent, data::bytes(MEGABYTES << 20)).unwrap();
    let folder = sent.parent().unwrap().to_str().unwrap();
    let serve = ["python3", "-u", "-m", "http.server", "8000", "--directory", folder];
    let mut server = net.peer().task(serve).start();
    server.wait_for("Serving HTTP");
    let mut receiver = net.peer().task(["nc", "-n", "-v", "-l", "7000"]).start();
    receiver.wait_for("Listening");
    let fetched = fetched.to_str().unwrap();
    let script = format!(
        "curl -sS -o {fetched} http://10.0.0.1:8000/data && (cat {fetched} | nc -n -N 10.0.0.1 7000)"
    );
    net.nuse(["sh", "-c", &script]).run().succeeds();
    assert!(receiver.finish().succeeds().stdout == data::bytes(MEGABYTES << 20), "it is damaged");
}

/// The stack makes its checksums by itself, and checks those of others.
#[test]
fn checksums_are_whole() {
    let net = Net::xdp();
    let words = ["tcpdump", "-n", "-v", "-c", "8", "-i", "eth0", "tcp and src host 10.0.0.2"];
    let mut watch = net.peer().task(words).start();
    watch.wait_for("listening on");
    let mut server = net.peer().task(["nc", "-n", "-v", "-l", "7000"]).start();
    server.wait_for("Listening");
    let script = "head -c 100000 /dev/zero | nc -n -N 10.0.0.1 7000";
    net.nuse(["sh", "-c", script]).run().succeeds();
    server.finish().succeeds();
    watch.finish().succeeds().says("(correct)").says_no("incorrect");
}

#[test]
fn another_program_is_told() {
    let net = Net::xdp();
    let mut first = net.nuse(["sh", "-c", "echo up; read line"]).open_input().start();
    first.wait_for("up");
    let refused = net.nuse(["true"]).run().ends_with(125);
    assert_eq!(refused.stderr.lines().count(), 1, "{}", refused.story());
    first.write(b"\n");
    first.finish().succeeds();
}

/// One stack after another, at once.
#[test]
fn again_and_again() {
    let net = Net::xdp();
    for _ in 0..20 {
        net.nuse(["true"]).run().succeeds();
    }
}

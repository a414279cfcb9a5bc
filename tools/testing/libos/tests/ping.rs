// SPDX-License-Identifier: GPL-2.0

//! Echo requests to a peer.

use libos_tests::Net;

fn answers(net: &Net, ping: &[&str], peer: &str) {
    let words = ["ping", "-n", "-c", "3", "-W", "10"].iter().chain(ping).chain([&peer]);
    net.nuse(words).run().succeeds().says("3 packets transmitted, 3 received, 0% packet loss");
}

#[test]
fn over_tap() {
    answers(&Net::tap(), &[], "10.0.0.1");
}

#[test]
fn over_tap_in_ipv6() {
    answers(&Net::tap(), &["-6"], "fd00::1");
}

#[test]
fn over_raw() {
    answers(&Net::raw(), &[], "10.0.0.1");
}

#[test]
fn over_raw_in_ipv6() {
    answers(&Net::raw(), &["-6"], "fd00::1");
}

#[test]
fn of_the_loopback_address() {
    answers(&Net::tap(), &[], "127.0.0.1");
    answers(&Net::tap(), &[], "::1");
}

/// What does not fit one packet is taken apart and put together again by both stacks.
#[test]
fn in_fragments() {
    answers(&Net::tap(), &["-s", "20000"], "10.0.0.1");
    answers(&Net::raw(), &["-6", "-s", "20000"], "fd00::1");
}

/// The peer pings the program's stack: it answers as long as the program runs.
#[test]
fn from_the_peer() {
    let net = Net::raw();
    let mut program = net.nuse(["sh", "-c", "echo up; exec sleep 1000"]).start();
    program.wait_for("up");
    for stack in ["10.0.0.2", "fd00::2"] {
        let ping = net.peer().task(["ping", "-n", "-c", "3", "-W", "10", stack]).run();
        ping.succeeds().says("3 received");
    }
    drop(program);
    net.stack().is_empty();
    let ping = net.peer().task(["ping", "-n", "-c", "1", "-W", "1", "10.0.0.2"]).run();
    ping.fails().says("0 received");
}

/// An address that nobody has is reported by the program's own stack.
#[test]
fn of_nobody() {
    let net = Net::tap();
    let ping = net.nuse(["ping", "-n", "-c", "1", "-W", "10", "10.0.0.77"]).run();
    ping.ends_with(1).says("From 10.0.0.2 icmp_seq=1 Destination Host Unreachable");
}

// SPDX-License-Identifier: GPL-2.0

//! nc(1): data both ways, over TCP and UDP.

use libos_tests::{Net, Task, data};

/// TCP from `sender` to `receiver`, which answers when it has everything.
fn tcp(sender: Task, receiver: Task) {
    let (there, back) = (data::lines(20_000), data::lines(10));
    let mut receiver = receiver.input(back.clone()).start();
    receiver.wait_for("Listening");
    let sender = sender.input(there.clone()).run().succeeds();
    assert!(receiver.finish().succeeds().text() == there, "not what was sent");
    assert_eq!(sender.text(), back);
}

/// One datagram each way.
fn udp(asker: Task, answerer: Task) {
    let mut answerer = answerer.open_input().start();
    answerer.wait_for("Bound on");
    let mut asker = asker.open_input().start();
    asker.write(b"a question\n");
    answerer.wait_for("a question\n");
    answerer.write(b"an answer\n");
    asker.wait_for("an answer\n");
    assert_eq!(answerer.written(), "a question\n");
    assert_eq!(asker.written(), "an answer\n");
}

const SERVE_TCP: [&str; 6] = ["nc", "-n", "-v", "-N", "-l", "7000"];
const SERVE_UDP: [&str; 6] = ["nc", "-n", "-v", "-u", "-l", "7000"];

fn tcp_to(address: &str) -> [&str; 5] {
    ["nc", "-n", "-N", address, "7000"]
}

fn udp_to(address: &str) -> [&str; 5] {
    ["nc", "-n", "-u", address, "7000"]
}

#[test]
fn tcp_from_nuse_to_the_peer() {
    for net in [Net::tap(), Net::raw()] {
        tcp(net.nuse(tcp_to("10.0.0.1")), net.peer().task(SERVE_TCP));
    }
}

#[test]
fn tcp_from_the_peer_to_nuse() {
    for net in [Net::tap(), Net::raw()] {
        tcp(net.peer().task(tcp_to("10.0.0.2")), net.nuse(SERVE_TCP));
    }
}

#[test]
fn tcp_in_ipv6() {
    let net = Net::raw();
    let serve = ["nc", "-6", "-n", "-v", "-N", "-l", "7000"];
    tcp(net.nuse(tcp_to("fd00::1")), net.peer().task(serve));
    tcp(net.peer().task(tcp_to("fd00::2")), net.nuse(serve));
}

#[test]
fn udp_from_nuse_to_the_peer() {
    for net in [Net::tap(), Net::raw()] {
        udp(net.nuse(udp_to("10.0.0.1")), net.peer().task(SERVE_UDP));
    }
}

#[test]
fn udp_from_the_peer_to_nuse() {
    for net in [Net::tap(), Net::raw()] {
        udp(net.peer().task(udp_to("10.0.0.2")), net.nuse(SERVE_UDP));
    }
}

/// Two programs under one nuse talk over its lo.
#[test]
fn two_programs_of_one_shell() {
    let net = Net::tap();
    let script = "nc -n -v -l 127.0.0.1 7000 > \"$0\" & \
                  until echo over lo | nc -n -N 127.0.0.1 7000; do sleep 0.1; done; wait";
    let file = net.file("received");
    net.nuse(["sh".as_ref(), "-c".as_ref(), script.as_ref(), file.as_os_str()]).run().succeeds();
    assert_eq!(std::fs::read_to_string(file).unwrap(), "over lo\n");
}

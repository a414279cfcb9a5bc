// SPDX-License-Identifier: GPL-2.0

//! Name servers, and those who ask them.

use libos_tests::dns::{self, NAME};
use libos_tests::{Net, Task};

use crate::place::wait_for_server;

/// What the peer's name server, or ours, says of [`NAME`].
fn says(task: Task, answer: &str) {
    assert_eq!(task.run().succeeds().text().trim_end(), answer);
}

pub fn dnsmasq() {
    let net = Net::raw();
    let record = format!("--host-record={NAME},10.0.0.7,fd00::7");
    let words = ["dnsmasq", "--no-daemon", "--conf-file=/dev/null", "--pid-file=", "--user=root"];
    let rest = ["--no-resolv", "--no-hosts", "--log-queries", &record];
    let mut dnsmasq = net.nuse(words.iter().chain(&rest)).start();
    wait_for_server(net.peer(), "10.0.0.2", "53");
    let ask = |words: &[&str]| net.peer().task(["dig", "+short", NAME].iter().chain(words));
    says(ask(&["@10.0.0.2"]), "10.0.0.7");
    says(ask(&["@10.0.0.2", "+tcp"]), "10.0.0.7");
    says(ask(&["@fd00::2", "AAAA"]), "fd00::7");
    dnsmasq.wait_for(&format!("query[AAAA] {NAME} from fd00::1"));
    dnsmasq.signal(libc::SIGTERM);
    dnsmasq.finish().succeeds();
}

pub fn dig() {
    let net = Net::raw();
    let mut server = dns::serve(net.peer());
    says(net.nuse(["dig", "+short", NAME]), "10.0.0.1");
    says(net.nuse(["dig", "+short", "+tcp", NAME, "AAAA"]), "fd00::1");
    says(net.nuse(["dig", "+short", "@fd00::1", NAME]), "10.0.0.1");
    server.wait_for(&format!("query[A] {NAME} from fd00::2"));
    says(net.nuse(["host", "-t", "A", NAME]), &format!("{NAME} has address 10.0.0.1"));
}

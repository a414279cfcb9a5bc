// SPDX-License-Identifier: GPL-2.0

//! Names are resolved by the program's stack, and nothing leaves by the host's.

use std::fs;

use libos_tests::dns::{self, NAME};
use libos_tests::{Net, Task};

/// Runs what `task` makes while the host's stack is watched; the question must reach the peer.
fn resolves(net: &Net, question: &str, task: impl FnOnce(&Net) -> Task, says: &str) {
    let mut server = dns::serve(net.peer());
    let watches = net.watch_host();
    task(net).run().succeeds().says(says);
    net.host_sent_nothing(watches);
    server.wait_for(&format!("query[{question}] {NAME} from "));
}

fn ping(net: &Net, family: &str) -> Task {
    net.nuse(["ping", family, "-c", "3", "-W", "10", NAME])
}

#[test]
fn ping_over_tap() {
    resolves(&Net::tap(), "A", |net| ping(net, "-4"), "3 received");
}

#[test]
fn ping_over_raw() {
    resolves(&Net::raw(), "A", |net| ping(net, "-4"), "3 received");
}

#[test]
fn ping_over_tap_in_ipv6() {
    resolves(&Net::tap(), "AAAA", |net| ping(net, "-6"), "3 received");
}

#[test]
fn ping_over_raw_in_ipv6() {
    resolves(&Net::raw(), "AAAA", |net| ping(net, "-6"), "3 received");
}

#[test]
fn getent_finds_the_address() {
    resolves(&Net::raw(), "A", |net| net.nuse(["getent", "ahostsv4", NAME]), "10.0.0.1");
}

#[test]
fn a_server_with_an_ipv6_address() {
    let net = Net::raw();
    net.write_conf(&net.conf().replace("nameserver 10.0.0.1", "nameserver fd00::1"));
    resolves(&net, "A", |net| net.nuse(["getent", "ahostsv4", NAME]), "10.0.0.1");
}

#[test]
fn a_shell_and_what_it_starts() {
    let script = format!("getent ahostsv4 {NAME} && (ping -c 1 -W 10 {NAME} | cat)");
    resolves(&Net::tap(), "A", |net| net.nuse(["sh", "-c", &script]), "1 received");
}

/// Without a server that answers there is an error, and the host's own servers are not asked.
#[test]
fn no_server_answers() {
    let net = Net::raw();
    let watches = net.watch_host();
    let getent = net.nuse(["getent", "ahostsv4", NAME]).env("RES_OPTIONS", "timeout:1 attempts:1");
    getent.run().ends_with(2);
    net.host_sent_nothing(watches);
}

/// The file that names the servers is the program's, and not the host's.
#[test]
fn resolv_conf_is_that_of_nuse_conf() {
    let net = Net::tap();
    let before = std::fs::read("/etc/resolv.conf").ok();
    let seen = net.nuse(["cat", "/etc/resolv.conf"]).run().succeeds().text();
    let servers: Vec<_> = seen.lines().filter(|line| line.starts_with("nameserver")).collect();
    assert_eq!(servers, ["nameserver 10.0.0.1"]);
    assert_eq!(std::fs::read("/etc/resolv.conf").ok(), before, "the host's file was changed");
}

/// Its file of name servers is removed with a launcher; with one that was killed, by the next one.
#[test]
fn no_file_is_left() {
    let net = Net::tap();
    let folder = net.file("temporary");
    fs::create_dir(&folder).expect("a folder of our own");
    let files = || fs::read_dir(&folder).expect("our folder").count();
    let run = |words: &[&str]| net.nuse(words).env("TMPDIR", &folder);
    let mut killed = run(&["sh", "-c", "echo up; exec sleep 1000"]).start();
    killed.wait_for("up");
    killed.signal(libc::SIGKILL);
    killed.finish();
    assert_eq!(files(), 1);
    net.stack().is_empty();
    run(&["cat", "/etc/resolv.conf"]).run().succeeds().says("nameserver 10.0.0.1");
    assert_eq!(files(), 0);
}

// SPDX-License-Identifier: GPL-2.0

//! iperf3(1): client and server, TCP and UDP, both directions. Not how fast: whether.

use libos_tests::{Net, Task};
use serde_json::Value;

const AMOUNT: u64 = 20 << 20;

fn server(task: impl Fn(&[&str]) -> Task) -> libos_tests::Process {
    let mut server = task(&["iperf3", "-s", "-1", "--forceflush"]).start();
    server.wait_for("Server listening");
    server
}

/// Runs client and server; what the client's report says.
fn report(net: &Net, nuse_serves: bool, options: &[&str]) -> Value {
    let under_nuse = |words: &[&str]| net.nuse(words);
    let at_peer = |words: &[&str]| net.peer().task(words);
    let address = if nuse_serves { "10.0.0.2" } else { "10.0.0.1" };
    let client: Vec<_> = ["iperf3", "-J", "-c", address].iter().chain(options).copied().collect();
    let (server, client) = if nuse_serves {
        (server(under_nuse), at_peer(&client).run())
    } else {
        (server(at_peer), under_nuse(&client).run())
    };
    let report = serde_json::from_slice(&client.succeeds().stdout).expect("a report in JSON");
    server.finish().succeeds();
    report
}

/// A number in the report.
#[track_caller]
fn number(report: &Value, name: &str) -> u64 {
    report
        .pointer(name)
        .and_then(Value::as_u64)
        .unwrap_or_else(|| panic!("no {name} in {report:#}"))
}

/// What is on its way when the sender has sent all counts as sent only.
fn tcp(net: &Net, nuse_serves: bool, options: &[&str]) {
    let amount = AMOUNT.to_string();
    let options: Vec<_> = ["-n", &amount].iter().chain(options).copied().collect();
    let report = report(net, nuse_serves, &options);
    assert!(number(&report, "/end/sum_sent/bytes") >= AMOUNT, "{report:#}");
    assert!(number(&report, "/end/sum_received/bytes") > 0, "{report:#}");
}

fn udp(net: &Net, nuse_serves: bool, options: &[&str]) {
    let options: Vec<_> =
        ["-u", "-b", "20M", "-l", "1400", "-n", "2M"].iter().chain(options).copied().collect();
    let report = report(net, nuse_serves, &options);
    let packets = number(&report, "/end/sum/packets");
    let lost = number(&report, "/end/sum/lost_packets");
    assert!(packets > 1000 && lost < packets / 2, "{report:#}");
}

#[test]
fn tcp_is_sent() {
    tcp(&Net::tap(), false, &[]);
    tcp(&Net::raw(), false, &[]);
}

#[test]
fn tcp_is_received() {
    tcp(&Net::tap(), false, &["-R"]);
    tcp(&Net::raw(), false, &["-R"]);
}

#[test]
fn tcp_is_served() {
    tcp(&Net::tap(), true, &[]);
    tcp(&Net::raw(), true, &["-R"]);
}

#[test]
fn tcp_in_parallel_streams() {
    tcp(&Net::raw(), false, &["-P", "4"]);
    tcp(&Net::tap(), true, &["-P", "4"]);
}

#[test]
fn udp_is_sent() {
    udp(&Net::tap(), false, &[]);
    udp(&Net::raw(), false, &[]);
}

#[test]
fn udp_is_received() {
    udp(&Net::tap(), false, &["-R"]);
    udp(&Net::raw(), false, &["-R"]);
}

#[test]
fn udp_is_served() {
    udp(&Net::tap(), true, &[]);
    udp(&Net::raw(), true, &["-R"]);
}

// SPDX-License-Identifier: GPL-2.0

//! Ten megabytes over HTTP, both ways.

use std::fs;
use std::path::Path;

use libos_tests::{Net, Process, Task, data, dns};

const TEN_MEGABYTES: usize = 10 << 20;

fn server<'a>(folder: &'a Path, address: &'a str) -> [&'a str; 9] {
    let folder = folder.to_str().expect("a plain path");
    ["python3", "-u", "-m", "http.server", "8000", "--bind", address, "--directory", folder]
}

/// Puts the data where a server serves it.
fn served(net: &Net) -> std::path::PathBuf {
    let folder = net.file("served");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("data"), data::bytes(TEN_MEGABYTES)).unwrap();
    folder
}

fn listening(task: Task) -> Process {
    let mut server = task.start();
    server.wait_for("Serving HTTP on");
    server
}

/// Asserts that the file that was fetched is the one that was served.
fn is_what_was_served(net: &Net, fetched: &str) {
    let fetched = fs::read(net.file(fetched)).expect("a file was fetched");
    assert_eq!(fetched.len(), TEN_MEGABYTES);
    assert!(fetched == data::bytes(TEN_MEGABYTES), "the data is damaged");
}

/// A client under nuse fetches the data of the peer.
fn fetches(net: &Net, peer: &str, client: impl Fn(&str, &str) -> Vec<String>) {
    let folder = served(net);
    let address = peer.trim_matches(['[', ']']);
    let server = listening(net.peer().task(server(&folder, address)));
    let to = net.file("fetched");
    let words = client(&format!("http://{peer}:8000/data"), to.to_str().expect("a plain path"));
    net.nuse(words).run().succeeds();
    is_what_was_served(net, "fetched");
    drop(server);
}

fn curl(url: &str, to: &str) -> Vec<String> {
    ["curl", "-sS", "-o", to, url].map(String::from).to_vec()
}

fn wget(url: &str, to: &str) -> Vec<String> {
    ["wget", "-q", "--tries=1", "-O", to, url].map(String::from).to_vec()
}

#[test]
fn curl_over_tap() {
    fetches(&Net::tap(), "10.0.0.1", curl);
}

#[test]
fn curl_over_raw() {
    fetches(&Net::raw(), "10.0.0.1", curl);
}

#[test]
fn curl_in_ipv6() {
    fetches(&Net::raw(), "[fd00::1]", curl);
}

#[test]
fn curl_by_name() {
    let net = Net::tap();
    let _dns = dns::serve(net.peer());
    fetches(&net, "10.0.0.1", |url, to| curl(&url.replace("10.0.0.1", dns::NAME), to));
}

#[test]
fn wget_over_tap() {
    fetches(&Net::tap(), "10.0.0.1", wget);
}

#[test]
fn wget_over_raw() {
    fetches(&Net::raw(), "10.0.0.1", wget);
}

#[test]
fn wget_in_ipv6() {
    fetches(&Net::tap(), "[fd00::1]", wget);
}

/// A server under nuse; the peer fetches.
fn serves(net: &Net, address: &str, peer_asks: &str) {
    let folder = served(net);
    let server = listening(net.nuse(server(&folder, address)));
    let to = net.file("fetched");
    let url = format!("http://{peer_asks}:8000/data");
    let words = ["curl", "-sS", "-g", "-o", to.to_str().expect("a plain path"), &url];
    net.peer().task(words).run().succeeds();
    is_what_was_served(net, "fetched");
    drop(server);
}

#[test]
fn python_serves_over_tap() {
    serves(&Net::tap(), "0.0.0.0", "10.0.0.2");
}

#[test]
fn python_serves_over_raw() {
    serves(&Net::raw(), "0.0.0.0", "10.0.0.2");
}

#[test]
fn python_serves_in_ipv6() {
    serves(&Net::raw(), "::", "[fd00::2]");
}

/// Nobody listens: the peer's reset is the client's error.
#[test]
fn a_refused_connection_is_an_error() {
    let net = Net::raw();
    let curl = net.nuse(["curl", "-sS", "http://10.0.0.1:8000/"]).run();
    const COULD_NOT_CONNECT: i32 = 7;
    curl.ends_with(COULD_NOT_CONNECT);
}

// SPDX-License-Identifier: GPL-2.0

//! nuse by an ordinary user: a stack of its own, and passt as the way out.
//!
//! ```text
//!  nuse 10.0.2.15 --- passt, eth0 192.0.2.2 --- eth0 192.0.2.1, fd00::1 / 10.0.0.1 on lo
//!  "inside"                                     "outside"
//! ```

use std::time::{Duration, Instant};

use libos_tests::{Finished, Netns, Task, User, data, dns};

struct Host {
    user: User,
    inside: Netns,
    outside: Netns,
}

impl Host {
    fn new() -> Self {
        let (inside, outside) = (Netns::new(), Netns::new());
        inside.ip(&format!("link add eth0 type veth peer name eth0 netns {}", outside.name()));
        inside.ip("addr add 192.0.2.2/24 dev eth0");
        inside.ip("addr add fd00:1::2/64 dev eth0 nodad");
        inside.ip("link set dev eth0 up");
        inside.ip("route add default via 192.0.2.1");
        inside.ip("route add default via fd00:1::1");
        outside.ip("addr add 192.0.2.1/24 dev eth0");
        outside.ip("addr add fd00:1::1/64 dev eth0 nodad");
        outside.ip("addr add 10.0.0.1/32 dev lo");
        outside.ip("addr add fd00::1/128 dev lo nodad");
        outside.ip("link set dev eth0 up");
        // passt sends echo requests as any user may, where any user may.
        let ping = "net.ipv4.ping_group_range=0 2147483647";
        inside.task(["sysctl", "-q", ping]).run().succeeds();
        Host { user: User::new(), inside, outside }
    }

    fn nuse(&self, words: &[&str]) -> Task {
        self.user.nuse(&self.inside, words)
    }

    /// passt ends after the stack that it was started for.
    fn is_left_empty(&self) {
        let begin = Instant::now();
        while !self.inside.processes().is_empty() && begin.elapsed() < Duration::from_secs(10) {
            std::thread::sleep(Duration::from_millis(20));
        }
        self.inside.is_empty();
        self.user.left_nothing();
    }
}

/// `--vif` without a type is passt for who is not root, with addresses and all.
#[test]
fn a_way_out() {
    let host = Host::new();
    let script = "id -u; ip -br addr; cat /etc/resolv.conf; ping -n -c 2 -W 10 10.0.0.1";
    let said = host.nuse(&["--vif", "eth0", "sh", "-c", script]).run().succeeds();
    said.says("65534\n").says("10.0.2.15/24").says("nameserver 10.0.2.3").says("2 received");
    host.is_left_empty();
}

#[test]
fn data_passes_both_ways() {
    const MEGABYTES: usize = 20;
    let host = Host::new();
    std::fs::write(host.user.home().join("data"), data::bytes(MEGABYTES << 20)).unwrap();
    let (home, sent) = (host.user.home(), host.user.home().join("data"));
    let folder = home.to_str().unwrap();
    let serve = ["python3", "-u", "-m", "http.server", "8000", "--directory", folder];
    let mut server = host.outside.task(serve).start();
    server.wait_for("Serving HTTP");
    let mut receiver = host.outside.task(["nc", "-n", "-v", "-l", "7000"]).start();
    receiver.wait_for("Listening");
    let script = format!(
        "curl -sS -o {folder}/fetched http://10.0.0.1:8000/data && nc -n -N 10.0.0.1 7000 < {folder}/fetched"
    );
    host.nuse(&["--vif", "eth0", "sh", "-c", &script]).run().succeeds();
    let received: Finished = receiver.finish().succeeds();
    assert!(received.stdout == std::fs::read(sent).unwrap(), "the data is damaged");
    drop(server);
    host.is_left_empty();
}

/// In IPv6, passt tells the stack its network, as routers do.
#[test]
fn a_way_out_in_ipv6() {
    let host = Host::new();
    let server = "import socket
with socket.create_server(('fd00::1', 7000), family=socket.AF_INET6) as server:
    print('listening', flush=True)
    connection, _ = server.accept()
    connection.sendall(b'six')
    connection.close()
";
    let mut server = host.outside.task(["python3", "-c", server]).start();
    server.wait_for("listening");
    let script =
        "for i in 1 2 3 4 5 6 7 8 9; do nc -n -d -w 10 fd00::1 7000 && break; sleep 0.5; done";
    host.nuse(&["--vif", "eth0", "sh", "-c", script]).run().succeeds().says("six");
    server.finish().succeeds();
}

#[test]
fn names_are_resolved_by_the_server_that_is_given() {
    let host = Host::new();
    host.inside.ip("route add 10.0.0.1/32 via 192.0.2.1");
    let server = dns::serve(&host.outside);
    let words = ["--vif", "eth0", "--dns", "10.0.0.1", "getent", "ahostsv4", dns::NAME];
    host.nuse(&words).run().succeeds().says("10.0.0.1");
    drop(server);
}

/// Nothing comes in, and the host's own services are not reached.
#[test]
fn the_host_is_not_reached() {
    let host = Host::new();
    let mut server = host.inside.task(["nc", "-n", "-v", "-l", "-k", "127.0.0.1", "7000"]).start();
    server.wait_for("Listening");
    host.nuse(&["--vif", "eth0", "nc", "-n", "-z", "-w", "2", "10.0.2.2", "7000"]).run().fails();
    drop(server);
}

#[test]
fn without_passt_it_is_named() {
    let host = Host::new();
    let empty = host.user.home().join("empty");
    std::fs::create_dir(&empty).unwrap();
    let words = ["sh", "-c", "PATH=$1 exec \"$0\" --vif eth0 true"];
    let nuse = host.user.home().parent().unwrap().join("nuse");
    let words = words.map(std::ffi::OsString::from);
    let words = words.into_iter().chain([nuse.into_os_string(), empty.into_os_string()]);
    let refused = host.user.task(&host.inside, words).run().ends_with(125);
    assert!(refused.stderr.contains("Debian's package passt"), "{}", refused.story());
    assert!(refused.stderr.contains("--vif PIPE:NAME"), "{}", refused.story());
}

/// What passt says when it cannot start is passed on.
#[test]
fn a_host_without_network_is_told() {
    let host = Host::new();
    host.inside.ip("link del eth0");
    let refused = host.nuse(&["--vif", "eth0", "true"]).run().ends_with(125);
    let lines: Vec<_> = refused.stderr.lines().collect();
    assert_eq!(lines.len(), 1, "{}", refused.story());
    assert!(lines[0].starts_with("nuse: eth0: passt did not start: "), "{}", refused.story());
    assert!(!lines[0].contains("no reason"), "{}", refused.story());
}

/// What takes root is said in one line, with what does not.
#[test]
fn what_takes_root_is_told() {
    let host = Host::new();
    for vif in ["TAP:tap0", "RAW:eth0", "XDP:eth0"] {
        let refused = host.nuse(&["--vif", vif, "true"]).run().ends_with(125);
        assert_eq!(refused.stderr.lines().count(), 1, "{}", refused.story());
        for part in ["root", "PASST", "PIPE"] {
            assert!(refused.stderr.contains(part), "{vif}: {}", refused.story());
        }
    }
}

/// A stack that has only lo takes nothing at all, and has a name.
#[test]
fn lo_alone() {
    let host = Host::new();
    let script = "ping -n -c 1 127.0.0.1";
    host.nuse(&["--name", "mine", "sh", "-c", script]).run().succeeds().says("1 received");
    host.is_left_empty();
}

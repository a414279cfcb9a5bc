// SPDX-License-Identifier: GPL-2.0

//! Programs that people use, under `nuse`, against a peer in another network namespace. What they
//! did is checked, not only that they ended well.
//!
//! Each row of [`programs!`] is a test, and a row of Documentation/programs.md. What does not work
//! is a row too: its test asserts that it fails in the way that the row says, and not by way of the
//! host's network.

mod languages;
mod place;
mod remote;
mod resolvers;
mod stack;
mod stores;
mod tools;
mod web;

use std::fs;
use std::path::Path;

const WORKS: &str = "works";

/// A program, what was done, what came of it: a test of this name, in the module that is named.
macro_rules! programs {
    ($($module:ident::$test:ident: $program:literal, $what:literal, $outcome:expr;)*) => {
        const ROWS: &[[&str; 3]] = &[$([$program, $what, $outcome]),*];

        $(
            #[test]
            fn $test() {
                $module::$test();
            }
        )*
    };
}

programs! {
    tools::iperf3: "iperf3", "TCP sent and received, UDP served", WORKS;
    tools::nc: "nc", "lines over TCP, both ways", WORKS;
    tools::socat: "socat", "a forking server that executes a program; UDP; a relay to TLS", WORKS;
    tools::bash: "bash", "pipelines with ip, ss and awk; background jobs; `<()`", WORKS;
    tools::bash_redirections: "bash", "`echo 1 > /proc/sys/net/…`; HTTP by `/dev/tcp`", WORKS;
    tools::busybox: "busybox, static", "wget, and a web server whose pages are scripts; pipelines of its \
        shell; nc", WORKS;
    tools::tcpdump: "tcpdump", "a capture of an instance's interface from another terminal", WORKS;
    web::clients: "curl, wget", "5 MB over HTTP and HTTPS; a certificate that is not trusted", WORKS;
    web::nginx: "nginx", "a master and two workers; HTTPS; `wrk -c 64` from the peer", WORKS;
    web::haproxy: "haproxy", "two servers in turn, behind HTTP and TLS; its statistics", WORKS;
    stores::redis: "redis-server", "redis-benchmark from the peer", WORKS;
    stores::redis_inside: "redis-server, redis-benchmark", "both inside, also with threads", WORKS;
    stores::memcached: "memcached", "four threads, a thousand items", WORKS;
    stores::postgres: "postgres", "pgbench with 8 clients from the peer", WORKS;
    remote::ssh: "ssh, scp, git", "a command at the peer; 5 MB both ways; clone over ssh", WORKS;
    remote::sshd: "sshd", "logins of the peer, with and without a terminal; scp; clone over ssh",
        WORKS;
    resolvers::dnsmasq: "dnsmasq", "asked by the peer over UDP, TCP and IPv6", WORKS;
    resolvers::dig: "dig, host", "a name of the server in nuse.conf, and of one that is named",
        WORKS;
    languages::python: "python3", "urllib, threads, asyncio, subprocess, multiprocessing; \
        http.server and an echo with asyncio", WORKS;
    languages::node: "node", "fetch, dns, child_process; an HTTP server", WORKS;
    languages::java: "java", "HttpClient, URL, InetAddress; an HttpServer with threads", WORKS;
    languages::go: "Go, static (`CGO_ENABLED=0`)", "net/http, client and server, with many goroutines; \
        its own resolver; os/exec, also with a listener; nil dereferences, preemption", WORKS;
    languages::go_anywhere: "Go, static (`-buildmode=pie`)", "the same", WORKS;
    languages::go_with_cgo: "Go, with cgo", "the same, also with a child that is static", WORKS;
    languages::go_library: "Go, a library in python3 (`-buildmode=c-shared`)",
        "a hundred connections on goroutines, net/http", WORKS;
    stack::nft: "nft", "destination and source NAT, of own and of forwarded connections", WORKS;
    stack::tc: "tc", "netem: delay, and loss; their statistics", WORKS;
    stack::xfrm: "ip xfrm", "ESP (AES-GCM) between two instances, 5 MB over HTTP", WORKS;
    stack::wireguard: "wg", "WireGuard between two instances, 5 MB over HTTP in IPv4 and IPv6",
        WORKS;
    stack::mptcp: "python3, ip mptcp", "MPTCP between two instances over two interfaces", WORKS;
    stack::ipv6_only: "ping, curl", "an interface without IPv4, a name server in IPv6", WORKS;
    stack::multicast: "python3", "sender and receiver of a group, in IPv4 and IPv6", WORKS;
}

/// Documentation/programs.md.
fn table() -> String {
    let rows =
        ROWS.iter().map(|[program, what, outcome]| format!("| {program} | {what} | {outcome} |\n"));
    let head = "<!-- SPDX-License-Identifier: GPL-2.0 -->\n\
                <!-- Made by tools/testing/libos/tests/programs: \
                UPDATE_PROGRAMS=1 cargo test -p libos-tests --test programs documentation -->\n\
                # Programs\n\
                \n\
                Unmodified programs of Debian 12 under `nuse`, each with a peer in another network \
                namespace. Every row\n\
                is a test.\n\
                \n\
                | program | what was done | works, or how it fails and why |\n\
                | --- | --- | --- |\n";
    head.to_string() + &rows.collect::<String>()
}

#[test]
fn documentation() {
    let file = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../../Documentation/programs.md");
    if std::env::var_os("UPDATE_PROGRAMS").is_some() {
        fs::write(&file, table()).expect("Documentation can be written");
    }
    let written = fs::read_to_string(&file).unwrap_or_default();
    assert!(written == table(), "{} is not the table of these tests", file.display());
}

// SPDX-License-Identifier: GPL-2.0

//! Tools of the command line.

use libos_tests::{Finished, Net, Process, Task, data};
use serde_json::Value;

use crate::place::{self, file, script};
use crate::web::{certificate, start_nginx};

/// A server for one client.
#[track_caller]
fn iperf3_server(task: impl FnOnce(&[&str]) -> Task) -> Process {
    let mut server = task(&["iperf3", "-s", "-1", "--forceflush"]).start();
    server.wait_for("Server listening");
    server
}

#[track_caller]
fn report(client: Finished, server: Process, name: &str) -> u64 {
    server.finish().succeeds();
    let report: Value = serde_json::from_slice(&client.succeeds().stdout).expect("JSON");
    let number = report.pointer(name).and_then(Value::as_u64);
    number.unwrap_or_else(|| panic!("no {name} in {report:#}"))
}

pub fn iperf3() {
    const TCP: [&str; 6] = ["iperf3", "-J", "-n", "10M", "-c", "10.0.0.1"];
    const UDP: [&str; 10] =
        ["iperf3", "-J", "-u", "-b", "20M", "-l", "1400", "-n", "1400K", "-c10.0.0.2"];
    let net = Net::raw();
    for options in [&[][..], &["-R"]] {
        let server = iperf3_server(|words| net.peer().task(words));
        let client = net.nuse(TCP.iter().chain(options)).run();
        assert!(report(client, server, "/end/sum_received/bytes") > 8 << 20);
    }
    let server = iperf3_server(|words| net.nuse(words));
    assert!(report(net.peer().task(UDP).run(), server, "/end/sum/packets") >= 1000);
}

pub fn nc() {
    let net = Net::raw();
    let (there, back) = (data::lines(20_000), data::lines(1000));
    let mut server = net.nuse(["nc", "-n", "-v", "-N", "-l", "7000"]).input(back.clone()).start();
    server.wait_for("Listening");
    let client = ["nc", "-n", "-N", "10.0.0.2", "7000"];
    let client = net.peer().task(client).input(there.clone()).run().succeeds();
    assert!(server.finish().succeeds().text() == there, "not what was sent");
    assert!(client.text() == back, "not what was answered");
}

/// A server that ends when it is told to.
#[track_caller]
fn socat_server(net: &Net, words: &[&str]) -> Process {
    let mut socat = net.nuse(["socat", "-d", "-d"].iter().chain(words)).start();
    socat.wait_for(if words[0].starts_with("UDP") { "receiving on" } else { "listening on" });
    socat
}

pub fn socat() {
    let net = Net::raw();
    certificate(&net);
    let (sent, server) = (data::bytes(place::AMOUNT), "TCP-LISTEN:7000,fork,reuseaddr");
    let sum = Task::new(["sha256sum"]).input(sent.clone()).run().succeeds().text();
    let ask = |to: &str| {
        let socat = net.peer().task(["socat", "-t", "30", "-", to]).input(sent.clone());
        assert_eq!(socat.run().succeeds().text(), sum);
    };
    let socat = socat_server(&net, &[server, "EXEC:sha256sum"]);
    ask("TCP:10.0.0.2:7000");
    ask("TCP:10.0.0.2:7000");
    let tls = format!("OPENSSL-LISTEN:7001,cert={},verify=0,fork", file(&net, "both.pem"));
    let text =
        format!("socat {server} EXEC:sha256sum & socat -d -d {tls} TCP:127.0.0.1:7000 & wait");
    drop(socat);
    let mut relay = script(&net, &text, &[]).start();
    relay.wait_for("listening on");
    place::wait_for_server(net.peer(), "10.0.0.2", "7000");
    ask(&format!("OPENSSL:10.0.0.2:7001,cafile={}", file(&net, "cert.pem")));
    drop(relay);

    let _udp = socat_server(&net, &["UDP4-RECVFROM:7002,fork", "EXEC:cat"]);
    for text in ["one\n", "two\n"] {
        let words = ["socat", "-t", "2", "-", "UDP4:10.0.0.2:7002"];
        assert_eq!(net.peer().task(words).input(text).run().succeeds().text(), text);
    }
}

pub fn bash() {
    const SCRIPT: &str = "
        nc -n -k -l 7000 > /dev/null & server=$!
        until ss -Htln | grep -q :7000; do sleep 0.1; done
        echo listeners $(ss -Htln | tee >(cat >&2) | wc -l)
        for n in 1 2 3; do ip route get 10.0.0.1 | awk '{ print $5 }'; done | sort | uniq -c
        diff <(ip -br addr) <(ip -br addr) && echo the same
        echo lo 10 | nc -n -N 127.0.0.1 7000
        while read -r line; do case $line in TCP:*) echo $line;; esac; done < /proc/net/sockstat
        (ip monitor address & monitor=$!; sleep 0.5
         ip addr add 10.3.3.3/32 dev lo; sleep 0.5; kill $monitor) | cat
        kill $server";
    let said = script(&Net::raw(), SCRIPT, &[]).run().succeeds();
    said.says("listeners 1\n")
        .says("3 10.0.0.2\n")
        .says("the same\n")
        .says("TCP: inuse ")
        .says("inet 10.3.3.3/32 scope global lo");
}

/// Standard streams whose descriptors are the library's, in the shell and in what it executes.
pub fn bash_redirections() {
    const SCRIPT: &str = "
        echo 77 > /proc/sys/net/ipv4/ip_default_ttl
        echo ttl $(cat /proc/sys/net/ipv4/ip_default_ttl)
        exec 3<>/dev/tcp/10.0.0.1/8080
        printf 'GET /short HTTP/1.0\\r\\n\\r\\n' >&3
        sort <&3 | grep short
        exec 3>&-
        echo the end";
    let net = Net::raw();
    let _nginx = start_nginx(&net, |words| net.peer().task(words));
    script(&net, SCRIPT, &[]).run().succeeds().says("ttl 77\nshort\nthe end\n");
}

pub fn tcpdump() {
    let net = Net::raw();
    let name = format!("test-{}", net.stack().name());
    let nuse = libos_tests::place::nuse().display().to_string();
    let words = [&nuse, "-q", "--name", &name, "bash", "-c", "echo ready; read -r _"];
    let program = net.stack().task(words).env("NUSECONF", net.file("nuse.conf"));
    let mut program = program.open_input().start();
    program.wait_for("ready");
    let words = ["tcpdump", "-n", "-l", "-i", "eth0", "-c", "4", "icmp"];
    let attached = [nuse.as_str(), "--attach", &name];
    let mut tcpdump = Task::new(attached.into_iter().chain(words)).start();
    tcpdump.wait_for("listening on eth0");
    net.peer().task(["ping", "-n", "-c", "2", "-i", "0.2", "10.0.0.2"]).run().succeeds();
    let said = tcpdump.finish().succeeds();
    assert!(said.stderr.contains("4 packets captured"), "{}", said.story());
    said.says("IP 10.0.0.1 > 10.0.0.2: ICMP echo request")
        .says("IP 10.0.0.2 > 10.0.0.1: ICMP echo reply");
    program.write(b"\n");
    program.finish().succeeds();
}

/// A static program, whose shell starts itself again.
pub fn busybox() {
    let net = Net::raw();
    let nginx = start_nginx(&net, |words| net.peer().task(words));
    let fetch = "busybox wget -q -O - http://10.0.0.1:8080/data";
    place::is_what_was_served(&net.nuse(fetch.split(' ')).run().succeeds().stdout);
    drop(nginx);
    let script = "busybox ip addr | busybox grep -c 'inet 10.0.0.2/24'; (exit 7); echo \"status $?\"; \
                  for i in 1 2 3; do echo $i; done | while read i; do echo \"line $i\"; done; \
                  /sbin/ip -br addr show eth0; busybox sleep 5 & kill $!; wait; echo `busybox echo done`";
    let said = net.nuse(["busybox", "sh", "-c", script]).run().succeeds();
    said.says("1\n").says("status 7\n").says("line 3\n").says("10.0.0.2/24").says("done\n");

    let folder = net.file("pages");
    std::fs::create_dir_all(folder.join("cgi-bin")).expect("a folder of our own");
    let page = folder.join("cgi-bin/page");
    let text = "#!/bin/busybox sh\necho; echo from $REMOTE_ADDR; busybox ip addr show eth0\n";
    std::fs::write(&page, text).expect("our own folder");
    let mode = std::os::unix::fs::PermissionsExt::from_mode(0o755);
    std::fs::set_permissions(&page, mode).expect("our own file");
    let words = ["busybox", "httpd", "-f", "-p", "8000", "-h", place::text(&folder)];
    let server = net.nuse(words).start();
    place::wait_for_server(net.peer(), "10.0.0.2", "8000");
    let page = place::curl(net.peer(), "http://10.0.0.2:8000/cgi-bin/page");
    page.says("from [::ffff:10.0.0.1]\n").says("inet 10.0.0.2/24");
    drop(server);

    let mut server = net.peer().task(["nc", "-n", "-v", "-l", "7000"]).input("hello\n").start();
    server.wait_for("Listening");
    let words = ["busybox", "nc", "10.0.0.1", "7000"];
    net.nuse(words).input("a line\n").run().succeeds().says("hello\n");
    server.finish().succeeds().says("a line\n");
}

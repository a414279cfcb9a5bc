// SPDX-License-Identifier: GPL-2.0

//! Web servers and clients.

use std::collections::HashSet;
use std::fs;

use libos_tests::{Net, Process, Task};

use crate::place::{self, curl, file, served, was_fetched};

/// Makes `key.pem`, `cert.pem`, and `both.pem` in the net's folder: 10.0.0.1 and 10.0.0.2.
pub fn certificate(net: &Net) {
    let (key, cert) = (file(net, "key.pem"), file(net, "cert.pem"));
    let words = ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt"];
    let names = "subjectAltName=IP:10.0.0.1,IP:10.0.0.2";
    let rest = ["ec_paramgen_curve:P-256", "-nodes", "-subj", "/CN=libos", "-addext", names];
    let files = ["-keyout", &key, "-out", &cert];
    Task::new(words.iter().chain(&rest).chain(&files)).run().succeeds();
    let both = [fs::read(key).expect("the key"), fs::read(cert).expect("the certificate")].concat();
    fs::write(net.file("both.pem"), both).expect("a file in our own folder");
}

/// nginx: the served folder at 8080 and, with TLS, 8443; "one" at 8081, "two" at 8082.
#[track_caller]
pub fn start_nginx(net: &Net, task: impl FnOnce(&[&str]) -> Task) -> Process {
    let served = served(net);
    certificate(net);
    let folder = net.file("");
    let conf = format!(
        "daemon off; worker_processes 2; user root;
         pid {folder}nginx.pid; error_log stderr notice;
         events {{ }}
         http {{
             log_format worker $pid;
             access_log {folder}workers worker;
             server {{
                 listen 8080 reuseport; listen [::]:8080 reuseport; listen 8443 ssl;
                 ssl_certificate {folder}cert.pem; ssl_certificate_key {folder}key.pem;
                 root {root};
                 location = /status {{ stub_status; }}
                 location = /short {{ return 200 short; }}
             }}
             server {{ listen 8081; return 200 one; }}
             server {{ listen 8082; return 200 two; }}
         }}",
        folder = place::text(&folder),
        root = place::text(served.parent().expect("a folder")),
    );
    fs::write(net.file("nginx.conf"), conf).expect("a file in our own folder");
    let mut nginx = task(&["nginx", "-e", "stderr", "-c", &file(net, "nginx.conf")]).start();
    nginx.wait_for("start worker processes");
    nginx
}

pub fn clients() {
    const NOT_TRUSTED_BY_CURL: i32 = 60;
    const NOT_TRUSTED_BY_WGET: i32 = 5;
    let net = Net::raw();
    let _nginx = start_nginx(&net, |words| net.peer().task(words));
    let (to, cert) = (file(&net, "fetched"), file(&net, "cert.pem"));
    let https = "https://10.0.0.1:8443/data";
    for url in ["http://10.0.0.1:8080/data", https] {
        net.nuse(["curl", "-sS", "--cacert", &cert, "-o", &to, url]).run().succeeds();
        was_fetched(&net, "fetched");
        let trust = format!("--ca-certificate={cert}");
        net.nuse(["wget", "-q", "--tries=1", &trust, "-O", &to, url]).run().succeeds();
        was_fetched(&net, "fetched");
    }
    net.nuse(["curl", "-sS", https]).run().ends_with(NOT_TRUSTED_BY_CURL);
    net.nuse(["wget", "-q", "-O", &to, https]).run().ends_with(NOT_TRUSTED_BY_WGET);
}

pub fn nginx() {
    let net = Net::raw();
    let nginx = start_nginx(&net, |words| net.nuse(words));
    place::is_what_was_served(&curl(net.peer(), "http://10.0.0.2:8080/data").stdout);
    place::is_what_was_served(&curl(net.peer(), "http://[fd00::2]:8080/data").stdout);
    let cert = file(&net, "cert.pem");
    let words = ["curl", "-sS", "--cacert", &cert, "https://10.0.0.2:8443/data"];
    place::is_what_was_served(&net.peer().task(words).run().succeeds().stdout);

    let words = [
        "wrk",
        "-c",
        "64",
        "-t",
        "2",
        "-d",
        "2s",
        "--timeout",
        "30s",
        "http://10.0.0.2:8080/short",
    ];
    let wrk = net.peer().task(words).run().succeeds().says_no("Socket errors").says_no("Non-2xx");
    let requests = requests(&wrk.text());
    assert!(requests > 1000, "{}", wrk.story());
    let status = curl(net.peer(), "http://10.0.0.2:8080/status").text();
    let counts: Vec<u64> = status.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    let [_active, accepted, handled, served, ..] = counts[..] else { panic!("{status}") };
    assert!(accepted >= 64 && handled == accepted && served >= requests, "{status}");

    nginx.signal(libc::SIGQUIT);
    nginx.finish().succeeds();
    let workers = fs::read_to_string(net.file("workers")).expect("the log");
    let workers: HashSet<_> = workers.lines().collect();
    assert_eq!(workers.len(), 2, "both workers have had requests: {workers:?}");
}

/// "N requests in 2.00s".
fn requests(wrk: &str) -> u64 {
    let line = wrk.lines().find(|line| line.contains(" requests in "));
    let words = line.and_then(|line| line.split_whitespace().next());
    words.and_then(|number| number.parse().ok()).unwrap_or_else(|| panic!("{wrk}"))
}

pub fn haproxy() {
    let net = Net::raw();
    let _nginx = start_nginx(&net, |words| net.peer().task(words));
    let conf = format!(
        "defaults\n mode http\n timeout connect 10s\n timeout client 10s\n timeout server 10s\n\
         frontend front\n bind :8000\n bind :8443 ssl crt {}\n default_backend back\n\
         backend back\n balance roundrobin\n server one 10.0.0.1:8081\n server two 10.0.0.1:8082\n\
         listen statistics\n bind :9000\n stats enable\n stats uri /\n",
        file(&net, "both.pem"),
    );
    fs::write(net.file("haproxy.conf"), conf).expect("a file in our own folder");
    let haproxy = net.nuse(["haproxy", "-db", "-f", &file(&net, "haproxy.conf")]).start();
    place::wait_for_server(net.peer(), "10.0.0.2", "9000");
    let cert = file(&net, "cert.pem");
    for url in ["http://10.0.0.2:8000/", "https://10.0.0.2:8443/"] {
        let answers = (0..8).map(|_| {
            net.peer().task(["curl", "-sS", "--cacert", &cert, url]).run().succeeds().text()
        });
        let answers: Vec<_> = answers.collect();
        for answer in ["one", "two"] {
            assert_eq!(answers.iter().filter(|a| *a == answer).count(), 4, "{answers:?}");
        }
    }
    let statistics = curl(net.peer(), "http://10.0.0.2:9000/;csv").text();
    assert_eq!(sessions(&statistics, "back,BACKEND"), 16);
    assert_eq!(sessions(&statistics, "back,one"), 8);
    haproxy.signal(libc::SIGTERM);
    haproxy.finish().ends_with(128 + libc::SIGTERM);
}

/// The column `stot` of a row.
fn sessions(statistics: &str, row: &str) -> u64 {
    const TOTAL: usize = 7;
    let row = statistics.lines().find(|line| line.starts_with(row));
    let total = row.and_then(|row| row.split(',').nth(TOTAL)?.parse().ok());
    total.unwrap_or_else(|| panic!("{statistics}"))
}

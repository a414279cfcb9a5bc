// SPDX-License-Identifier: GPL-2.0

//! Databases.

use std::fmt::Write;
use std::os::unix::fs::chown;
use std::path::Path;

use libos_tests::{Net, Task};

use crate::place::{LONG, number, script, text, wait_for_server};

const SERVER: [&str; 7] =
    ["redis-server", "--save", "", "--bind", "0.0.0.0", "--protected-mode", "no"];
const BENCHMARK: &str = "redis-benchmark -q -c 32 -n 10000 -t set,get";

pub fn redis() {
    let net = Net::raw();
    let mut redis = net.nuse(SERVER).start();
    redis.wait_for("Ready to accept connections");
    let words = BENCHMARK.split(' ').chain(["-h", "10.0.0.2"]);
    net.peer().task(words).longest(LONG).run().succeeds().says("SET: ").says("GET: ");
    let ask = |words: &[&str]| {
        let words = ["redis-cli", "-h", "10.0.0.2"].iter().chain(words);
        net.peer().task(words).run().succeeds()
    };
    ask(&["info", "commandstats"]).says("set:calls=10000,").says("get:calls=10000,");
    ask(&["shutdown", "nosave"]);
    redis.finish().succeeds();
}

pub fn redis_inside() {
    let text = format!(
        "redis-server --save '' --bind 127.0.0.1 >/dev/null & server=$!
         until [ \"$(redis-cli ping 2>&1)\" = PONG ]; do sleep 0.1; done
         {BENCHMARK}; {BENCHMARK} --threads 2
         redis-cli info commandstats
         redis-cli shutdown nosave; wait $server"
    );
    let said = script(&Net::raw(), &text, &[]).longest(LONG).run().succeeds();
    said.says("set:calls=20000,").says("get:calls=20000,");
}

pub fn memcached() {
    const ITEMS: u64 = 1000;
    let net = Net::raw();
    let memcached = net.nuse(["memcached", "-u", "root", "-l", "0.0.0.0", "-t", "4"]).start();
    wait_for_server(net.peer(), "10.0.0.2", "11211");
    let mut requests = String::new();
    for item in 0..ITEMS {
        let _ = write!(requests, "set item{item} 0 0 1000\r\n{item:01000}\r\n");
    }
    requests += "get item7\r\nstats\r\nquit\r\n";
    let answers = net.peer().task(["nc", "-n", "10.0.0.2", "11211"]).input(requests).run();
    let answers = answers.succeeds().says(&format!("VALUE item7 0 1000\r\n{:01000}\r\n", 7)).text();
    assert_eq!(answers.matches("STORED\r\n").count() as u64, ITEMS);
    assert_eq!(number(&answers, "STAT curr_items"), ITEMS);
    assert_eq!(number(&answers, "STAT cmd_set"), ITEMS);
    assert_eq!(number(&answers, "STAT threads"), 4);
    memcached.signal(libc::SIGTERM);
    memcached.finish().succeeds();
}

/// It does not run as root, so it is `nobody`.
const NOBODY: [&str; 4] = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
const FOLDER: &str = "/usr/lib/postgresql/15/bin";

pub fn postgres() {
    let net = Net::raw();
    let folder = tempfile::tempdir().expect("a folder for temporary files");
    chown(folder.path(), Some(65534), Some(65534)).expect("we are root");
    let data = folder.path().join("data");
    make_cluster(&data);
    let socket = format!("unix_socket_directories={}", text(folder.path()));
    let postgres = format!("{FOLDER}/postgres");
    let words = [&postgres, "-D", text(&data), "-c", &socket, "-c", "listen_addresses=*"];
    let mut server = net.nuse(NOBODY.iter().chain(&words)).start();
    server.wait_for("ready to accept connections");

    let client = |name: &str, options: &[&str]| {
        let program = format!("{FOLDER}/{name}");
        let words = [&program, "-h", "10.0.0.2", "-U", "nobody"];
        let words = words.iter().chain(options).chain(&["postgres"]);
        net.peer().task(words).longest(LONG).run().succeeds()
    };
    client("pgbench", &["-i", "-q"]);
    let bench = client("pgbench", &["-c", "8", "-j", "2", "-t", "50"]);
    bench.says("transactions actually processed: 400/400");
    let count = client("psql", &["-At", "-c", "select count(*) from pgbench_history"]);
    assert_eq!(count.text(), "400\n");
    server.signal(libc::SIGINT);
    server.finish().succeeds();
}

fn make_cluster(data: &Path) {
    let initdb = format!("{FOLDER}/initdb");
    let words = [&initdb, "-D", text(data), "-U", "nobody", "-A", "trust", "--no-sync"];
    Task::new(NOBODY.iter().chain(&words)).longest(LONG).run().succeeds();
    let access = "host all all 10.0.0.0/24 trust\n";
    std::fs::write(data.join("pg_hba.conf"), access).expect("we are root");
}

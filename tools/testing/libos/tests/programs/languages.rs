// SPDX-License-Identifier: GPL-2.0

//! Languages that bring their own idea of I/O.

use std::fs;

use libos_tests::{Net, Task, data, dns};

use crate::place::{self, LONG, curl, served, source, text};
use crate::web::start_nginx;

const URL: &str = "http://10.0.0.1:8080/data";
const OWN_URL: &str = "http://10.0.0.2:8000/data";

pub fn python() {
    let net = Net::raw();
    let nginx = start_nginx(&net, |words| net.peer().task(words));
    let (client, served) = (source("client.py"), served(&net));
    let words = ["python3", text(&client), URL, text(&served)];
    let said = net.nuse(words).longest(LONG).run().succeeds();
    said.says("urllib True\n")
        .says("threads 8\n")
        .says("asyncio 8\n")
        .says("asyncio subprocess True\n")
        .says("subprocess True\n")
        .says("subprocess without environment True\n")
        .says("fork 4\n")
        .says("spawn 4\n")
        .says("forkserver 4\n");
    drop(nginx);

    let folder = text(served.parent().expect("a folder")).to_string();
    let (server, enter) = (source("server.py"), "cd \"$1\" && exec python3 \"$2\"");
    let mut server = place::script(&net, enter, &[&folder, text(&server)]).start();
    server.wait_for("ready");
    place::is_what_was_served(&curl(net.peer(), OWN_URL).stdout);
    let sent = data::bytes(place::AMOUNT);
    let echo = net.peer().task(["nc", "-n", "-N", "10.0.0.2", "7000"]).input(sent).run();
    place::is_what_was_served(&echo.succeeds().stdout);
}

pub fn node() {
    let net = Net::raw();
    let (_dns, nginx) = (dns::serve(net.peer()), start_nginx(&net, |words| net.peer().task(words)));
    let (client, served) = (source("client.js"), served(&net));
    let words = ["node", text(&client), URL, text(&served), dns::NAME];
    let said = net.nuse(words).longest(LONG).run().succeeds();
    said.says("fetch 8\n").says("lookup 10.0.0.1\n").says("resolve fd00::1\n").says("child true\n");
    drop(nginx);

    // libuv is told to use io_uring, which is not there.
    let server = net.nuse(["node", text(&source("server.js")), text(&served)]);
    let mut server = server.env("UV_USE_IO_URING", "1").start();
    server.wait_for("ready");
    place::is_what_was_served(&curl(net.peer(), OWN_URL).stdout);
    let post = format!("@{}", text(&served));
    let words = ["curl", "-sS", "--data-binary", &post, OWN_URL];
    net.peer().task(words).run().succeeds().says(&format!("{} bytes\n", place::AMOUNT));
}

pub fn java() {
    let net = Net::raw();
    let (_dns, nginx) = (dns::serve(net.peer()), start_nginx(&net, |words| net.peer().task(words)));
    let (client, served) = (source("Client.java"), served(&net));
    let words = ["java", text(&client), URL, text(&served), dns::NAME];
    let said = net.nuse(words).longest(LONG).run().succeeds();
    said.says("HttpClient 8\n")
        .says("openStream true\n")
        .says("lookup 10.0.0.1\n")
        .says("eth0 1500\n");
    drop(nginx);

    let server = source("Server.java");
    let mut server = net.nuse(["java", text(&server), text(&served)]).longest(LONG).start();
    server.wait_for("ready");
    place::is_what_was_served(&curl(net.peer(), OWN_URL).stdout);
}

/// How a program of Go's is built: values of CGO_ENABLED and -buildmode.
type Build = [&'static str; 2];

const STATIC: Build = ["0", "exe"];

/// A program of Go's; without cgo it is static, or as good as that.
fn go_program(net: &Net, name: &str, [cgo, mode]: Build) -> String {
    let program = place::file(net, &format!("{name}{cgo}{mode}"));
    // For all: much of what they are made of is the same.
    let cache = libos_tests::place::top().join("build/go");
    let source = source(&format!("{name}.go"));
    Task::new(["go", "build", "-buildmode", mode, "-o", &program, text(&source)])
        .env("CGO_ENABLED", cgo)
        .env("GO111MODULE", "off")
        .env("GOCACHE", cache)
        .longest(LONG)
        .run()
        .succeeds();
    program
}

pub fn go() {
    go_programs(STATIC, &[STATIC]);
}

pub fn go_anywhere() {
    go_programs(["0", "pie"], &[["0", "pie"]]);
}

pub fn go_with_cgo() {
    go_programs(["1", "exe"], &[["1", "exe"], STATIC]);
}

/// In a program that is not Go's.
pub fn go_library() {
    const USE: &str = "\
import ctypes, sys, threading
library = ctypes.CDLL(sys.argv[1])
fetched = library.Fetched(sys.argv[2].encode()) == int(sys.argv[3])
say = lambda: sys.stdout.write(f'{library.Echoes(100)} {fetched}\\n')
threads = [threading.Thread(target=say) for _ in range(3)]
[thread.start() for thread in threads]
[thread.join() for thread in threads]
";
    let net = Net::raw();
    let nginx = start_nginx(&net, |words| net.peer().task(words));
    let library = go_program(&net, "library", ["1", "c-shared"]);
    let len = fs::metadata(served(&net)).expect("a file").len().to_string();
    let said = net.nuse(["python3", "-c", USE, &library, URL, &len]).longest(LONG).run();
    assert_eq!(said.succeeds().text(), "100 True\n".repeat(3));
    drop(nginx);
}

/// A client, with such children, and a server.
fn go_programs(build: Build, children: &[Build]) {
    let net = Net::raw();
    let (_dns, nginx) = (dns::serve(net.peer()), start_nginx(&net, |words| net.peer().task(words)));
    let (client, served) = (go_program(&net, "client", build), served(&net));
    let watches = net.watch_host();
    let words = [&client, URL, text(&served), dns::NAME].map(String::from);
    let children = children.iter().map(|build| go_program(&net, "client", *build));
    let words: Vec<_> = words.into_iter().chain(children).collect();
    let said = net.nuse(&words).longest(LONG).run().succeeds();
    let answers = said.text().matches("a child with a listener\n").count();
    assert_eq!(answers, words.len() - 4, "{}", said.story());
    net.stack().task(["sysctl", "-n", "net.ipv4.ip_default_ttl"]).run().says("64\n");
    said.says("fetched 40\n")
        .says("lookup [10.0.0.1]\n")
        .says("interface eth0 1500\n")
        .says("10.0.0.2/24")
        .says_no("192.0.2.1")
        .says("no such program: fork/exec /no/such: no such file or directory\n")
        .says("recovered: runtime error: invalid memory address or nil pointer dereference\n")
        .says("ticks 10\n")
        .says("ttl 77 <nil>\n")
        .says("relayed true\n")
        .says("signal user defined signal 1\n")
        .says("timeout true\n");
    drop(nginx);

    let folder = text(served.parent().expect("a folder")).to_string();
    let mut server = net.nuse([&go_program(&net, "server", build), &folder]).start();
    server.wait_for("ready");
    place::is_what_was_served(&curl(net.peer(), OWN_URL).stdout);
    let words = ["wrk", "-c", "64", "-t", "2", "-d", "2s", "--timeout", "30s"];
    let wrk = net.peer().task(words.iter().chain(&["http://10.0.0.2:8000/no-such"]));
    wrk.run().succeeds().says("requests in").says_no("Socket errors");
    net.host_sent_nothing(watches);
    server.signal(libc::SIGTERM);
    assert_eq!(server.finish().code(), 128 + libc::SIGTERM);
}

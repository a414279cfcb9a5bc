// SPDX-License-Identifier: GPL-2.0

//! Languages that bring their own idea of I/O.

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

/// A static program of Go's; it works without nuse.
fn go_program(net: &Net, name: &str) -> String {
    let (program, cache) = (place::file(net, name), place::file(net, "go"));
    let source = source(&format!("{name}.go"));
    Task::new(["go", "build", "-o", &program, text(&source)])
        .env("CGO_ENABLED", "0")
        .env("GO111MODULE", "off")
        .env("GOCACHE", cache)
        .longest(LONG)
        .run()
        .succeeds();
    program
}

pub fn go() {
    const REFUSED: &str = "SIGSYS: bad system call";
    let net = Net::raw();
    let _nginx = start_nginx(&net, |words| net.peer().task(words));
    let client = go_program(&net, "client");
    let own = net.peer().task([&client, URL]).run().succeeds();
    place::is_what_was_served(&own.stdout);

    let watches = net.watch_host();
    let refused = net.nuse([&client, URL]).run().fails();
    assert!(refused.stderr.contains(REFUSED), "{}", refused.story());
    let server = go_program(&net, "server");
    let refused = net.nuse([&server, "/"]).run().fails();
    assert!(refused.stderr.contains(REFUSED), "{}", refused.story());
    net.host_sent_nothing(watches);
}

// SPDX-License-Identifier: GPL-2.0

//! Links between two stacks of an ordinary user (viftype PIPE).

use std::ffi::OsString;

use libos_tests::{Netns, Process, Task, User, data};

/// nuse at one side of the link `red`, as 10.5.0.`number`.
fn nuse(user: &User, netns: &Netns, number: u8, words: &[&str]) -> Task {
    let address = format!("10.5.0.{number}/24");
    let flags = ["--quiet", "--vif", "PIPE:red", "--ip", &address].map(OsString::from);
    user.nuse(netns, flags.into_iter().chain(words.iter().map(OsString::from)))
}

/// One that stays until its input ends.
fn waiting(user: &User, netns: &Netns, number: u8) -> Process {
    let mut process =
        nuse(user, netns, number, &["sh", "-c", "echo up; read line"]).open_input().start();
    process.wait_for("up");
    process
}

fn end(mut process: Process) {
    process.write(b"\n");
    process.finish().succeeds();
}

fn answers(user: &User, netns: &Netns, number: u8, other: &str) {
    let ping = ["ping", "-n", "-c", "3", "-i", "0.2", "-W", "10", other];
    nuse(user, netns, number, &ping).run().succeeds().says("3 received");
}

#[test]
fn two_stacks_talk() {
    let (user, netns) = (User::new(), Netns::new());
    std::fs::write(user.home().join("data"), data::bytes(10 << 20)).unwrap();
    let home = user.home().display().to_string();
    let script = format!(
        "python3 -u -m http.server 8000 --directory {home} & iperf3 -s -1 --forceflush; kill $!"
    );
    let mut server = nuse(&user, &netns, 1, &["sh", "-c", &script]).start();
    server.wait_for("Server listening").wait_for("Serving HTTP");
    answers(&user, &netns, 2, "10.5.0.1");
    let fetched = user.home().join("fetched").display().to_string();
    let curl = ["curl", "-sS", "-o", &fetched, "http://10.5.0.1:8000/data"];
    nuse(&user, &netns, 2, &curl).run().succeeds();
    assert!(std::fs::read(&fetched).unwrap() == data::bytes(10 << 20), "the data is damaged");
    nuse(&user, &netns, 2, &["iperf3", "-c", "10.5.0.1", "-n", "200M"]).run().succeeds();
    server.finish();
    user.left_nothing();
}

/// Whole GSO packets pass: with an mtu of 1500, some frames are longer.
#[test]
fn without_cutting_segments() {
    let (user, netns) = (User::new(), Netns::new());
    let mut server = nuse(&user, &netns, 1, &["iperf3", "-s", "-1", "--forceflush"]).start();
    server.wait_for("Server listening");
    let pcap = user.home().join("frames.pcapng").display().to_string();
    let flags = ["--pcap", &pcap, "--mtu", "1500", "iperf3", "-c", "10.5.0.1", "-n", "50M"];
    nuse(&user, &netns, 2, &flags).run().succeeds();
    server.finish().succeeds();
    let read = netns.task(["tcpdump", "-n", "-r", &pcap, "tcp and greater 30000"]);
    assert!(read.run().succeeds().text().lines().count() > 10, "all frames are small");
}

/// Either side comes first, goes, and comes back.
#[test]
fn a_side_comes_back() {
    let (user, netns) = (User::new(), Netns::new());
    let first = waiting(&user, &netns, 1);
    answers(&user, &netns, 2, "10.5.0.1");
    answers(&user, &netns, 2, "10.5.0.1");
    let script = "for i in 1 2 3; do read line; ping -n -c 1 -W 10 10.5.0.1; echo done $i; done";
    let mut other = nuse(&user, &netns, 2, &["sh", "-c", script]).open_input().start();
    for _ in 0..2 {
        other.write(b"\n");
    }
    other.wait_for("done 2");
    end(first);
    let first = waiting(&user, &netns, 1);
    other.write(b"\n");
    let said = other.finish().succeeds();
    assert_eq!(said.text().matches("1 received").count(), 3, "{}", said.story());
    end(first);
    user.left_nothing();
}

/// A side whose stack was killed is free again, and what was sent to it is lost, not kept.
#[test]
fn a_killed_side_is_free() {
    let (user, netns) = (User::new(), Netns::new());
    let first = waiting(&user, &netns, 1);
    let second = waiting(&user, &netns, 2);
    first.signal_group(libc::SIGKILL);
    first.finish().fails();
    let first = waiting(&user, &netns, 1);
    second.signal_group(libc::SIGKILL);
    second.finish().fails();
    answers(&user, &netns, 2, "10.5.0.1");
    end(first);
    // Whoever looks for stacks removes the names of killed ones.
    user.nuse(&netns, ["--list"]).run().succeeds();
    user.left_nothing();
}

#[test]
fn a_third_is_refused() {
    let (user, netns) = (User::new(), Netns::new());
    let both = [1, 2].map(|number| waiting(&user, &netns, number));
    let refused = nuse(&user, &netns, 3, &["true"]).run().ends_with(125);
    assert_eq!(
        refused.stderr,
        "nuse: link red: two instances are on it already, and it has only two sides; give another \
         name\n"
    );
    both.into_iter().for_each(end);
    user.left_nothing();
}

/// The link is not named after the interface if nuse.conf says so.
#[test]
fn a_link_has_its_own_name() {
    let (user, netns) = (User::new(), Netns::new());
    let conf = user.home().join("nuse.conf");
    std::fs::write(&conf, "interface eth0\nip 10.5.0.1/24\nviftype PIPE\nlink red\n").unwrap();
    let script = "ip -br addr show eth0; echo up; read line";
    let words = ["--conf".into(), conf.into_os_string(), "sh".into(), "-c".into(), script.into()];
    let mut first = user.nuse(&netns, words).open_input().start();
    first.wait_for("10.5.0.1/24").wait_for("up");
    answers(&user, &netns, 2, "10.5.0.1");
    end(first);
}

/// A folder in /tmp that somebody else made first is not used.
#[test]
fn a_strange_folder_is_refused() {
    let (user, netns) = (User::new(), Netns::new());
    let strange = user.home().join("runtime");
    std::fs::create_dir(&strange).unwrap();
    std::fs::create_dir(strange.join("nuse")).unwrap();
    let refused =
        nuse(&user, &netns, 1, &["true"]).env("XDG_RUNTIME_DIR", &strange).run().ends_with(125);
    assert!(refused.stderr.contains("only this user may enter"), "{}", refused.story());
}

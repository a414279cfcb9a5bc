// SPDX-License-Identifier: GPL-2.0

//! Two nuse at once, in one namespace of the host: two stacks, which share nothing.

use libos_tests::{Netns, Process, Task, place};

/// nuse with a TAP of its own, whose host side is 10.0.`number`.1.
fn nuse(netns: &Netns, folder: &tempfile::TempDir, number: u8, script: &str) -> Task {
    let conf = folder.path().join(format!("nuse{number}.conf"));
    let text = format!("interface tap{number}\naddress 10.0.{number}.2/24\nviftype TAP\n");
    std::fs::write(&conf, text).unwrap();
    netns
        .task([place::nuse().as_os_str(), "sh".as_ref(), "-c".as_ref(), script.as_ref()])
        .env("NUSECONF", conf)
}

fn host_with_two_taps() -> Netns {
    let netns = Netns::new();
    for number in [1, 2] {
        netns.ip(&format!("tuntap add dev tap{number} mode tap"));
        netns.ip(&format!("addr add 10.0.{number}.1/24 dev tap{number}"));
        netns.ip(&format!("link set dev tap{number} up"));
    }
    netns
}

/// Both listen on the same port, and answer with their own word.
#[test]
fn with_the_same_port() {
    let (netns, folder) = (host_with_two_taps(), tempfile::tempdir().unwrap());
    let serve = |number, word| -> Process {
        let script = format!("ip -br addr; echo {word} | nc -n -v -N -l 7000");
        let mut nuse = nuse(&netns, &folder, number, &script).start();
        nuse.wait_for("Listening");
        nuse
    };
    let (one, two) = (serve(1, "one"), serve(2, "two"));
    let ask = |address| netns.task(["nc", "-n", "-N", address, "7000"]).run().succeeds().text();
    assert_eq!(ask("10.0.1.2"), "one\n");
    assert_eq!(ask("10.0.2.2"), "two\n");
    one.finish().succeeds().says("10.0.1.2/24").says_no("10.0.2.2").says_no("tap2");
    two.finish().succeeds().says("10.0.2.2/24").says_no("10.0.1.2").says_no("tap1");
}

/// The loopback addresses of one are not those of the other.
#[test]
fn with_an_lo_each() {
    let (netns, folder) = (host_with_two_taps(), tempfile::tempdir().unwrap());
    let mut one = nuse(&netns, &folder, 1, "nc -n -v -l 127.0.0.1 7000").start();
    one.wait_for("Listening");
    nuse(&netns, &folder, 2, "nc -n -z 127.0.0.1 7000").run().ends_with(1);
    nuse(&netns, &folder, 2, "ping -n -c 1 -W 1 10.0.1.2").run().fails().says_no("1 received");
}

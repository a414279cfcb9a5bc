// SPDX-License-Identifier: GPL-2.0

//! Nodes without programs.

use std::path::PathBuf;

use libos_sim::Options;
use libos_sim::queue::Network;

fn library() -> PathBuf {
    let top = std::env::var("NUSE_TOP").map_or_else(|_| "../../../..".into(), PathBuf::from);
    top.join("liblinux.so")
}

#[test]
fn nodes_boot_and_are_joined() {
    let network = Network::new(Options::new(&library())).expect("a simulation");
    let a = network.simulation.add_node().expect("a node");
    let b = network.simulation.add_node().expect("another");
    network.join([a, b], "sim0", 1_000_000, 1_000_000_000).expect("a wire");
    network.run_until(10_000_000_000).expect("ten seconds");
    let table = network.simulation.table(b).expect("its table");
    let mut text = [0u8; 16];
    let read = table.sys_file_read.expect("an operation");
    // SAFETY: a string, and a buffer of that length.
    let got = unsafe { read(c"/sys/class/net/sim0/mtu".as_ptr(), text.as_mut_ptr().cast(), 16, 0) };
    assert_eq!(&text[..got.max(0) as usize], b"1500\n");
}

// SPDX-License-Identifier: GPL-2.0

//! A name server.

use crate::{Netns, Process};

/// A name that no other server in the world knows.
pub const NAME: &str = "www.libos.example";

/// Serves [`NAME`] at the peer's addresses; it is 10.0.0.1 and fd00::1. Writes each question.
#[track_caller]
pub fn serve(netns: &Netns) -> Process {
    let record = format!("--host-record={NAME},10.0.0.1,fd00::1");
    let words = [
        "dnsmasq",
        "--no-daemon",
        "--conf-file=/dev/null",
        "--pid-file=",
        "--user=root",
        "--no-resolv",
        "--no-hosts",
        "--log-queries",
        "--bind-interfaces",
        "--except-interface=lo",
        "--listen-address=10.0.0.1",
        "--listen-address=fd00::1",
        &record,
    ];
    let mut server = netns.task(words).start();
    server.wait_for("started");
    server
}

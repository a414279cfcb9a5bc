// SPDX-License-Identifier: GPL-2.0

//! The commands that the tests run, and the Debian packages that have them.

use std::env;
use std::ffi::OsStr;
use std::path::Path;

const PACKAGES: [(&str, &str); 18] = [
    ("bash", "bash"),
    ("cc", "gcc and libc6-dev"),
    ("curl", "curl"),
    ("dnsmasq", "dnsmasq-base"),
    ("getent", "libc-bin"),
    ("ip", "iproute2"),
    ("iperf3", "iperf3"),
    ("mount", "mount"),
    ("nc", "netcat-openbsd"),
    ("ping", "iputils-ping"),
    ("python3", "python3"),
    ("script", "bsdutils"),
    ("sh", "dash"),
    ("sleep", "coreutils"),
    ("ss", "iproute2"),
    ("tcpdump", "tcpdump"),
    ("unshare", "util-linux"),
    ("wget", "wget"),
];

/// Fails unless `command` can be run.
#[track_caller]
pub fn require(command: &OsStr) {
    let found = if command.as_encoded_bytes().contains(&b'/') {
        Path::new(command).exists()
    } else {
        let path = env::var_os("PATH").unwrap_or_default();
        env::split_paths(&path).any(|folder| folder.join(command).exists())
    };
    let package = PACKAGES.iter().find(|(name, _)| command == *name).map(|(_, package)| package);
    match (found, package) {
        (true, _) => {}
        (false, Some(package)) => panic!("{command:?} is missing: install the package {package}"),
        (false, None) => panic!("{command:?} is missing"),
    }
}

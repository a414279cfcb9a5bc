// SPDX-License-Identifier: GPL-2.0

//! The commands that the tests run, and the Debian packages that have them.

use std::env;
use std::ffi::OsStr;
use std::path::Path;

const PACKAGES: [(&str, &str); 43] = [
    ("bash", "bash"),
    ("busybox", "busybox-static"),
    ("cc", "gcc and libc6-dev"),
    ("curl", "curl"),
    ("dig", "bind9-dnsutils"),
    ("find", "findutils"),
    ("sysctl", "procps"),
    ("dnsmasq", "dnsmasq-base"),
    ("getent", "libc-bin"),
    ("git", "git"),
    ("go", "golang-go"),
    ("haproxy", "haproxy"),
    ("host", "bind9-host"),
    ("ip", "iproute2"),
    ("iperf3", "iperf3"),
    ("java", "default-jdk-headless"),
    ("memcached", "memcached"),
    ("mount", "mount"),
    ("nc", "netcat-openbsd"),
    ("nginx", "nginx-light"),
    ("node", "nodejs"),
    ("openssl", "openssl"),
    ("ping", "iputils-ping"),
    ("python3", "python3"),
    ("redis-benchmark", "redis-tools"),
    ("redis-cli", "redis-tools"),
    ("redis-server", "redis-server"),
    ("scp", "openssh-client"),
    ("script", "bsdutils"),
    ("setpriv", "util-linux"),
    ("sh", "dash"),
    ("sha256sum", "coreutils"),
    ("sleep", "coreutils"),
    ("socat", "socat"),
    ("ss", "iproute2"),
    ("ssh", "openssh-client"),
    ("ssh-keygen", "openssh-client"),
    ("/usr/sbin/sshd", "openssh-server"),
    ("tcpdump", "tcpdump"),
    ("unshare", "util-linux"),
    ("wg", "wireguard-tools"),
    ("wget", "wget"),
    ("wrk", "wrk"),
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

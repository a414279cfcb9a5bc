// SPDX-License-Identifier: GPL-2.0

//! Paths of the host's that a program under NUSE does not reach, unless it is told otherwise
//! (`nuse --host`).

/// Directories and files whose content is the network's: the library has its own.
pub const NETWORK: &[&str] = &[
    "/proc/net",
    "/proc/self/net",
    "/proc/thread-self/net",
    "/proc/sys/net",
    "/sys/class/net",
    "/sys/devices/virtual/net",
    "/dev/net/tun",
];

/// Sockets of services which would look names up on the host's network. Libc falls back to
/// asking name servers itself, through the library.
pub const RESOLVERS: &[&str] = &[
    "/run/nscd/socket",
    "/var/run/nscd/socket",
    "/run/systemd/resolve",
    "/var/run/systemd/resolve",
    "/run/avahi-daemon/socket",
    "/var/run/avahi-daemon/socket",
];

/// Whether `path` is `top`, or below it.
#[must_use]
pub fn is_below(path: &[u8], top: &[u8]) -> bool {
    path.strip_prefix(top).is_some_and(|rest| rest.is_empty() || rest[0] == b'/')
}

/// Whether any of these paths is at, above or below `path`.
#[must_use]
pub fn concerns(path: &str) -> bool {
    let path = path.as_bytes();
    let touches =
        |other: &&str| is_below(path, other.as_bytes()) || is_below(other.as_bytes(), path);
    NETWORK.iter().chain(RESOLVERS).any(touches)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_concern_what_is_above_and_below() {
        for path in ["/proc/net", "/proc/net/dev", "/sys/class", "/run/nscd/socket", "/run"] {
            assert!(concerns(path), "{path}");
        }
        for path in ["/etc", "/proc/network", "/run/docker.sock", "/sys/class/nets", ""] {
            assert!(!concerns(path) || path.is_empty(), "{path}");
        }
    }
}

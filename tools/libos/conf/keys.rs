// SPDX-License-Identifier: GPL-2.0
//! The keys of `nuse.conf`, and what to say of a word that is none of them.

use crate::error::Mistake;

/// Keys that stand on their own; the first two start a section.
pub(crate) const TOP: &[&str] =
    &["interface", "route", "nameserver", "dns", "gateway", "sysctl", "pcap", "mem", "host"];

/// Keys of an interface.
pub(crate) const INTERFACE: &[&str] =
    &["address", "netmask", "address6", "macaddr", "viftype", "mtu", "link", "ip", "mac", "vif"];

/// Keys of a route.
pub(crate) const ROUTE: &[&str] = &["network", "netmask", "gateway", "network6", "gateway6"];

/// The key that a key is another name of; with an address of IPv6, `ip` is `address6`.
pub(crate) fn meaning<'a>(key: &'a str, value: Option<&str>) -> &'a str {
    match key {
        "ip" if value.is_some_and(|value| value.contains(':')) => "address6",
        "ip" => "address",
        "mac" => "macaddr",
        "vif" => "viftype",
        "dns" => "nameserver",
        key => key,
    }
}

/// What is wrong with a key that is none of [`TOP`] and none of those `allowed` in its section.
pub(crate) fn mistake(key: &str, allowed: &[&str]) -> Mistake {
    match home(key) {
        Some(home) => Mistake::Misplaced { key: key.to_owned(), home: home.to_owned() },
        None => Mistake::UnknownKey { hint: hint(key, allowed), key: key.to_owned() },
    }
}

/// The line that starts the section of a key.
fn home(key: &str) -> Option<&'static str> {
    match (INTERFACE.contains(&key), ROUTE.contains(&key)) {
        (true, true) => Some(r#""interface NAME" or "route""#),
        (true, false) => Some(r#""interface NAME""#),
        (false, true) => Some(r#""route""#),
        (false, false) => None,
    }
}

fn hint(key: &str, allowed: &[&str]) -> String {
    match nearest(key) {
        Some(near) => format!("did you mean {near:?}?"),
        None => format!("it must be one of {}", [allowed, TOP].concat().join(", ")),
    }
}

/// The key that differs from a word by two slips of the finger at most.
fn nearest(word: &str) -> Option<&'static str> {
    const MOST: usize = 2;
    let word = word.to_ascii_lowercase();
    [INTERFACE, ROUTE, TOP]
        .concat()
        .into_iter()
        .map(|key| (strsim::osa_distance(&word, key), key))
        .filter(|&(distance, key)| distance <= MOST.min(key.len() / 2))
        .min_by_key(|&(distance, _)| distance)
        .map(|(_, key)| key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_slip_finds_its_key() {
        for (word, key) in [
            ("adress", "address"),
            ("gatewya", "gateway"),
            ("MacAddr", "macaddr"),
            ("macadr", "macaddr"),
            ("MUT", "mtu"),
            ("interfaces", "interface"),
            ("nameservers", "nameserver"),
            ("sysctrl", "sysctl"),
            ("vf", "vif"),
        ] {
            assert_eq!(nearest(word), Some(key), "{word}");
        }
    }

    #[test]
    fn a_strange_word_finds_none() {
        for word in ["", "m", "xyz", "hwaddr", "[eth0]", &"x".repeat(10_000)] {
            assert_eq!(nearest(word), None, "{word}");
        }
    }
}

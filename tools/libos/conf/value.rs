// SPDX-License-Identifier: GPL-2.0
//! Single values: how a word becomes a number, an address or a name.

use std::net::Ipv4Addr;

use crate::net::{Address, Net};

/// What the value of a key must be, in words and in code.
pub(crate) struct Kind<T> {
    /// The end of the sentence "KEY must ...".
    pub must: &'static str,
    pub parse: fn(&str) -> Option<T>,
}

/// Any value of a type that its own `FromStr` describes well enough.
pub(crate) fn plain<T: std::str::FromStr>(word: &str) -> Option<T> {
    word.parse().ok()
}

/// `ADDR/PREFIX`.
pub(crate) fn net<A: Address>(word: &str) -> Option<Net<A>> {
    let (addr, prefix) = word.split_once('/')?;
    let net = Net { addr: addr.parse().ok()?, prefix: number(prefix)?.try_into().ok()? };
    (net.prefix <= A::BITS).then_some(net)
}

/// The length of the prefix that a netmask stands for.
pub(crate) fn netmask(word: &str) -> Option<u8> {
    let mask = word.parse::<Ipv4Addr>().ok()?.to_bits();
    (mask.leading_ones() == mask.count_ones()).then(|| mask.count_ones() as u8)
}

/// Decimal digits and nothing else: `u32::from_str` would take a plus sign too.
pub(crate) fn number(word: &str) -> Option<u32> {
    let digits = word.bytes().all(|byte| byte.is_ascii_digit());
    digits.then(|| word.parse().ok())?
}

/// Six bytes of two hexadecimal digits, of one station (not a group) and not all zero.
pub(crate) fn station_mac(word: &str) -> Option<[u8; 6]> {
    const GROUP: u8 = 0x01;
    let bytes: Vec<u8> = word.split(':').map(hex_byte).collect::<Option<_>>()?;
    let mac: [u8; 6] = bytes.try_into().ok()?;
    (mac[0] & GROUP == 0 && mac != [0; 6]).then_some(mac)
}

fn hex_byte(word: &str) -> Option<u8> {
    let digits = word.len() == 2 && word.bytes().all(|byte| byte.is_ascii_hexdigit());
    digits.then(|| u8::from_str_radix(word, 16).ok())?
}

/// A name that the kernel takes as it is for a new interface with addresses.
///
/// That is `dev_valid_name()`, without what has another meaning: `%` is a pattern, and `all` and
/// `default` are names of sysctls, which cost the interface its IP.
pub(crate) fn interface_name(word: &str) -> Option<String> {
    const LONGEST: usize = 15;
    const TAKEN: [&str; 5] = [".", "..", "lo", "all", "default"];
    let fits = (1..=LONGEST).contains(&word.len()) && !TAKEN.contains(&word);
    (fits && !word.contains(forbidden) && !kernel_sees_blank(word)).then(|| word.to_owned())
}

fn forbidden(character: char) -> bool {
    matches!(character, '/' | ':' | '%' | '"' | '\'')
        || character.is_control()
        || character.is_whitespace()
}

/// The kernel's `isspace()` reads bytes as Latin-1, where this one is the no-break space; in UTF-8
/// it is a part of other characters, such as `à`.
fn kernel_sees_blank(word: &str) -> bool {
    word.as_bytes().contains(&0xa0)
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::net::Ipv6Addr;

    #[test]
    fn nets() {
        let net4 = net::<Ipv4Addr>;
        assert_eq!(net4("10.0.0.2/24").unwrap().to_string(), "10.0.0.2/24");
        for word in ["", "/", "10.0.0.2", "10.0.0.2/", "10.0.0.2/33", "10.0.0.2/+8", "10.0.0.2/8/8"]
        {
            assert!(net4(word).is_none(), "{word:?}");
        }
        let net6 = net::<Ipv6Addr>;
        assert_eq!(net6("2001:db8::2/128").unwrap().prefix, 128);
        for word in ["::1/129", "::1/256", "::1/99999999999", "::1%eth0/64", "10.0.0.1/8"] {
            assert!(net6(word).is_none(), "{word:?}");
        }
    }

    #[test]
    fn netmasks_are_contiguous() {
        assert_eq!(netmask("0.0.0.0"), Some(0));
        assert_eq!(netmask("255.255.240.0"), Some(20));
        assert_eq!(netmask("255.255.255.255"), Some(32));
        for word in ["255.0.255.0", "0.0.0.255", "24", "255.255.255", ""] {
            assert_eq!(netmask(word), None, "{word:?}");
        }
    }

    #[test]
    fn numbers_are_digits() {
        assert_eq!(number("1500"), Some(1500));
        for word in ["", "+1", "-1", "1e3", "4294967296", "١"] {
            assert_eq!(number(word), None, "{word:?}");
        }
    }

    #[test]
    fn macs_are_of_one_station() {
        assert_eq!(station_mac("02:00:0A:0b:00:01"), Some([2, 0, 10, 11, 0, 1]));
        for word in [
            "",
            "00:00:00:00:00:00",
            "01:00:5e:00:00:01",
            "ff:ff:ff:ff:ff:ff",
            "02:00:00:00:00",
            "02:00:00:00:00:01:02",
            "2:0:0:0:0:1",
            "02:00:00:00:00:+1",
            "02-00-00-00-00-01",
            "02:00:00:00:00:é",
        ] {
            assert_eq!(station_mac(word), None, "{word:?}");
        }
    }

    #[test]
    fn names_are_those_of_the_kernel() {
        for word in ["eth0", "a", "veth-1.2@x", "fifteen_bytes_x", "é0", "..."] {
            assert_eq!(interface_name(word).as_deref(), Some(word));
        }
        for word in [
            "",
            ".",
            "..",
            "lo",
            "all",
            "default",
            "a/b",
            "a:1",
            "eth%d",
            "a b",
            "\"eth0\"",
            "'eth0'",
            "a\0b",
            "à",
            "a\u{a0}b",
            "a\u{2003}",
            "sixteen_bytes_xx",
        ] {
            assert_eq!(interface_name(word), None, "{word:?}");
        }
    }
}

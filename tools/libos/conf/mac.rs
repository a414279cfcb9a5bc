// SPDX-License-Identifier: GPL-2.0
//! A hardware address for an interface that the file gives none.

use std::io;

/// A random hardware address: of one station, and locally administered, so that it meets no
/// vendor's. Fails only if the system has no randomness to give.
pub fn random_local_mac() -> io::Result<[u8; 6]> {
    let mut mac = [0; 6];
    getrandom::fill(&mut mac)?;
    Ok(local(mac))
}

fn local([first, rest @ ..]: [u8; 6]) -> [u8; 6] {
    const GROUP: u8 = 0x01;
    const LOCAL: u8 = 0x02;
    let [b, c, d, e, f] = rest;
    [first & !GROUP | LOCAL, b, c, d, e, f]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_local_and_of_one_station() {
        for first in 0..=u8::MAX {
            assert_eq!(local([first, 1, 2, 3, 4, 5])[0] & 3, 2);
        }
        assert_eq!(local([0xff, 1, 2, 3, 4, 5]), [0xfe, 1, 2, 3, 4, 5]);
    }

    #[test]
    fn two_differ() {
        assert_ne!(random_local_mac().unwrap(), random_local_mac().unwrap());
    }
}

// SPDX-License-Identifier: GPL-2.0
//! An address together with the length of its network prefix.

use std::{
    fmt::{self, Display},
    net::{IpAddr, Ipv4Addr, Ipv6Addr},
    str::FromStr,
};

/// An address and the number of its leading bits that name the network.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Net<A> {
    /// The address, host part included.
    pub addr: A,
    /// The length of the network part in bits.
    pub prefix: u8,
}

/// An IPv4 address and its prefix.
pub type Ipv4Net = Net<Ipv4Addr>;

/// An IPv6 address and its prefix.
pub type Ipv6Net = Net<Ipv6Addr>;

/// What [`Net`] needs to know of an address family.
pub trait Address: Copy + Eq + Display + FromStr + Into<IpAddr> {
    /// The length of an address in bits.
    const BITS: u8;
    /// Whether the first and the last address of a subnet belong to no host.
    const RESERVES_ENDS: bool;
    /// The address as a number.
    fn to_number(self) -> u128;
    /// The address of a number, of which only the low [`Self::BITS`] count.
    fn from_number(number: u128) -> Self;
}

impl Address for Ipv4Addr {
    const BITS: u8 = 32;
    const RESERVES_ENDS: bool = true;

    fn to_number(self) -> u128 {
        self.to_bits().into()
    }

    fn from_number(number: u128) -> Self {
        Self::from_bits(number as u32)
    }
}

impl Address for Ipv6Addr {
    const BITS: u8 = 128;
    const RESERVES_ENDS: bool = false;

    fn to_number(self) -> u128 {
        self.to_bits()
    }

    fn from_number(number: u128) -> Self {
        Self::from_bits(number)
    }
}

impl<A: Address> Net<A> {
    /// The network: the address without its host part.
    pub fn network(&self) -> Self {
        let addr = A::from_number(self.addr.to_number() & !self.host_mask());
        Self { addr, ..*self }
    }

    /// Whether an address lies in the network.
    pub fn contains(&self, addr: A) -> bool {
        (self.addr.to_number() ^ addr.to_number()) & !self.host_mask() == 0
    }

    /// Whether an address lies in the network and may belong to a host.
    pub fn has_host(&self, addr: A) -> bool {
        self.contains(addr) && !(self.keeps_ends() && self.is_end(addr))
    }

    /// A subnet of one or two addresses has none to spare (RFC 3021).
    fn keeps_ends(&self) -> bool {
        A::RESERVES_ENDS && self.host_mask() > 1
    }

    fn is_end(&self, addr: A) -> bool {
        let host = addr.to_number() & self.host_mask();
        host == 0 || host == self.host_mask()
    }

    fn host_mask(&self) -> u128 {
        let host_bits = A::BITS.saturating_sub(self.prefix);
        u128::MAX.checked_shr(128 - u32::from(host_bits)).unwrap_or(0)
    }
}

impl<A: Address> Display for Net<A> {
    fn fmt(&self, f: &mut fmt::Formatter) -> fmt::Result {
        write!(f, "{}/{}", self.addr, self.prefix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn v4(addr: [u8; 4], prefix: u8) -> Ipv4Net {
        Net { addr: addr.into(), prefix }
    }

    #[test]
    fn a_network_has_no_host_part() {
        assert_eq!(v4([10, 1, 2, 3], 8).network(), v4([10, 0, 0, 0], 8));
        assert_eq!(v4([10, 1, 2, 3], 0).network(), v4([0, 0, 0, 0], 0));
        assert_eq!(v4([10, 1, 2, 3], 32).network(), v4([10, 1, 2, 3], 32));
        let net = Ipv6Net { addr: "2001:db8::2".parse().unwrap(), prefix: 64 };
        assert_eq!(net.network().to_string(), "2001:db8::/64");
        assert_eq!(Net { prefix: 0, ..net }.network().to_string(), "::/0");
    }

    #[test]
    fn ends_belong_to_no_ipv4_host() {
        let net = v4([10, 0, 0, 2], 24);
        assert!(net.has_host([10, 0, 0, 1].into()));
        for end in [[10, 0, 0, 0], [10, 0, 0, 255]] {
            assert!(net.contains(end.into()) && !net.has_host(end.into()));
        }
        assert!(!net.has_host([10, 0, 1, 1].into()));
        assert!(v4([10, 0, 0, 0], 31).has_host([10, 0, 0, 1].into()));
        assert!(v4([10, 0, 0, 0], 32).has_host([10, 0, 0, 0].into()));
        let net = Ipv6Net { addr: "fe80::1".parse().unwrap(), prefix: 64 };
        assert!(net.has_host("fe80::".parse().unwrap()));
    }

    #[test]
    fn a_prefix_too_long_is_a_host() {
        assert!(v4([10, 0, 0, 1], 200).contains([10, 0, 0, 1].into()));
        assert!(!v4([10, 0, 0, 1], 200).contains([10, 0, 0, 2].into()));
    }
}

// SPDX-License-Identifier: GPL-2.0

//! What the host does for a frame whose header asks for it.

/// Work that the header of a sent frame may leave to the host.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Offloads {
    /// `NEEDS_CSUM`: one checksum at a given place. All else needs it too.
    pub csum: bool,
    /// `GSO_TCPV4`: cutting a TCP packet over IPv4.
    pub tso4: bool,
    /// `GSO_TCPV6`: cutting a TCP packet over IPv6.
    pub tso6: bool,
    /// `GSO_ECN`: a TCP packet to be cut may have the CWR bit set.
    pub ecn: bool,
    /// `GSO_UDP_L4`: cutting a UDP packet into datagrams, over IPv4.
    pub uso4: bool,
    /// `GSO_UDP_L4`: the same over IPv6.
    pub uso6: bool,
}

impl Offloads {
    /// What every kernel can that knows virtio-net headers at all.
    pub(crate) const TSO: Offloads =
        Offloads { csum: true, tso4: true, tso6: true, ecn: true, uso4: false, uso6: false };

    /// The same and UDP, which came for both families and both backends with Linux 6.2.
    pub(crate) const USO: Offloads = Offloads { uso4: true, uso6: true, ..Offloads::TSO };
}

// SPDX-License-Identifier: GPL-2.0

//! How many segments are in a packet of several, which the host leaves open: its header says how
//! large they are. With the number, GRO joins such packets to still larger ones, which TCP takes
//! and acknowledges at once.

use crate::bindings::{self, virtio_net_hdr};

/// Offset of the byte with a TCP header's length, and the header's least length (RFC 9293, 3.1).
const DATA_OFFSET: usize = 12;
const TCP_HEADER: usize = 20;

/// The segments of a TCP packet of `len` bytes that begins with `head`, or `None` if that is not
/// what `header` describes. Both count from the Ethernet header.
pub fn count(header: &virtio_net_hdr, head: &[u8], len: usize) -> Option<u16> {
    let kind = u32::from(header.gso_type) & !bindings::VIRTIO_NET_HDR_GSO_ECN;
    let tcp =
        kind == bindings::VIRTIO_NET_HDR_GSO_TCPV4 || kind == bindings::VIRTIO_NET_HDR_GSO_TCPV6;
    let summed_later = u32::from(header.flags) & bindings::VIRTIO_NET_HDR_F_NEEDS_CSUM != 0;
    if !tcp || !summed_later {
        return None;
    }
    let transport = head.get(usize::from(header.csum_start)..)?;
    let tcp_len = usize::from(*transport.get(DATA_OFFSET)? >> 4) * 4;
    if tcp_len < TCP_HEADER || tcp_len > transport.len() {
        return None;
    }
    let payload = len.checked_sub(usize::from(header.csum_start) + tcp_len)?;
    let size = usize::from(header.gso_size);
    if size == 0 || payload == 0 { None } else { payload.div_ceil(size).try_into().ok() }
}

#[cfg(test)]
mod tests {
    use super::*;

    const START: u16 = 14 + 20;

    /// An Ethernet and an IPv4 header, and a TCP header of `words` words.
    fn head_of(words: u8) -> Vec<u8> {
        let mut head = vec![0; usize::from(START) + 60];
        head[usize::from(START) + DATA_OFFSET] = words << 4;
        head
    }

    fn header(gso_type: u32, gso_size: u16) -> virtio_net_hdr {
        virtio_net_hdr {
            flags: bindings::VIRTIO_NET_HDR_F_NEEDS_CSUM as u8,
            gso_type: gso_type as u8,
            hdr_len: 0,
            gso_size,
            csum_start: START,
            csum_offset: 16,
        }
    }

    const LEN: usize = 14 + 20 + 32;
    const TCPV4: u32 = bindings::VIRTIO_NET_HDR_GSO_TCPV4;

    #[test]
    fn segments_are_counted() {
        let of = |payload| count(&header(TCPV4, 1448), &head_of(8), LEN + payload);
        assert_eq!(of(1448 * 45), Some(45));
        assert_eq!(of(1448 * 45 + 1), Some(46));
        assert_eq!(of(1), Some(1));
        let ecn = header(TCPV4 | bindings::VIRTIO_NET_HDR_GSO_ECN, 1000);
        assert_eq!(count(&ecn, &head_of(8), LEN + 2000), Some(2));
    }

    #[test]
    fn what_does_not_fit_is_not_counted() {
        let tcp = header(TCPV4, 1448);
        assert_eq!(count(&tcp, &head_of(8), LEN), None);
        assert_eq!(count(&tcp, &head_of(8), 20), None);
        assert_eq!(count(&tcp, &head_of(4), LEN + 1), None);
        assert_eq!(count(&tcp, &head_of(15)[..70], LEN + 1), None);
        assert_eq!(count(&tcp, &head_of(8)[..40], LEN + 1), None);
        assert_eq!(count(&header(TCPV4, 0), &head_of(8), LEN + 1), None);
        assert_eq!(count(&header(TCPV4, 1), &head_of(8), LEN + 70_000), None);
        let udp = header(bindings::VIRTIO_NET_HDR_GSO_UDP_L4, 1448);
        assert_eq!(count(&udp, &head_of(8), LEN + 1448), None);
        assert_eq!(count(&virtio_net_hdr { flags: 0, ..tcp }, &head_of(8), LEN + 1448), None);
    }
}

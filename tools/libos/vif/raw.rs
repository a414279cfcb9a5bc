// SPDX-License-Identifier: GPL-2.0

//! A packet socket: one more station on the wire of an interface that the host has.
//!
//! The stack has an address of its own there, as a machine beside the host would. The interface is
//! made promiscuous for it, and a filter passes on only what is for the stack. The host's own
//! stack ignores these frames, as they are for another station.
//!
//! **The stack and the host do not hear each other** on that interface: what either sends goes out
//! by the wire. Nor does a wire pass the stack's frames that insists on one address for each
//! station, such as most Wi-Fi and many clouds. Use a TAP for these.
//!
//! # Reading
//!
//! The header tells what the host's receive path made of the frame, whatever the stack would like
//! to have; there is no asking for less. On Linux 6.18:
//!
//! | frame | flags | `gso_type` | `csum_start` |
//! | --- | --- | --- | --- |
//! | TCP joined by GRO, which most drivers do | `NEEDS_CSUM` | TCPV4, TCPV6 | TCP header |
//! | UDP joined by GRO, with `ethtool -K … rx-udp-gro-forwarding on` only | `NEEDS_CSUM` | UDP_L4 | UDP header |
//! | either, with `ethtool -K … rx-gro-list on` | `DATA_VALID` | the same | 0; the checksum in the frame is that of the first segment |
//! | TSO or USO from a local sender, over veth | `NEEDS_CSUM` | the same | TCP or UDP header |
//! | a VXLAN packet with such a one inside, over veth | `NEEDS_CSUM` | that of the inner packet | the inner header: nothing else tells that it is a tunnel |
//! | checked by hardware | `DATA_VALID` | none | 0 |
//!
//! GSO of another kind (SCTP) cannot be said in a header: by the kernel's source, reading it fails
//! with `EINVAL`, and the frame is lost.
//!
//! `gso_size` is the length of the data in the segments that were joined, so that acknowledging
//! and forwarding stay right. A frame is longer than [`FRAME_MAX`](crate::FRAME_MAX) only if the
//! administrator has raised the interface's `gso_max_size` or `gro_max_size`.
//!
//! **VLANs.** The kernel takes the outer tag out of a frame and keeps it beside, where `readv`
//! does not reach. Frames of a tagged VLAN are therefore refused rather than mixed up with
//! untagged ones; a tag of VLAN 0 is only a priority, is lost, and its frame passes. To join a
//! VLAN, make an interface for it on the host and open that one. A tagged frame that the stack
//! sends goes out as it is, but no answer comes in.
//!
//! # Writing
//!
//! TSO and, from Linux 6.2 on, USO are taken on any interface: what the hardware lacks the kernel
//! does in software, just before the driver.
//!
//! Frames go through the interface's queueing discipline. `PACKET_QDISC_BYPASS` was measured on a
//! veth pair (Linux 6.18, ns a frame, median of 15, queued and bypassed): 64 bytes 2544 and 2537,
//! 1514 bytes 2796 and 2777, 64 KB with TSO 6770 and 6669; with pfifo_fast 2635 and 2502, 2707 and
//! 2677, 6590 and 6623. That is not worth what it costs: a driver whose ring is full would drop
//! the frame instead of keeping it, and neither `tc` nor `tcpdump` would see it.
//!
//! # Up and down
//!
//! When the interface goes down, one read fails with `ENETDOWN`, and each write until it comes up
//! again; then all goes on. When it is deleted, one read fails with `ENETDOWN`, and each write
//! with `ENXIO`.

use std::{
    io,
    mem::zeroed,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
};

use libc::{SOL_PACKET, SOL_SOCKET, c_int, c_ushort, packet_mreq, sockaddr_ll, socklen_t};

use crate::{
    Mac, Offloads, Vif, VifError, error::WITHOUT_ROOT, filter::Filter, host, host::Host,
    name::Name, sys,
};

/// Room for a burst that the stack has not read yet.
const RECEIVE_BUFFER: c_int = 16 << 20;
/// Room for frames that the interface has not sent yet.
const SEND_BUFFER: c_int = 4 << 20;

pub(crate) fn open(name: Name<'_>, mac: Mac) -> Result<Vif, VifError> {
    let mac = mac.check(name)?;
    let host = Host::new(name)?;
    let index = host.index()?;
    mac.expect_not(host.mac()?, name)?;
    let socket = open_socket_at(name, mac, index)?;
    Ok(Vif::frames(socket, offloads(), host.mtu()?))
}

/// A socket on the interface of this number.
pub(crate) fn open_socket_at(name: Name<'_>, mac: Mac, index: c_int) -> Result<OwnedFd, VifError> {
    let socket = open_socket(name)?;
    prepare(socket.as_fd(), index, mac)
        .map_err(|source| host::refused(name, "set up a packet socket", source))?;
    bind(socket.as_fd(), index).map_err(|source| not_bound(name, source))?;
    Ok(socket)
}

/// A socket of protocol 0 hears nothing until it is bound to another, so that no frame comes
/// before the filter is there and nothing need be drained.
fn open_socket(name: Name<'_>) -> Result<OwnedFd, VifError> {
    const ACTION: &str = "open a packet socket";
    sys::socket(libc::AF_PACKET, libc::SOCK_RAW).map_err(|source| match source.raw_os_error() {
        Some(libc::EPERM) => VifError::Permission {
            name: name.to_string(),
            action: ACTION,
            needs: format!("needs CAP_NET_RAW; run it as root, or use {WITHOUT_ROOT}"),
        },
        _ => host::refused(name, ACTION, source),
    })
}

/// All that has to hold before the first frame comes.
fn prepare(socket: BorrowedFd<'_>, index: c_int, mac: Mac) -> io::Result<()> {
    let yes: c_int = 1;
    sys::setsockopt(socket, SOL_PACKET, libc::PACKET_VNET_HDR, &yes)?;
    sys::setsockopt(socket, SOL_PACKET, libc::PACKET_IGNORE_OUTGOING, &yes)?;
    Filter::new(mac).attach(socket)?;
    set_buffer(socket, libc::SO_RCVBUFFORCE, libc::SO_RCVBUF, RECEIVE_BUFFER)?;
    set_buffer(socket, libc::SO_SNDBUFFORCE, libc::SO_SNDBUF, SEND_BUFFER)?;
    hear_all(socket, index)
}

/// Without CAP_NET_ADMIN a buffer gets as long as `net.core.{r,w}mem_max` allows.
fn set_buffer(socket: BorrowedFd<'_>, force: c_int, ask: c_int, bytes: c_int) -> io::Result<()> {
    sys::setsockopt(socket, SOL_SOCKET, force, &bytes)
        .or_else(|_| sys::setsockopt(socket, SOL_SOCKET, ask, &bytes))
}

/// The interface is promiscuous for as long as any socket asks for it.
fn hear_all(socket: BorrowedFd<'_>, index: c_int) -> io::Result<()> {
    let membership = packet_mreq {
        mr_ifindex: index,
        mr_type: libc::PACKET_MR_PROMISC as c_ushort,
        mr_alen: 0,
        mr_address: [0; 8],
    };
    sys::setsockopt(socket, SOL_PACKET, libc::PACKET_ADD_MEMBERSHIP, &membership)
}

/// Begins to hear. The kernel binds to an interface that is down too, and then leaves an error.
fn bind(socket: BorrowedFd<'_>, index: c_int) -> io::Result<()> {
    // SAFETY: a sockaddr_ll is plain data for which zero is a value.
    let mut address: sockaddr_ll = unsafe { zeroed() };
    address.sll_family = libc::AF_PACKET as c_ushort;
    address.sll_protocol = (libc::ETH_P_ALL as u16).to_be();
    address.sll_ifindex = index;
    let length = size_of::<sockaddr_ll>() as socklen_t;
    // SAFETY: the pointer and the length are those of `address`.
    sys::check(unsafe { libc::bind(socket.as_raw_fd(), (&raw const address).cast(), length) })?;
    sys::pending_error(socket)
}

fn not_bound(name: Name<'_>, source: io::Error) -> VifError {
    match source.raw_os_error() {
        Some(libc::ENETDOWN) => VifError::Down { name: name.to_string() },
        _ => host::refused(name, "listen on it", source),
    }
}

/// Linux 6.2 learned to cut UDP. There is no way to ask a packet socket what it knows.
fn offloads() -> Offloads {
    match sys::kernel_version() >= (6, 2) {
        true => Offloads::USO,
        false => Offloads::TSO,
    }
}

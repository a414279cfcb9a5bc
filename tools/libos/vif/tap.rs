// SPDX-License-Identifier: GPL-2.0

//! A TAP interface: the host has an interface of that name, and we are its wire.
//!
//! A TAP that is not there is made, with the MTU asked for, set up, and vanishes with the
//! descriptor. One that is there (made by the administrator, perhaps for a user, perhaps in a
//! bridge) is used as it is and must be up. Its own address is the host's station, so the stack
//! needs another.
//!
//! * Frames keep their VLAN tags, in both directions.
//! * Tunnels of the host are cut before they come here: what comes as GSO is plain TCP or UDP.
//! * While the interface is down, writing fails with `EIO`, but reading just finds nothing. When
//!   it is deleted, both fail with `EBADFD` and poll reports `POLLERR`.
//! * A bridge learns a moment after the opening that the TAP has a carrier, up to a second, and
//!   drops what comes until then.
//! * The host counts a GSO packet from a TAP as one segment in its TCP statistics.
//! * The kernel keeps the offloads of a TAP that stays after us. A program that opens it later
//!   without asking for headers must switch them off, or it is handed packets of 64 KB.
//!
//! The TAP has one queue: a second would only help with a second descriptor and thread, and would
//! let another program that opens the same TAP take a share of our frames instead of being refused.

use std::{
    fs::{File, OpenOptions},
    io,
    os::{
        fd::{AsFd, OwnedFd},
        unix::fs::OpenOptionsExt,
    },
};

use libc::{c_int, c_short, c_uint};

use crate::{
    HEADER_LEN, Mac, Offloads, Vif, VifError, error::WITHOUT_ROOT, host, host::Host, name::Name,
    sys,
};

/// Where TAPs come from.
const TUN: &str = "/dev/net/tun";

const TSO: c_uint = libc::TUN_F_CSUM | libc::TUN_F_TSO4 | libc::TUN_F_TSO6 | libc::TUN_F_TSO_ECN;
const USO: c_uint = TSO | libc::TUN_F_USO4 | libc::TUN_F_USO6;

/// Who made the TAP, which decides who configures it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Maker {
    Us,
    Administrator,
}

pub(crate) fn open(name: Name<'_>, mac: Mac, mtu: u32) -> Result<Vif, VifError> {
    let mac = mac.check(name)?;
    let tun = open_tun(name)?;
    let host = Host::new(name)?;
    let maker = attach(&tun, &host, name)?;
    mac.expect_not(host.mac()?, name)?;
    set_header_length(&tun, name)?;
    let offloads = set_offloads(&tun, name)?;
    match maker {
        Maker::Us => configure(&host, mtu)?,
        Maker::Administrator => expect_up(&host, name)?,
    }
    Ok(Vif::frames(OwnedFd::from(tun), offloads, host.mtu()?))
}

fn open_tun(name: Name<'_>) -> Result<File, VifError> {
    OpenOptions::new().read(true).write(true).custom_flags(libc::O_NONBLOCK).open(TUN).map_err(
        |source| match source.kind() {
            io::ErrorKind::PermissionDenied => VifError::Permission {
                name: name.to_string(),
                action: "open /dev/net/tun",
                needs: format!(
                    "needs root, or read and write permission on that file; or use {WITHOUT_ROOT}"
                ),
            },
            _ => VifError::NoTun { name: name.to_string(), source },
        },
    )
}

/// Makes the TAP, or takes the one that is there. Made exclusively first, so that nobody's
/// interface is mistaken for ours.
fn attach(tun: &File, host: &Host<'_>, name: Name<'_>) -> Result<Maker, VifError> {
    match set_interface(tun, name, libc::IFF_TUN_EXCL) {
        Ok(()) => Ok(Maker::Us),
        Err(error) if error.raw_os_error() == Some(libc::EBUSY) => take(tun, host, name),
        Err(error) => Err(not_made(name, error)),
    }
}

fn take(tun: &File, host: &Host<'_>, name: Name<'_>) -> Result<Maker, VifError> {
    match set_interface(tun, name, 0) {
        Ok(()) => Ok(Maker::Administrator),
        Err(error) => Err(not_taken(host, name, error)),
    }
}

fn set_interface(tun: &File, name: Name<'_>, more: c_int) -> io::Result<()> {
    let flags = libc::IFF_TAP | libc::IFF_NO_PI | libc::IFF_VNET_HDR | more;
    let mut request = host::request(name);
    request.ifr_ifru.ifru_flags = flags as c_short;
    // SAFETY: TUNSETIFF takes an ifreq.
    unsafe { sys::ioctl(tun.as_fd(), libc::TUNSETIFF, &mut request) }
}

fn not_made(name: Name<'_>, error: io::Error) -> VifError {
    const ACTION: &str = "make this TAP";
    match error.raw_os_error() {
        Some(libc::EPERM) => VifError::Permission {
            name: name.to_string(),
            action: ACTION,
            needs: format!(
                "needs CAP_NET_ADMIN; run it as root, or have the TAP made for you: \
                 ip tuntap add dev {name} mode tap user $USER; or use {WITHOUT_ROOT}"
            ),
        },
        _ => host::refused(name, ACTION, error),
    }
}

fn not_taken(host: &Host<'_>, name: Name<'_>, error: io::Error) -> VifError {
    const ACTION: &str = "use this TAP";
    match error.raw_os_error() {
        Some(libc::EBUSY) => VifError::Busy { name: name.to_string() },
        Some(libc::EPERM) => VifError::Permission {
            name: name.to_string(),
            action: ACTION,
            needs: "it belongs to another user; run it as its owner or as root".to_owned(),
        },
        Some(libc::EINVAL) => unlike(host, name),
        _ => host::refused(name, ACTION, error),
    }
}

/// The error for an interface that is not a TAP we can use.
fn unlike(host: &Host<'_>, name: Name<'_>) -> VifError {
    let name = name.to_string();
    let driver = host.driver().unwrap_or_default();
    let is = match (driver.0.as_str(), driver.1.as_str()) {
        ("tun", "tap") => return VifError::ManyQueues { name },
        ("tun", _) => "a TUN, which has no Ethernet header".to_owned(),
        ("", _) => "an interface of another kind".to_owned(),
        (driver, _) => format!("an interface of the driver {driver}"),
    };
    VifError::NotTap { name, is }
}

/// A TAP that existed keeps the length its last user set.
fn set_header_length(tun: &File, name: Name<'_>) -> Result<(), VifError> {
    let mut length = HEADER_LEN as c_int;
    // SAFETY: TUNSETVNETHDRSZ takes an int.
    unsafe { sys::ioctl(tun.as_fd(), libc::TUNSETVNETHDRSZ, &mut length) }
        .map_err(|source| host::refused(name, "set the length of the virtio-net header", source))
}

/// Takes as much as the kernel knows. It tells what it may hand to us, not what we may hand to
/// it, but the kernel learned both at once.
fn set_offloads(tun: &File, name: Name<'_>) -> Result<Offloads, VifError> {
    let set = |flags: c_uint| {
        // SAFETY: TUNSETOFFLOAD takes a number.
        unsafe { sys::ioctl_number(tun.as_fd(), libc::TUNSETOFFLOAD, flags.into()) }
    };
    set(USO)
        .map(|()| Offloads::USO)
        .or_else(|_| set(TSO).map(|()| Offloads::TSO))
        .map_err(|source| host::refused(name, "offload checksums and segmentation", source))
}

fn configure(host: &Host<'_>, mtu: u32) -> Result<(), VifError> {
    host.set_mtu(mtu)?;
    host.set_up()
}

fn expect_up(host: &Host<'_>, name: Name<'_>) -> Result<(), VifError> {
    match host.is_up()? {
        true => Ok(()),
        false => Err(VifError::Down { name: name.to_string() }),
    }
}

// SPDX-License-Identifier: GPL-2.0

//! Interfaces, addresses and routes.

use std::ffi::{c_char, c_int, c_void};
use std::net::IpAddr;

use super::{text, with};
use crate::error::Error;

/// An IP address.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct LibosAddress {
    /// AF_INET or AF_INET6; 0: none.
    pub family: u8,
    /// Bits of it that are the network's.
    pub prefix: u8,
    /// As in `<linux/rtnetlink.h>`: 0 everywhere, 253 on the link, 254 on the host.
    pub scope: u8,
    /// In network order.
    pub bytes: [u8; 16],
}

impl LibosAddress {
    fn of(address: IpAddr) -> Self {
        let mut bytes = [0; 16];
        let family = match address {
            IpAddr::V4(address) => {
                bytes[..4].copy_from_slice(&address.octets());
                libc::AF_INET
            }
            IpAddr::V6(address) => {
                bytes = address.octets();
                libc::AF_INET6
            }
        };
        LibosAddress { family: family as u8, prefix: 0, scope: 0, bytes }
    }

    fn ip(&self) -> Result<IpAddr, Error> {
        let [a, b, c, d, ..] = self.bytes;
        match c_int::from(self.family) {
            libc::AF_INET => Ok([a, b, c, d].into()),
            libc::AF_INET6 => Ok(self.bytes.into()),
            other => Err(Error::NoFamily(other)),
        }
    }
}

/// What the kernel calls an interface: its index, or a negative errno.
///
/// # Safety
///
/// `name` is NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_link_index(node: u32, name: *const c_char) -> c_int {
    // SAFETY: as the caller promises.
    let name = unsafe { text(name) }.to_string_lossy();
    with(|current| {
        let index = current.simulation.configure(node, &format!("interface {name}"), |netlink| {
            let link = netlink.links()?.into_iter().find(|link| link.name == name);
            link.map(|link| link.index).ok_or(std::io::Error::from_raw_os_error(libc::ENODEV))
        });
        Ok(index? as c_int)
    })
}

/// Whether an interface is up, and its MTU. 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_link(node: u32, index: u32, up: &mut bool, mtu: &mut u32) -> c_int {
    with(|current| {
        let what = format!("interface {index}");
        let link = current.simulation.configure(node, &what, |netlink| {
            let link = netlink.links()?.into_iter().find(|link| link.index == index);
            link.ok_or(std::io::Error::from_raw_os_error(libc::ENODEV))
        })?;
        (*up, *mtu) = (link.up, link.mtu);
        Ok(0)
    })
}

/// Brings an interface up or down. 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_set_up(node: u32, index: u32, up: bool) -> c_int {
    with(|current| {
        let what = format!("interface {index} {}", if up { "up" } else { "down" });
        current.simulation.configure(node, &what, |netlink| netlink.set_up(index, up))?;
        Ok(0)
    })
}

/// Gives an interface an address, or takes it away. 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_change_address(
    node: u32,
    index: u32,
    add: bool,
    address: &LibosAddress,
) -> c_int {
    with(|current| {
        let (ip, prefix) = (address.ip()?, address.prefix);
        let what = format!("address {ip}/{prefix} of interface {index}");
        current.simulation.configure(node, &what, |netlink| match add {
            true => netlink.add_address(index, ip, prefix),
            false => netlink.delete_address(index, ip, prefix),
        })?;
        Ok(0)
    })
}

/// Calls `visit` with each address of a node and the index of its interface. 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_addresses(
    node: u32,
    visit: extern "C" fn(context: *mut c_void, index: u32, address: &LibosAddress),
    context: *mut c_void,
) -> c_int {
    with(|current| {
        let all =
            current.simulation.configure(node, "its addresses", |netlink| netlink.addresses())?;
        for own in all {
            let address = LibosAddress { scope: own.scope, ..LibosAddress::of(own.address) };
            visit(context, own.index, &LibosAddress { prefix: own.prefix, ..address });
        }
        Ok(0)
    })
}

/// A route.
#[repr(C)]
pub struct LibosRoute {
    pub network: LibosAddress,
    /// Of family 0 if the network is on the link.
    pub gateway: LibosAddress,
    /// Of the interface; 0: the gateway's.
    pub index: u32,
    /// 0: the kernel's own.
    pub metric: u32,
}

/// Adds a route, or removes it. 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_change_route(node: u32, add: bool, route: &LibosRoute) -> c_int {
    with(|current| {
        let (network, prefix) = (route.network.ip()?, route.network.prefix);
        let gateway = (route.gateway.family != 0).then(|| route.gateway.ip()).transpose()?;
        let number = |number: u32| (number != 0).then_some(number);
        let (index, metric) = (number(route.index), number(route.metric));
        let route = libos_netlink::Route { network, prefix, gateway, index, metric, window: None };
        let what = format!("the route to {network}/{prefix}");
        current.simulation.configure(node, &what, |netlink| match add {
            true => netlink.add_route(&route),
            false => netlink.delete_route(&route),
        })?;
        Ok(0)
    })
}

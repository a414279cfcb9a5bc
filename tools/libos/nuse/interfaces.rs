// SPDX-License-Identifier: GPL-2.0

//! From nuse.conf to interfaces, addresses, routes and settings of the instance.

use std::io;

use libos_host::{Device, Instance, Thread};
use libos_netlink::Route;
use libos_vif::{Kind, Offloads, Vif};
use nuse_conf::{Conf, Interface, VifType};

use crate::netlink::Netlink;
use crate::passt;

/// Bits of the virtio-net header that a device takes: `<linux/if_tun.h>`.
const TUN_F_CSUM: u32 = 0x01;
const TUN_F_TSO4: u32 = 0x02;
const TUN_F_TSO6: u32 = 0x04;
const TUN_F_TSO_ECN: u32 = 0x08;
const TUN_F_USO4: u32 = 0x20;
const TUN_F_USO6: u32 = 0x40;

/// Why an interface is not there.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    #[error(transparent)]
    Vif(#[from] libos_vif::VifError),
    #[error(transparent)]
    Host(#[from] libos_host::Error),
    #[error("a random MAC address: {0}")]
    Random(io::Error),
    #[error("{name}: an mtu of {mtu} is more than the {most} of the host's side; {remedy}")]
    Mtu { name: String, mtu: u32, most: u32, remedy: String },
    #[error("the stack refused {what}: {reason}")]
    Refused { what: String, reason: io::Error },
    #[error("the stack has no sysctl of {0}: its name must be one of those below /proc/sys inside")]
    NoSysctl(String),
}

/// Brings up lo and every interface of `conf`, with addresses and routes, and writes its settings.
pub fn set_up(instance: &Instance, thread: &Thread, conf: &Conf) -> Result<(), Error> {
    let mut stack = Netlink::open(thread)
        .map_err(|reason| Error::Refused { what: "a netlink socket".into(), reason })?;
    let refused = |what: String| move |reason| Error::Refused { what, reason };

    let lo = stack.index("lo").map_err(refused("lo".into()))?;
    stack.set_up(lo, true).map_err(refused("lo".into()))?;
    for interface in &conf.interfaces {
        add(instance, thread, conf, interface)?;
        let name = &interface.name;
        let index = stack.index(name).map_err(refused(name.clone()))?;
        // Settings that a kernel without the protocol does not have are not missed.
        if interface.address6.is_some() {
            // An address that was given is not to wait for duplicates: nothing could wait for it.
            let _ = stack.write_sysctl(&format!("net/ipv6/conf/{name}/accept_dad"), "0");
        }
        // Others may remember the address with the MAC of an earlier run: tell them when it is up.
        let _ = stack.write_sysctl(&format!("net/ipv4/conf/{name}/arp_notify"), "1");
        let _ = stack.write_sysctl(&format!("net/ipv6/conf/{name}/ndisc_notify"), "1");
        if let Some(net) = interface.address {
            stack
                .add_address(index, net.addr.into(), net.prefix)
                .map_err(refused(format!("address {net} of {name}")))?;
        }
        stack.set_up(index, true).map_err(refused(format!("{name} up")))?;
        if let Some(net) = interface.address6 {
            stack
                .add_address(index, net.addr.into(), net.prefix)
                .map_err(refused(format!("address6 {net} of {name}")))?;
        }
    }
    for route in &conf.routes {
        let through = conf.interface_to(route.gateway);
        let index = through.map(|interface| stack.index(&interface.name)).transpose();
        let index = index.map_err(refused(format!("the gateway {}", route.gateway)))?;
        let (network, prefix, gateway) = (route.network, route.prefix, Some(route.gateway));
        let window = through.and_then(window);
        stack
            .add_route(&Route { network, prefix, gateway, index, metric: None, window })
            .map_err(refused(format!("the route to {}/{}", route.network, route.prefix)))?;
    }
    for sysctl in &conf.sysctls {
        if !stack.has_sysctl(&sysctl.path) {
            return Err(Error::NoSysctl(sysctl.to_string()));
        }
        stack
            .write_sysctl(&sysctl.path, &sysctl.value)
            .map_err(refused(format!("sysctl {sysctl}")))?;
    }
    Ok(())
}

fn add(
    instance: &Instance,
    thread: &Thread,
    conf: &Conf,
    interface: &Interface,
) -> Result<(), Error> {
    let mac = match interface.mac {
        Some(mac) => mac,
        None => nuse_conf::random_local_mac().map_err(Error::Random)?,
    };
    let vif = open(instance, conf, interface, mac)?;
    let mtu = mtu(interface, vif.mtu())?;
    let offload = offload(vif.offloads());
    let device = Device { name: &interface.name, wire: vif.into_wire(), mac, mtu, offload };
    Ok(instance.add_device(thread, device)?)
}

/// The largest packet: as it is said, unless the host's side, whose own is `most`, would drop it.
fn mtu(interface: &Interface, most: u32) -> Result<u32, Error> {
    let mtu = interface.mtu.unwrap_or(most);
    if mtu <= most {
        return Ok(mtu);
    }
    let name = interface.name.clone();
    let can_be_raised = match interface.vif {
        None | Some(VifType::Tap | VifType::Raw) => true,
        Some(VifType::Xdp) => mtu <= libos_vif::xdp::LARGEST_MTU,
        Some(VifType::Pipe | VifType::Passt) => false,
    };
    let remedy = if can_be_raised {
        format!("raise that: ip link set dev {name} mtu {mtu}")
    } else {
        format!("give {most} at most")
    };
    Err(Error::Mtu { name, mtu, most, remedy })
}

/// How much a peer of TCP may have under way, if that is to be little.
fn window(interface: &Interface) -> Option<u32> {
    (interface.vif == Some(VifType::Passt)).then_some(libos_vif::passt::WINDOW)
}

/// What carries the frames of an interface.
fn open(
    instance: &Instance,
    conf: &Conf,
    interface: &Interface,
    mac: [u8; 6],
) -> Result<Vif, libos_vif::VifError> {
    const ETHERNET_MTU: u32 = 1500;
    let mtu = interface.mtu.unwrap_or(ETHERNET_MTU);
    let name = &interface.name;
    match interface.vif {
        Some(VifType::Tap) => Vif::open(Kind::Tap, name, mac, mtu),
        None | Some(VifType::Raw) => Vif::open(Kind::Raw, name, mac, mtu),
        // SAFETY: the memory of the device that is added next.
        Some(VifType::Xdp) => unsafe { Vif::xdp(name, mac, instance.next_device_memory()) },
        Some(VifType::Pipe) => {
            Vif::open(Kind::Pipe, interface.link.as_ref().unwrap_or(name), mac, mtu)
        }
        Some(VifType::Passt) => Vif::passt(name, &passt::network(conf, interface)),
    }
}

fn offload(offers: Offloads) -> u32 {
    let bits = [
        (offers.csum, TUN_F_CSUM),
        (offers.tso4, TUN_F_TSO4),
        (offers.tso6, TUN_F_TSO6),
        (offers.ecn, TUN_F_TSO_ECN),
        (offers.uso4, TUN_F_USO4),
        (offers.uso6, TUN_F_USO6),
    ];
    bits.iter().filter(|(offered, _)| *offered).fold(0, |all, (_, bit)| all | bit)
}

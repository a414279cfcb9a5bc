// SPDX-License-Identifier: GPL-2.0

//! Nodes, their ports, and their settings.

use std::ffi::{c_char, c_int, c_void};

use super::world::Contexts;
use super::{text, with};
use crate::node::PortOptions;

/// `flags` of a port: it does not answer ARP,
pub const LIBOS_PORT_NOARP: u32 = 1;
/// it is a point-to-point link,
pub const LIBOS_PORT_POINTTOPOINT: u32 = 2;
/// it carries multicast frames,
pub const LIBOS_PORT_MULTICAST: u32 = 4;
/// it carries broadcast frames.
pub const LIBOS_PORT_BROADCAST: u32 = 8;

const _: () = {
    assert!(LIBOS_PORT_NOARP == liblinux_abi::SIM_DEV_NOARP);
    assert!(LIBOS_PORT_POINTTOPOINT == liblinux_abi::SIM_DEV_POINTTOPOINT);
    assert!(LIBOS_PORT_MULTICAST == liblinux_abi::SIM_DEV_MULTICAST);
    assert!(LIBOS_PORT_BROADCAST == liblinux_abi::SIM_DEV_BROADCAST);
};

/// Boots one more node, whose files are in `files-ID`. Its number, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_add_node(id: u32, context: *mut c_void) -> c_int {
    with(|current| {
        let contexts = Contexts { node: context, ports: Vec::new() };
        current.host.nodes.borrow_mut().push(contexts);
        let added = current.simulation.add_node_with_files(id);
        if added.is_err() {
            current.host.nodes.borrow_mut().pop();
        }
        Ok(added? as c_int)
    })
}

/// Gives the host what memory a node has freed; once, when it is configured. 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_give_back(node: u32) -> c_int {
    with(|current| current.simulation.give_back(node).map(|()| 0))
}

/// Makes an interface, down and without addresses. `flags` are `LIBOS_PORT_*`; `room` is
/// how many frames it sends before `libos_room` must give room back. The number of the port, or a
/// negative errno.
///
/// # Safety
///
/// `name` is NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_add_port(
    node: u32,
    name: *const c_char,
    mac: &[u8; 6],
    mtu: u32,
    flags: u32,
    room: u32,
    context: *mut c_void,
) -> c_int {
    // SAFETY: as the caller promises.
    let name = unsafe { text(name) }.to_string_lossy();
    with(|current| {
        if let Some(contexts) = current.host.nodes.borrow_mut().get_mut(node as usize) {
            contexts.ports.push(context);
        }
        let options = PortOptions { name: &name, mac: *mac, mtu, flags, room };
        let added = current.simulation.add_port(node, &options);
        if added.is_err()
            && let Some(contexts) = current.host.nodes.borrow_mut().get_mut(node as usize)
        {
            contexts.ports.pop();
        }
        Ok(added? as c_int)
    })
}

/// Whether a port has a link. 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_set_carrier(node: u32, port: u32, up: bool) -> c_int {
    with(|current| current.simulation.set_carrier(node, port, up).map(|()| 0))
}

/// Whether a port is given frames that are for others, too: 1 or 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_promiscuous(node: u32, port: u32) -> c_int {
    with(|current| current.simulation.is_promiscuous(node, port).map(c_int::from))
}

/// The time has come that `schedule` was asked for. 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_timer(node: u32) -> c_int {
    with(|current| current.simulation.timer(node).map(|()| 0))
}

/// An Ethernet frame has come to a port. 0, or a negative errno.
///
/// # Safety
///
/// `frame` is `len` readable bytes.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_receive(
    node: u32,
    port: u32,
    frame: *const u8,
    len: usize,
) -> c_int {
    // SAFETY: as the caller promises.
    let frame = unsafe { core::slice::from_raw_parts(frame, len) };
    with(|current| current.simulation.receive(node, port, frame).map(|()| 0))
}

/// The wire of a port takes so many frames more. 0, or a negative errno.
#[unsafe(no_mangle)]
pub extern "C" fn libos_room(node: u32, port: u32, frames: u32) -> c_int {
    with(|current| current.simulation.room(node, port, frames).map(|()| 0))
}

/// Reads a sysctl, named as in sysctl(8). 0, or a negative errno.
///
/// # Safety
///
/// `name` is NUL-terminated, `value` is `len` writable bytes, at least one.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_sysctl(
    node: u32,
    name: *const c_char,
    value: *mut c_char,
    len: usize,
) -> c_int {
    // SAFETY: as the caller promises.
    let name = unsafe { text(name) }.to_string_lossy();
    with(|current| {
        let found = current.simulation.sysctl(node, &name)?;
        let kept = &found.as_bytes()[..found.len().min(len - 1)];
        // SAFETY: there is room for it, and for the NUL.
        unsafe {
            value.cast::<u8>().copy_from_nonoverlapping(kept.as_ptr(), kept.len());
            value.add(kept.len()).write(0);
        }
        Ok(0)
    })
}

/// Writes a sysctl. 0, or a negative errno.
///
/// # Safety
///
/// Both strings are NUL-terminated.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn libos_set_sysctl(
    node: u32,
    name: *const c_char,
    value: *const c_char,
) -> c_int {
    // SAFETY: as the caller promises.
    let (name, value) = unsafe { (text(name).to_string_lossy(), text(value).to_string_lossy()) };
    with(|current| current.simulation.set_sysctl(node, &name, &value).map(|()| 0))
}

// SPDX-License-Identifier: GPL-2.0

//! The networks between the two sides: a TAP for the library, a veth pair for the host, each with
//! its peer in a network namespace of its own.

use std::fs::File;
use std::os::fd::AsRawFd;
use std::path::Path;
use std::process::Command;

use libos_host::{Device, Instance, Thread};
use libos_vif::{Kind, Vif};

use crate::Result;
use crate::stack::{Native, Stack};
use crate::workload::Peer;

pub const TAP_PEER: [u8; 4] = [10, 77, 0, 1];
pub const VETH_PEER: [u8; 4] = [10, 78, 0, 1];
/// A program under nuse.
pub const NUSE: [u8; 4] = [10, 85, 0, 2];

/// Two namespaces: this process is in the first, the veth's far end is in the second.
pub struct Links {
    near: String,
    far: String,
}

impl Links {
    /// Makes them, and moves this process into the first.
    pub fn make() -> Result<Self> {
        let id = std::process::id();
        let links =
            Links { near: format!("libos-bench-{id}"), far: format!("libos-bench-{id}-far") };
        for namespace in [&links.near, &links.far] {
            ip(&["netns", "add", namespace])?;
            ip(&["-n", namespace, "link", "set", "lo", "up"])?;
        }
        let (near, far) = (&links.near, &links.far);
        ip(&["-n", near, "link", "add", "v0", "type", "veth", "peer", "name", "v1", "netns", far])?;
        for (namespace, name, address) in
            [(near, "v0", "10.78.0.2/24"), (far, "v1", "10.78.0.1/24")]
        {
            ip(&["-n", namespace, "addr", "add", address, "dev", name])?;
            ip(&["-n", namespace, "link", "set", name, "up"])?;
        }
        enter(near)?;
        Ok(links)
    }

    /// A veth pair whose near end has no address of the host's, and whose far end has one.
    pub fn add_wire(&self, name: &str, address: &str) -> Result<()> {
        let far = &self.far;
        ip(&["link", "add", name, "type", "veth", "peer", "name", name, "netns", far])?;
        ip(&["link", "set", name, "up"])?;
        ip(&["-n", far, "addr", "add", address, "dev", name])?;
        ip(&["-n", far, "link", "set", name, "up"])
    }

    /// Gives the instance its end of the TAP, with an address.
    pub fn connect(&self, instance: &Instance, thread: &Thread) -> Result<()> {
        configure(thread, "lo", None)?;
        add_tap(instance, thread, &self.near, "tap0", [10, 77, 0, 2])?;
        ip(&["addr", "add", "10.77.0.1/24", "dev", "tap0"])
    }

    /// Where this process is.
    pub fn near(&self) -> &str {
        &self.near
    }

    /// Where the veth's peer is.
    pub fn far(&self) -> &str {
        &self.far
    }

    /// A command to be completed by a program, which nuse gives a TAP device to this namespace.
    pub fn under_nuse(&self, folder: &Path) -> Result<Command> {
        let conf = folder.join("nuse.conf");
        let text = "interface tap1\nviftype TAP\naddress 10.85.0.2\nnetmask 255.255.255.0\n";
        std::fs::write(&conf, text)?;
        let mut command = Command::new(std::env::current_exe()?.with_file_name("nuse"));
        command.arg("--conf").arg(conf);
        Ok(command)
    }

    /// The host's end of that device.
    pub fn answer_nuse(&self) -> Result<()> {
        const TIMES: u32 = 1000;
        let exists = || ip(&["link", "show", "dev", "tap1"]).is_ok();
        if !(0..TIMES).any(|_| exists()) {
            return Err("nuse did not make tap1".into());
        }
        ip(&["addr", "replace", "10.85.0.1/24", "dev", "tap1"])?;
        ip(&["link", "set", "tap1", "up"])
    }

    /// A command to be completed by a program, on the host at the veth's far end.
    pub fn on_far_host(&self) -> Command {
        let mut command = Command::new("ip");
        command.args(["netns", "exec", &self.far]);
        command
    }

    /// Makes peers of the library, or of the host.
    pub fn peer(&self, of_library: bool) -> impl Fn() -> Peer + Clone + Send + 'static {
        let namespace = if of_library { self.near.clone() } else { self.far.clone() };
        move || {
            let namespace = namespace.clone();
            Box::new(move || {
                enter(&namespace)?;
                Ok(Stack::Native(Native))
            })
        }
    }
}

impl Drop for Links {
    fn drop(&mut self) {
        for namespace in [&self.near, &self.far] {
            let _ = ip(&["netns", "del", namespace]);
        }
    }
}

/// Gives an instance a TAP device to `namespace`, with an address.
pub fn add_tap(
    instance: &Instance,
    thread: &Thread,
    namespace: &str,
    name: &str,
    address: [u8; 4],
) -> Result<()> {
    let mac = [0x02, 0, 0, address[1], 0, 2];
    let open = || {
        enter(namespace).map_err(|error| error.to_string())?;
        Vif::open(Kind::Tap, name, mac, 1500).map_err(|error| error.to_string())
    };
    let vif = std::thread::scope(|scope| scope.spawn(open).join()).map_err(|_| "a panic")??;
    let mtu = vif.mtu();
    // TUN_F_CSUM, TSO4, TSO6, ECN: what the host offers everywhere.
    let device = Device { name, wire: vif.into_wire(), mac, mtu, offload: 0xf };
    instance.add_device(thread, device)?;
    configure(thread, name, Some(address))
}

pub fn ip(arguments: &[&str]) -> Result<()> {
    let output = Command::new("ip").args(arguments).output()?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr);
    Err(format!("ip {}: {}", arguments.join(" "), said.trim()).into())
}

/// Moves the calling thread to a namespace.
pub fn enter(namespace: &str) -> Result<()> {
    let file = File::open(format!("/run/netns/{namespace}"))?;
    // SAFETY: an open descriptor of a namespace.
    if unsafe { libc::setns(file.as_raw_fd(), libc::CLONE_NEWNET) } < 0 {
        return Err(std::io::Error::last_os_error().into());
    }
    Ok(())
}

/// Brings an interface of the instance up, with a /24 address if there is one.
pub fn configure(thread: &Thread, name: &str, address: Option<[u8; 4]>) -> Result<()> {
    let socket = [libc::AF_INET as usize, libc::SOCK_DGRAM as usize, 0, 0, 0, 0];
    let fd = thread.syscall(libc::SYS_socket, socket) as usize;
    // SAFETY: valid when zeroed.
    let mut request: libc::ifreq = unsafe { core::mem::zeroed() };
    for (to, from) in request.ifr_name.iter_mut().zip(name.bytes()) {
        *to = from as libc::c_char;
    }
    let mut ask = |nr: u64, value: libc::__c_anonymous_ifr_ifru| -> Result<()> {
        request.ifr_ifru = value;
        let args = [fd, nr as usize, &raw mut request as usize, 0, 0, 0];
        match thread.syscall(libc::SYS_ioctl, args) {
            0 => Ok(()),
            errno => Err(std::io::Error::from_raw_os_error(-errno as i32).into()),
        }
    };
    let ip = |bytes: [u8; 4]| {
        let address = crate::stack::address(bytes, 0);
        // SAFETY: both are sixteen bytes.
        let address = unsafe { core::mem::transmute::<libc::sockaddr_in, libc::sockaddr>(address) };
        libc::__c_anonymous_ifr_ifru { ifru_addr: address }
    };
    if let Some(address) = address {
        ask(libc::SIOCSIFADDR, ip(address))?;
        ask(libc::SIOCSIFNETMASK, ip([255, 255, 255, 0]))?;
    }
    let flags = libc::__c_anonymous_ifr_ifru { ifru_flags: libc::IFF_UP as i16 };
    ask(libc::SIOCSIFFLAGS, flags)?;
    thread.syscall(libc::SYS_close, [fd, 0, 0, 0, 0, 0]);
    Ok(())
}

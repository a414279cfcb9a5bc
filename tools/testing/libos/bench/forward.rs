// SPDX-License-Identifier: GPL-2.0

//! Forwarding: a router between two networks, which is an instance with two TAP devices, or a
//! namespace of the host with two veth pairs.
//!
//! ```text
//!  near ── fwd0 ── instance ── fwd1 ── far        10.91.0.0/24, 10.92.0.0/24
//!  near ── rtr0 ── namespace ── rtr1 ── far       10.93.0.0/24, 10.94.0.0/24
//! ```

use std::net::{Ipv4Addr, UdpSocket};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use libos_host::{Instance, Options, Thread};

use crate::Result;
use crate::link::{Links, add_tap, enter, ip};

/// Both routers, each between the near and the far namespace.
pub struct Routers {
    near: String,
    far: String,
    middle: String,
    instance: Instance,
}

/// The far station behind either router.
const BEHIND_LIBRARY: Ipv4Addr = Ipv4Addr::new(10, 92, 0, 1);
const BEHIND_HOST: Ipv4Addr = Ipv4Addr::new(10, 94, 0, 1);
const DISCARD: u16 = 9;

impl Routers {
    /// Makes them.
    pub fn make(links: &Links, library: &Path) -> Result<Self> {
        let (near, far) = (links.near().to_string(), links.far().to_string());
        let middle = format!("{near}-middle");
        let mut instance =
            Instance::boot(library, &Options { memory: 256 << 20, ..Options::default() })?;
        let thread = Thread::new(instance.process())?;
        add_tap(&instance, &thread, &near, "fwd0", [10, 91, 0, 2])?;
        add_tap(&instance, &thread, &far, "fwd1", [10, 92, 0, 2])?;
        switch_forwarding_on(&thread)?;
        drop(thread);
        instance.start_driver(|pid| panic!("process {pid} tore the instance"))?;
        let routers = Routers { near, far, middle, instance };
        routers.configure()?;
        Ok(routers)
    }

    fn configure(&self) -> Result<()> {
        let (near, far, middle) = (&*self.near, &*self.far, &*self.middle);
        ip(&["netns", "add", middle])?;
        for (end, name, to) in [(near, "rtr0", "in"), (far, "rtr1", "out")] {
            let pair = ["link", "add", name, "type", "veth", "peer", "name", to, "netns", middle];
            ip(&[&["-n", end], &pair[..]].concat())?;
        }
        for (namespace, name, address) in [
            (near, "fwd0", "10.91.0.1/24"),
            (far, "fwd1", "10.92.0.1/24"),
            (near, "rtr0", "10.93.0.1/24"),
            (middle, "in", "10.93.0.2/24"),
            (middle, "out", "10.94.0.2/24"),
            (far, "rtr1", "10.94.0.1/24"),
        ] {
            ip(&["-n", namespace, "addr", "add", address, "dev", name])?;
            ip(&["-n", namespace, "link", "set", name, "up"])?;
        }
        for (network, router) in [("10.92.0.0/24", "10.91.0.2"), ("10.94.0.0/24", "10.93.0.2")] {
            ip(&["-n", near, "route", "add", network, "via", router])?;
        }
        within(middle, || Ok(std::fs::write("/proc/sys/net/ipv4/ip_forward", "1")?))
    }

    /// Thousands of packets of `payload` bytes a second that come through one of the routers.
    pub fn rate(&self, of_library: bool, payload: usize) -> Result<f64> {
        let (to, device) =
            if of_library { (BEHIND_LIBRARY, "fwd1") } else { (BEHIND_HOST, "rtr1") };
        // Nobody reads: what is too much for its buffer is counted all the same.
        let _sink = within(&self.far, || Ok(UdpSocket::bind((to, DISCARD))?))?;
        let received = || within(&self.far, || received(device));
        let sender = within(&self.near, || Ok(UdpSocket::bind("0.0.0.0:0")?))?;
        sender.connect((to, DISCARD))?;
        send_for(&sender, payload, Duration::from_millis(100))?;
        let (before, begin) = (received()?, Instant::now());
        send_for(&sender, payload, Duration::from_millis(500))?;
        Ok((received()? - before) as f64 / begin.elapsed().as_secs_f64() / 1e3)
    }

    /// Ends the instance.
    pub fn shutdown(self) {
        let _ = ip(&["netns", "del", &self.middle]);
        self.instance.shutdown();
    }
}

fn send_for(socket: &UdpSocket, payload: usize, time: Duration) -> Result<()> {
    let data = vec![0; payload];
    let begin = Instant::now();
    while begin.elapsed() < time {
        for _ in 0..64 {
            // Refused by a full queue: the next one may fit.
            let _ = socket.send(&data);
        }
    }
    Ok(())
}

fn switch_forwarding_on(thread: &Thread) -> Result<()> {
    let path = c"/proc/sys/net/ipv4/ip_forward".as_ptr() as usize;
    let fd = thread.syscall(libc::SYS_open, [path, libc::O_WRONLY as usize, 0, 0, 0, 0]);
    let one = b"1";
    let write = [fd as usize, one.as_ptr() as usize, one.len(), 0, 0, 0];
    if thread.syscall(libc::SYS_write, write) != 1 {
        return Err("the library does not forward".into());
    }
    thread.syscall(libc::SYS_close, [fd as usize, 0, 0, 0, 0, 0]);
    Ok(())
}

/// Packets that an interface of this thread's namespace has received.
fn received(device: &str) -> Result<u64> {
    /// The second of the numbers in /proc/net/dev, after bytes.
    const PACKETS: usize = 1;
    let table = std::fs::read_to_string("/proc/thread-self/net/dev")?;
    let line = table.lines().find_map(|line| line.trim_start().strip_prefix(device));
    let numbers = line.and_then(|line| line.strip_prefix(':'));
    let packets = numbers.and_then(|numbers| numbers.split_whitespace().nth(PACKETS));
    Ok(packets.ok_or_else(|| format!("no interface {device}"))?.parse()?)
}

/// Does `work` in a namespace.
fn within<T: Send>(namespace: &str, work: impl FnOnce() -> Result<T> + Send) -> Result<T> {
    let there = || enter(namespace).and_then(|()| work()).map_err(|error| error.to_string());
    let result = thread::scope(|scope| scope.spawn(there).join());
    Ok(result.map_err(|_| "panicked in a namespace")??)
}

// SPDX-License-Identifier: GPL-2.0

//! Datagrams and connections over each way by which an instance reaches others, in turn with the host over veth. Each
//! way is that of an instance of its own, as every interface of one is looked at.

use libos_host::{Device, Instance, Options, Thread};
use libos_vif::{Kind, Vif};

use crate::link::{self, Links, configure};
use crate::report::{Report, Unit};
use crate::stack::Stack;
use crate::workload::{Peer, bulk, round_trips, udp_receive, udp_send};
use crate::{Arguments, Result, Side, own};

/// What is measured over each way: a row's name up to that of the way.
const ROWS: [(&str, Unit); 5] = [
    ("64-byte UDP packets sent over", Unit::Kilopackets),
    ("64-byte UDP packets received over", Unit::Kilopackets),
    ("TCP sent over", Unit::Gigabits),
    ("TCP received over", Unit::Gigabits),
    ("round trips of 16 connections over", Unit::Thousands),
];

/// An instance with one interface, and where its peer is.
struct Way {
    name: &'static str,
    instance: Instance,
    peer: [u8; 4],
    /// The instance at the other end, if it is not the host.
    other: Option<Instance>,
}

/// The rows, if they are wanted.
pub fn measure(report: &mut Report, arguments: &Arguments, links: &Links) -> Result<()> {
    let names = ["TAP", "RAW", "XDP", "PIPE"];
    let wanted = |name: &&str| ROWS.iter().any(|(row, _)| report.wants(&format!("{row} {name}")));
    let ways: Result<Vec<_>> =
        names.into_iter().filter(wanted).map(|name| Way::new(name, arguments, links)).collect();
    let ways = ways?;
    for _ in 0..report.rounds {
        for way in &ways {
            for of_library in [true, false] {
                let mut side = Side { report, of_library };
                for (row, (name, unit)) in ROWS.into_iter().enumerate() {
                    side.measure(&format!("{name} {}", way.name), unit, || {
                        way.run(row, links, of_library)
                    })?;
                }
            }
        }
    }
    Ok(())
}

impl Way {
    fn new(name: &'static str, arguments: &Arguments, links: &Links) -> Result<Self> {
        const MAC: [u8; 6] = [2, 0, 0, 0, 1, 1];
        let mut instance = boot(arguments)?;
        let (mut peer, mut other) = ([10, 95, 0, 1], None);
        let link = format!("bench-{}", std::process::id());
        let vif = match name {
            "TAP" => {
                let vif = Vif::open(Kind::Tap, "tap2", MAC, 1500)?;
                link::ip(&["addr", "add", "10.95.0.1/24", "dev", "tap2"])?;
                vif
            }
            "RAW" => {
                peer = [10, 96, 0, 1];
                links.add_wire("raw0", "10.96.0.1/24")?;
                Vif::open(Kind::Raw, "raw0", MAC, 1500)?
            }
            "XDP" => {
                peer = [10, 97, 0, 1];
                links.add_wire("xdp0", "10.97.0.1/24")?;
                // SAFETY: the memory of the device that is added next.
                unsafe { Vif::xdp("xdp0", MAC, instance.next_device_memory())? }
            }
            _ => {
                peer = [10, 98, 0, 1];
                let mut second = boot(arguments)?;
                let vif = Vif::open(Kind::Pipe, &link, MAC, 1500)?;
                add(&second, [2, 0, 0, 0, 1, 2], vif, peer)?;
                second.start_driver(torn)?;
                other = Some(second);
                Vif::open(Kind::Pipe, &link, MAC, 1500)?
            }
        };
        add(&instance, MAC, vif, [peer[0], peer[1], peer[2], 2])?;
        instance.start_driver(torn)?;
        Ok(Way { name, instance, peer, other })
    }

    /// One of [`ROWS`], on the library or the host.
    fn run(&self, row: usize, links: &Links, of_library: bool) -> Result<f64> {
        let ours = || own(&self.instance, of_library);
        let stack = ours()()?;
        let to = if of_library { self.peer } else { link::VETH_PEER };
        let peer = self.peer(links, of_library);
        match row {
            0 => udp_send(&stack, peer(), to),
            1 => udp_receive(&stack, peer(), [to[0], to[1], to[2], 2]),
            2 => bulk(&stack, peer(), to, true),
            3 => bulk(&stack, peer(), to, false),
            _ => round_trips(&stack, &ours, peer, to, 16),
        }
    }

    /// Makes peers at the other end, or of the host's.
    fn peer(&self, links: &Links, of_library: bool) -> Box<dyn Fn() -> Peer + Send> {
        match (of_library, &self.other) {
            (true, Some(other)) => {
                let process = other.process();
                Box::new(move || Box::new(move || Ok(Stack::Library(Thread::new(process)?))))
            }
            (true, None) if self.name == "TAP" => Box::new(links.peer(true)),
            _ => Box::new(links.peer(false)),
        }
    }
}

fn torn(pid: u32) {
    panic!("process {pid} tore the instance")
}

fn boot(arguments: &Arguments) -> Result<Instance> {
    let options = Options { memory: 64 << 20, ..Options::default() };
    Ok(Instance::boot(&arguments.library, &options)?)
}

fn add(instance: &Instance, mac: [u8; 6], vif: Vif, address: [u8; 4]) -> Result<()> {
    // TUN_F_CSUM, TSO4, TSO6, ECN.
    let offload = if vif.offloads().csum { 0xf } else { 0 };
    let mtu = vif.mtu().min(1500);
    let thread = Thread::new(instance.process())?;
    let device = Device { name: "eth0", wire: vif.into_wire(), mac, mtu, offload };
    instance.add_device(&thread, device)?;
    configure(&thread, "eth0", Some(address))
}

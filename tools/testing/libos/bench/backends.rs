// SPDX-License-Identifier: GPL-2.0

//! Datagrams over each way by which an instance reaches others, in turn with the host over veth.

use libos_host::device::Device;
use libos_host::{Instance, Options, Thread};
use libos_vif::{Kind, Vif};

use crate::link::{self, Links, configure};
use crate::report::{Report, Unit};
use crate::stack::Stack;
use crate::workload::{Peer, udp_receive, udp_send};
use crate::{Arguments, Result, Side};

/// A way, where its peer is, and whether that is in the far namespace.
const WAYS: [(&str, [u8; 4]); 4] = [
    ("TAP", link::TAP_PEER),
    ("RAW", [10, 79, 0, 1]),
    ("XDP", [10, 80, 0, 1]),
    ("PIPE", [10, 81, 0, 1]),
];

/// The interfaces beside the TAP, and the instance at the other end of the link.
pub struct Backends {
    other: Instance,
}

impl Backends {
    /// Adds them to `instance`, in the namespace of `links`.
    pub fn add(
        arguments: &Arguments,
        links: &Links,
        instance: &Instance,
        thread: &Thread,
    ) -> Result<Self> {
        let mac = |last| [2, 0, 0, 0, 1, last];
        links.add_wire("raw0", "10.79.0.1/24")?;
        links.add_wire("xdp0", "10.80.0.1/24")?;
        let options = Options { memory: 64 << 20, ..Options::default() };
        let mut other = Instance::boot(&arguments.library, &options)?;
        let raw = Vif::open(Kind::Raw, "raw0", mac(1), 1500)?;
        add(instance, thread, ("raw0", mac(1)), raw, [10, 79, 0, 2])?;
        // SAFETY: the memory of the device that is added next.
        let xdp = unsafe { Vif::xdp("xdp0", mac(2), instance.next_device_memory())? };
        add(instance, thread, ("xdp0", mac(2)), xdp, [10, 80, 0, 2])?;
        let name = format!("bench-{}", std::process::id());
        let pipe = Vif::open(Kind::Pipe, &name, mac(3), 1500)?;
        add(instance, thread, ("pipe0", mac(3)), pipe, [10, 81, 0, 2])?;
        let others = Thread::new(other.process())?;
        let pipe = Vif::open(Kind::Pipe, &name, mac(4), 1500)?;
        add(&other, &others, ("pipe0", mac(4)), pipe, [10, 81, 0, 1])?;
        drop(others);
        other.start_driver(|pid| panic!("process {pid} tore the instance"));
        Ok(Backends { other })
    }

    /// Makes peers at the other end of a way, or of the host's.
    fn peer(&self, links: &Links, way: &str, of_library: bool) -> Peer {
        let process = self.other.process();
        match (of_library, way) {
            (true, "PIPE") => Box::new(move || Ok(Stack::Library(Thread::new(process)?))),
            (true, "TAP") => links.peer(true)(),
            _ => links.peer(false)(),
        }
    }

    /// The rows.
    pub fn measure(
        &self,
        report: &mut Report,
        links: &Links,
        library: &Stack,
        host: &Stack,
    ) -> Result<()> {
        for _ in 0..report.rounds {
            for (way, to) in WAYS {
                for (stack, of_library) in [(library, true), (host, false)] {
                    let to = if of_library { to } else { link::VETH_PEER };
                    let peer = || self.peer(links, way, of_library);
                    let from = [to[0], to[1], to[2], 2];
                    let mut row = Side { report, of_library };
                    let name = format!("64-byte UDP packets sent over {way}");
                    row.measure(&name, Unit::Kilopackets, || udp_send(stack, peer(), to))?;
                    let name = format!("64-byte UDP packets received over {way}");
                    row.measure(&name, Unit::Kilopackets, || udp_receive(stack, peer(), from))?;
                }
            }
        }
        Ok(())
    }
}

fn add(
    instance: &Instance,
    thread: &Thread,
    (name, mac): (&str, [u8; 6]),
    vif: Vif,
    address: [u8; 4],
) -> Result<()> {
    // TUN_F_CSUM, TSO4, TSO6, ECN.
    let offload = if vif.offloads().csum { 0xf } else { 0 };
    let mtu = vif.mtu().min(1500);
    instance.add_device(thread, Device { name, wire: vif.into_wire(), mac, mtu, offload })?;
    configure(thread, name, Some(address))
}

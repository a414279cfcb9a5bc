// SPDX-License-Identifier: GPL-2.0

//! Routing daemons of FRR, unmodified, on three nodes in a row.

use libos_sim::Program;

use crate::place::{MS, Place, SECOND};

const ZEBRA: &str = "
hostname node
log file /var/log/frr/zebra.log
";
const OSPFD: &str = "
hostname node
log file /var/log/frr/ospfd.log
router ospf
 network 10.0.0.0/8 area 0
 timers throttle spf 10 100 1000
";

/// OSPF finds the way between the ends.
pub fn ospf() {
    let place = Place::new(3);
    for node in 0..3 {
        place.write(node, "etc/frr/zebra.conf", ZEBRA);
        place.write(node, "etc/frr/ospfd.conf", OSPFD);
        place.write(node, "run/frr/.keep", "");
        place.give_to("frr", node, "run/frr");
    }
    for (link, pair) in [[0, 1], [1, 2]].into_iter().enumerate() {
        let name = format!("sim{link}");
        place.network.join(pair, &name, MS, 100_000_000).expect("a wire");
        for (host, node) in pair.into_iter().enumerate() {
            let address = format!("10.0.{link}.{}/24", host + 1);
            place.run(node, "ip", &["addr", "add", &address, "dev", &name]);
            place.run(node, "ip", &["link", "set", &name, "up"]);
        }
    }
    for node in 0..3 {
        place.run(node, "ip", &["link", "set", "lo", "up"]);
        place.run(node, "sysctl", &["-q", "-w", "net.ipv4.ip_forward=1"]);
        place.start_at(
            SECOND,
            node,
            Program::new("/usr/lib/frr/zebra", &["-f", "/etc/frr/zebra.conf"]),
        );
        place.start_at(
            2 * SECOND,
            node,
            Program::new("/usr/lib/frr/ospfd", &["-f", "/etc/frr/ospfd.conf"]),
        );
    }
    place.start_at(70 * SECOND, 0, Program::new("ip", &["route"]));
    place.start_at(71 * SECOND, 0, Program::new("ping", &["-c", "2", "10.0.1.2"]));
    place.network.run_until(80 * SECOND).expect("a simulation");
    place.print(3);
    let (_, pid, status) = place.last_exit();
    let said = place.file(0, &format!("var/log/{pid}/stdout"));
    assert!(status == 0 && said.contains("2 received"), "{said}");
}

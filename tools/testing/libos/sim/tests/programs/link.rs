// SPDX-License-Identifier: GPL-2.0

//! Programs that use a wire between two nodes, and what its arithmetic says of them.

use libos_sim::Program;

use crate::place::{MS, Place, SECOND};

/// Round trips are those of the wire: twice the delay, and 98 bytes at 100 Mbit/s.
pub fn ping() {
    let place = Place::pair(5 * MS, 100_000_000);
    place.start_at(SECOND, 0, Program::new("ping", &["-c", "3", "10.0.0.2"]));
    place.network.run_until(10 * SECOND).expect("ten seconds");
    place.print(2);
}

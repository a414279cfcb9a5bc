// SPDX-License-Identifier: GPL-2.0

//! Runs a program on a node by itself: `run LIBRARY FOLDER PROGRAM ARGUMENT...`. Its files are in
//! FOLDER/files-0 then. Shows how long it took on the node, and how long on the host.

use std::path::Path;
use std::time::Instant;

use libos_sim::queue::Network;
use libos_sim::{Options, Program};

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let [library, folder, binary, rest @ ..] = &arguments[..] else {
        return Err("run LIBRARY FOLDER PROGRAM ARGUMENT...".into());
    };
    let mut options = Options::new(Path::new(library));
    options.files = folder.into();
    let network = Network::new(options)?;
    network.simulation.add_node()?;
    network.simulation.start(0, &Program::new("ip", &["link", "set", "lo", "up"]))?;
    let rest: Vec<&str> = rest.iter().map(String::as_str).collect();
    let begun = Instant::now();
    let pid = network.simulation.start(0, &Program::new(binary, &rest))?;
    while network.exits().iter().all(|exit| exit.1 != pid) && network.step()? {}
    let status = network.exits().iter().find(|exit| exit.1 == pid).map(|exit| exit.2);
    let simulated = network.now() as f64 / 1e9;
    println!("status {status:?}, {simulated} s simulated, {:?} on the host", begun.elapsed());
    Ok(())
}

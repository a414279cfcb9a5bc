// SPDX-License-Identifier: GPL-2.0

//! Where a test happens: a network, with its files in a folder that has the same name in each run.

use std::path::{Path, PathBuf};

use libos_sim::queue::Network;
use libos_sim::{Options, Program};

pub const MS: u64 = 1_000_000;
pub const SECOND: u64 = 1_000_000_000;

pub struct Place {
    pub network: Network,
    folder: PathBuf,
}

impl Place {
    /// A network of so many nodes, without wires.
    pub fn new(nodes: u32) -> Self {
        Place::with(nodes, |_| {})
    }

    /// As [`Place::new`], with other options.
    pub fn with(nodes: u32, change: impl FnOnce(&mut Options)) -> Self {
        let top = std::env::var("NUSE_TOP").map_or_else(|_| "../../../..".into(), PathBuf::from);
        let name = std::env::args().next_back().unwrap_or_default();
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join("sim").join(name);
        // There is none the first time.
        let _ = std::fs::remove_dir_all(&folder);
        std::fs::create_dir_all(&folder).expect("a folder");
        let mut options = Options::new(&top.join("liblinux.so"));
        options.files = folder.clone();
        options.trace = true;
        change(&mut options);
        let network = Network::new(options).expect("a simulation");
        for _ in 0..nodes {
            network.simulation.add_node().expect("a node");
        }
        Place { network, folder }
    }

    /// Two nodes, 10.0.0.1 and 10.0.0.2, joined by a wire.
    pub fn pair(delay: u64, rate: u64) -> Self {
        let place = Place::new(2);
        place.network.join([0, 1], "sim0", delay, rate).expect("a wire");
        for node in 0..2 {
            let address = format!("10.0.0.{}/24", node + 1);
            place.run(node, "ip", &["addr", "add", &address, "dev", "sim0"]);
            place.run(node, "ip", &["link", "set", "sim0", "up"]);
            place.run(node, "ip", &["link", "set", "lo", "up"]);
        }
        place
    }

    /// Starts a program at a time.
    pub fn start_at(&self, time: u64, node: u32, program: Program) {
        self.network.at(time, move |simulation| simulation.start(node, &program).map(|_| ()));
    }

    /// Runs a program now that does not wait; it must succeed.
    pub fn run(&self, node: u32, binary: &str, arguments: &[&str]) {
        let program = Program::new(binary, arguments);
        let pid = self.network.simulation.start(node, &program).expect("a program");
        let status = self.network.exits().into_iter().find(|exit| (exit.0, exit.1) == (node, pid));
        let said = self.file(node, &format!("var/log/{pid}/stderr"));
        assert_eq!(status.map(|exit| exit.2), Some(0), "{binary} {arguments:?}: {said}");
    }

    /// The process that ended last: its node, its number, its status.
    pub fn last_exit(&self) -> (u32, u32, i32) {
        *self.network.exits().last().expect("an end")
    }

    /// A folder for what a test needs.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// The folder of a node's files.
    pub fn root(&self, node: u32) -> PathBuf {
        self.folder.join(format!("files-{node}"))
    }

    /// Writes a file of a node.
    pub fn write(&self, node: u32, path: &str, content: &str) {
        let file = self.root(node).join(path);
        std::fs::create_dir_all(file.parent().unwrap_or(&file)).expect("its folder");
        std::fs::write(file, content).expect("a file");
    }

    /// Has a user of the host's own a file of a node, or a folder.
    pub fn give_to(&self, user: &str, node: u32, path: &str) {
        let mut chown = std::process::Command::new("chown");
        let status = chown.arg(format!("{user}:{user}")).arg(self.root(node).join(path)).status();
        assert!(status.is_ok_and(|status| status.success()), "{path} of {user}");
    }

    /// The content of a file of a node; empty if there is none.
    pub fn file(&self, node: u32, path: &str) -> String {
        let bytes = std::fs::read(self.root(node).join(path)).unwrap_or_default();
        String::from_utf8_lossy(&bytes).into_owned()
    }

    /// Prints what all programs wrote, how they ended, and digests of their calls and of all frames.
    pub fn print(&self, nodes: u32) {
        for (node, pid, status) in self.network.exits() {
            println!("node {node} process {pid}: status {status}");
        }
        for node in 0..nodes {
            let logs = self.root(node).join("var/log");
            let Ok(folders) = std::fs::read_dir(&logs) else { continue };
            let mut pids: Vec<_> = folders.flatten().map(|entry| entry.path()).collect();
            pids.sort();
            for folder in pids {
                self.print_log(node, &folder);
            }
        }
        println!("frames {:?}", self.network.frames());
    }

    fn print_log(&self, node: u32, folder: &Path) {
        for name in ["cmdline", "stdout", "stderr", "syscalls"] {
            let text = std::fs::read_to_string(folder.join(name)).unwrap_or_default();
            for line in text.lines() {
                println!(
                    "{node} {} {name}: {line}",
                    folder.file_name().unwrap_or_default().display()
                );
            }
        }
    }
}

// SPDX-License-Identifier: GPL-2.0

//! A place for a program under `nuse` and a peer on its wire.
//!
//! ```text
//!  Net::tap()   one namespace:   nuse, tap0 10.0.0.2 --- tap0 10.0.0.1, peer
//!  Net::raw(), Net::xdp()
//!               two namespaces:  nuse, eth0 10.0.0.2 --- eth0 10.0.0.1, peer
//! ```
//!
//! In IPv6 they are fd00::2 and fd00::1. The peer is the host's own stack. Where nuse runs, the
//! host has a second interface, `other0`, with a default route: whatever a program sends with the
//! host's stack leaves there, through lo, or, in the case of RAW, with [`HOST_MAC`] on the wire.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

use tempfile::TempDir;

use crate::{Capture, Netns, Task, place, tools};

pub const STACK_MAC: &str = "02:00:00:00:00:02";
pub const HOST_MAC: &str = "02:00:00:00:00:0a";
pub const PEER_MAC: &str = "02:00:00:00:00:01";

/// The namespaces, and a folder for files.
pub struct Net {
    stack: Netns,
    /// None: the peer is where nuse is.
    peer: Option<Netns>,
    folder: TempDir,
}

impl Net {
    /// nuse and its peer are on the two sides of a TAP device, which is there before nuse is.
    #[track_caller]
    pub fn tap() -> Self {
        let stack = with_other_interface();
        stack.ip("tuntap add dev tap0 mode tap");
        address_of_peer(&stack, "tap0");
        Net::new(stack, None, "tap0", "TAP")
    }

    /// nuse and its peer are on the two ends of a veth pair, in two namespaces.
    #[track_caller]
    pub fn raw() -> Self {
        let (stack, peer) = (with_other_interface(), Netns::new());
        stack.ip(&format!("link add eth0 type veth peer name eth0 netns {}", peer.name()));
        stack.ip(&format!("link set dev eth0 address {HOST_MAC} addrgenmode none"));
        stack.ip("link set dev eth0 up");
        peer.ip(&format!("link set dev eth0 address {PEER_MAC}"));
        address_of_peer(&peer, "eth0");
        Net::new(stack, Some(peer), "eth0", "RAW")
    }

    /// As [`Net::raw`], by an AF_XDP socket.
    #[track_caller]
    pub fn xdp() -> Self {
        let net = Net::raw();
        net.write_conf(&conf("eth0", "XDP"));
        net
    }

    fn new(stack: Netns, peer: Option<Netns>, interface: &str, viftype: &str) -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let net = Net { stack, peer, folder };
        net.write_conf(&conf(interface, viftype));
        net
    }

    /// The host's stack at the other end of the wire.
    pub fn peer(&self) -> &Netns {
        self.peer.as_ref().unwrap_or(&self.stack)
    }

    /// Where nuse runs.
    pub fn stack(&self) -> &Netns {
        &self.stack
    }

    /// A program under nuse.
    #[track_caller]
    pub fn nuse<W: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = W>) -> Task {
        let words: Vec<_> = words.into_iter().map(|word| word.as_ref().to_os_string()).collect();
        tools::require(&words[0]);
        let words = [place::nuse().into_os_string()].into_iter().chain(words);
        self.stack.task(words).env("NUSECONF", self.file("nuse.conf"))
    }

    /// Replaces nuse.conf.
    #[track_caller]
    pub fn write_conf(&self, text: &str) {
        fs::write(self.file("nuse.conf"), text).expect("a file in our own folder");
    }

    /// The nuse.conf.
    pub fn conf(&self) -> String {
        fs::read_to_string(self.file("nuse.conf")).expect("the file that we wrote")
    }

    /// A file in this net's folder.
    pub fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Watches every way by which the host's stack could send where nuse runs.
    #[track_caller]
    pub fn watch_host(&self) -> Vec<Capture> {
        let lo = Capture::start(&self.stack, "lo", "", "127.0.0.99");
        let other = Capture::start(&self.stack, "other0", "", "192.0.2.99");
        let mut all = vec![lo, other];
        if let Some(peer) = &self.peer {
            let filter = format!("ether src {HOST_MAC}");
            all.push(Capture::start(peer, "eth0", &filter, "198.51.100.99"));
        }
        all
    }

    /// Asserts that the host's stack has sent nothing since.
    #[track_caller]
    pub fn host_sent_nothing(&self, watches: Vec<Capture>) {
        if self.peer.is_some() {
            self.stack.ip("addr add 198.51.100.1/24 dev eth0");
            self.stack.ip("neigh replace 198.51.100.99 lladdr 02:00:00:00:00:63 dev eth0");
        }
        for watch in watches {
            let seen = watch.until_mark(&self.stack);
            assert!(seen.is_empty(), "the host's stack sent packets:\n{}", seen.join("\n"));
        }
    }
}

/// A namespace whose host has somewhere to send to.
#[track_caller]
fn with_other_interface() -> Netns {
    let netns = Netns::new();
    netns.ip("link add other0 type veth peer name other1");
    netns.ip("link set dev other1 addrgenmode none");
    netns.ip("link set dev other1 up");
    netns.ip("link set dev other0 addrgenmode none");
    netns.ip("link set dev other0 up");
    netns.ip("addr add 192.0.2.1/24 dev other0");
    netns.ip("route add default via 192.0.2.254");
    // Whatever is sent there is sent at once, and not only asked for.
    for neighbour in ["192.0.2.254", "192.0.2.99"] {
        netns.ip(&format!("neigh replace {neighbour} lladdr 02:00:00:00:00:63 dev other0"));
    }
    netns
}

#[track_caller]
fn address_of_peer(netns: &Netns, interface: &str) {
    netns.ip(&format!("addr add 10.0.0.1/24 dev {interface}"));
    netns.ip(&format!("addr add fd00::1/64 dev {interface} nodad"));
    netns.ip(&format!("link set dev {interface} up"));
}

fn conf(interface: &str, viftype: &str) -> String {
    format!(
        "interface {interface}\n\
         \taddress 10.0.0.2/24\n\
         \taddress6 fd00::2/64\n\
         \tmacaddr {STACK_MAC}\n\
         \tviftype {viftype}\n\
         \n\
         route\n\
         \tnetwork 0.0.0.0\n\
         \tnetmask 0.0.0.0\n\
         \tgateway 10.0.0.1\n\
         route\n\
         \tnetwork6 ::/0\n\
         \tgateway6 fd00::1\n\
         \n\
         nameserver 10.0.0.1\n"
    )
}

// SPDX-License-Identifier: GPL-2.0

//! What can go wrong when an interface is opened: where, what, and what would be right.

use std::io;

use crate::Kind;
use crate::mac::Mac;

/// What takes no privilege.
pub(crate) const WITHOUT_ROOT: &str =
    "viftype PASST, a way out without root, or viftype PIPE, a link to another stack";

/// Why a virtual interface could not be opened.
#[derive(Debug, thiserror::Error)]
#[allow(missing_docs, reason = "the messages say it")]
pub enum VifError {
    #[error(
        "interface name {name:?} {wrong}; give 1 to 15 bytes without blanks, '/', ':' and '%', \
         such as tap0"
    )]
    Name { name: String, wrong: &'static str },

    #[error(
        "{name}: {mac} {wrong}; give the stack a unicast address of its own, \
         such as 02:00:00:00:00:01"
    )]
    Mac { name: String, mac: Mac, wrong: &'static str },

    #[error(
        "{name}: viftype {kind} was left out when this was built; switch CONFIG_LIB_VIF_{kind} on \
         (make menuconfig) and build it again"
    )]
    LeftOut { name: String, kind: Kind },

    #[error("{name}: an mtu of {mtu} is out of range; a TAP takes 68 to 65521")]
    Mtu { name: String, mtu: u32 },

    #[error("{name}: the host has no such interface here; `ip link` shows those it has")]
    Missing { name: String },

    #[error(
        "{name}: exists and is {is}, not a TAP; give the name of a TAP, or a new one, \
         or open an Ethernet interface as RAW"
    )]
    NotTap { name: String, is: String },

    #[error(
        "{name}: is a TAP of many queues, of which a stack would see only a share; \
         make it without multi_queue: ip tuntap add dev {name} mode tap"
    )]
    ManyQueues { name: String },

    #[error("{name}: another program holds this TAP; end it, or give each stack a TAP of its own")]
    Busy { name: String },

    #[error("{name}: is down; set it up: ip link set dev {name} up")]
    Down { name: String },

    #[error("{name}: is not Ethernet (hardware type {hardware}, not 1); give one that is")]
    NotEthernet { name: String, hardware: u16 },

    #[error(
        "link name {name:?} must be 1 to 64 bytes without blanks and '/', and not begin with '.', \
         such as red"
    )]
    LinkName { name: String },

    #[error(
        "link {name}: two instances are on it already, and it has only two sides; give another name"
    )]
    LinkFull { name: String },

    #[error(
        "{name}: passt, the way out for who may not open TAPs and packet sockets, is not installed \
         (Debian's package passt); without it, stacks reach each other by --vif PIPE:NAME"
    )]
    NoPasst { name: String },

    #[error("{name}: another XDP program is on it; remove it: ip link set dev {name} xdp off")]
    OtherProgram { name: String },

    #[error("{name}: passt did not start: {said}")]
    Passt { name: String, said: String },

    #[error("link {name}: {source}")]
    Link { name: String, source: io::Error },

    #[error("{name}: cannot open /dev/net/tun: {source}; load it: modprobe tun")]
    NoTun { name: String, source: io::Error },

    #[error("{name}: not permitted to {action}: {needs}")]
    Permission { name: String, action: &'static str, needs: String },

    #[error("{name}: the host refused to {action}: {source}")]
    Host { name: String, action: &'static str, source: io::Error },
}

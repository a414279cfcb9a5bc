// SPDX-License-Identifier: GPL-2.0

//! The host side of a virtual interface of a user-space Linux stack.
//!
//! A [`Vif`] hands over its [`Wire`]. Mostly that is one nonblocking file descriptor: each `readv` takes
//! one frame from the host and each `writev` gives it one: a [`struct virtio_net_hdr`] of [`HEADER_LEN`] bytes in the host's
//! byte order, then the Ethernet frame. A frame may be a whole GSO packet of up to
//! [`FRAME_MAX`] bytes with its checksum still to be made, in both directions, so neither side
//! cuts, joins or sums what the other would only undo.
//!
//! There are five backends, and each documents what the host kernel really does with a frame:
//!
//! * [`Kind::Tap`]: an interface of the host whose wire is the descriptor; see [`tap`].
//! * [`Kind::Raw`]: a second station on an interface that the host already has; see [`raw`].
//! * [`Kind::Xdp`]: the same through memory that the host's kernel shares; see [`xdp`].
//! * [`Kind::Pipe`]: a link to another stack, through memory; see [`pipe`].
//! * [`Kind::Passt`]: a stream to the program passt; see [`passt`].
//!
//! # What the stack's driver has to know
//!
//! **Sending.** [`Vif::offloads`] says what a header may ask for. The segments of a GSO frame must
//! fit the host's MTU themselves: the host does not check `gso_size`, and a wire drops what is too
//! long. Set `hdr_len` to the true length of all headers: the host copies that much into one piece
//! of memory and the rest into pages. A UDP frame (`GSO_UDP_L4`) holds at most 64 datagrams, 128
//! from Linux 6.9 on.
//!
//! **Receiving.** Frames with `NEEDS_CSUM` (from the host itself, or joined by GRO), with
//! `DATA_VALID` (checked by the host) and with neither come mixed. `hdr_len` is only a hint. A
//! frame longer than the buffer is cut without a word: give `HEADER_LEN + FRAME_MAX`.
//!
//! **Errors** of a read or a write, the descriptor staying good unless said otherwise:
//!
//! | error | meaning |
//! | --- | --- |
//! | `EAGAIN` | nothing to read, or no room to write; poll |
//! | `ENOBUFS` | this frame was dropped on the host, as on a wire |
//! | `EINVAL` | this frame's header was refused, or one to be read cannot be said in a header |
//! | `EMSGSIZE` | not a GSO frame, and longer than the host's MTU |
//! | `EIO`, `ENETDOWN` | the interface is down, and may come up again |
//! | `EBADFD`, `ENXIO` | the interface is gone, for good |
//!
//! [`struct virtio_net_hdr`]: https://docs.kernel.org/networking/tuntap.html

#![warn(missing_docs)]
// What only a backend that was left out needs.
#![cfg_attr(
    not(all(
        feature = "vif_tap",
        feature = "vif_raw",
        feature = "vif_pipe",
        feature = "vif_passt",
        feature = "vif_xdp"
    )),
    allow(dead_code, unused_imports, unused_variables)
)]

mod error;
mod filter;
mod host;
mod mac;
mod name;
mod offloads;
pub mod passt;
pub mod pipe;
pub mod raw;
pub mod ring;
pub mod runtime;
mod sys;
#[cfg(feature = "vif_tap")]
pub mod tap;
pub mod xdp;

use std::os::fd::OwnedFd;

pub use error::VifError;
pub use mac::Mac;
pub use offloads::Offloads;

use name::Name;

/// Length of the `struct virtio_net_hdr` before each frame.
pub const HEADER_LEN: usize = 10;

/// The longest frame: an IP packet of 65,535 bytes, its Ethernet header, and a VLAN tag.
pub const FRAME_MAX: usize = 65_535 + 14 + 4;

/// How the stack is joined to the host.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// By a TAP interface, made here unless the administrator made it before.
    Tap,
    /// As a station of its own on the wire of an existing interface of the host.
    Raw,
    /// To another instance of the same user.
    Pipe,
    /// As a station of its own, through memory that the host's kernel shares.
    Xdp,
    /// To the host by passt, as programs of the host are.
    Passt,
}

impl core::fmt::Display for Kind {
    /// As nuse.conf and the configuration have it.
    fn fmt(&self, f: &mut core::fmt::Formatter<'_>) -> core::fmt::Result {
        f.write_str(match self {
            Kind::Tap => "TAP",
            Kind::Raw => "RAW",
            Kind::Pipe => "PIPE",
            Kind::Passt => "PASST",
            Kind::Xdp => "XDP",
        })
    }
}

/// What carries the frames of an open interface.
#[derive(Debug)]
pub enum Wire {
    /// A descriptor to read and write, a frame at a time.
    Frames(OwnedFd),
    /// Memory shared with another instance.
    Pipe(pipe::End),
    /// An AF_XDP socket and its memory.
    Xdp(xdp::Socket),
    /// A stream socket, with the length of each frame before it.
    Stream(OwnedFd),
}

/// An open virtual interface. Dropping it closes it, and a TAP made here vanishes.
#[derive(Debug)]
pub struct Vif {
    wire: Wire,
    offloads: Offloads,
    mtu: u32,
    keeper: Option<Keeper>,
}

/// What an interface leaves on the host, and is gone when this is dropped.
#[derive(Debug)]
pub struct Keeper(#[allow(dead_code, reason = "kept to be dropped")] Kept);

#[derive(Debug)]
#[allow(dead_code, reason = "kept to be dropped")]
enum Kept {
    Link(pipe::Remover),
    Program(xdp::Attached),
}

impl From<xdp::Attached> for Keeper {
    fn from(attached: xdp::Attached) -> Self {
        Keeper(Kept::Program(attached))
    }
}

impl From<pipe::Remover> for Keeper {
    fn from(remover: pipe::Remover) -> Self {
        Keeper(Kept::Link(remover))
    }
}

impl Vif {
    /// Joins a stack of address `mac` to the host's interface `name`.
    ///
    /// `mtu` is given to a TAP made here; an interface that exists keeps its own. In both cases
    /// [`Vif::mtu`] tells what to use at most.
    pub fn open(kind: Kind, name: &str, mac: [u8; 6], mtu: u32) -> Result<Vif, VifError> {
        match kind {
            #[cfg(feature = "vif_tap")]
            Kind::Tap => tap::open(Name::check(name)?, Mac(mac), mtu),
            #[cfg(feature = "vif_raw")]
            Kind::Raw => raw::open(Name::check(name)?, Mac(mac)),
            #[cfg(feature = "vif_pipe")]
            Kind::Pipe => pipe::open(name),
            #[cfg(feature = "vif_passt")]
            Kind::Passt => passt::open(name, &passt::Network::default()),
            #[allow(unreachable_patterns, reason = "unless all are there")]
            _ => Err(VifError::LeftOut { name: name.to_string(), kind }),
        }
    }

    /// Starts passt, which joins a stack to whatever the host reaches.
    pub fn passt(name: &str, network: &passt::Network) -> Result<Vif, VifError> {
        #[cfg(feature = "vif_passt")]
        return passt::open(name, network);
        #[cfg(not(feature = "vif_passt"))]
        return Err(VifError::LeftOut { name: name.to_string(), kind: Kind::Passt });
    }

    /// Joins a stack to the host's interface `name` by an AF_XDP socket.
    ///
    /// # Safety
    ///
    /// [`xdp::queues::SIZE`] bytes at `memory`, a multiple of the page size, are mapped, shared, and
    /// nobody else's as long as the interface is used.
    pub unsafe fn xdp(name: &str, mac: [u8; 6], memory: *mut u8) -> Result<Vif, VifError> {
        #[cfg(feature = "vif_xdp")]
        // SAFETY: as the caller promises.
        return unsafe { xdp::open(Name::check(name)?, Mac(mac), memory) };
        #[cfg(not(feature = "vif_xdp"))]
        return Err(VifError::LeftOut { name: name.to_string(), kind: Kind::Xdp });
    }

    fn frames(fd: OwnedFd, offloads: Offloads, mtu: u32) -> Vif {
        Vif { wire: Wire::Frames(fd), offloads, mtu, keeper: None }
    }

    /// What the header of a frame that is sent may ask the host to do.
    pub fn offloads(&self) -> Offloads {
        self.offloads
    }

    /// The longest IP packet that the host's interface takes, GSO packets aside.
    pub fn mtu(&self) -> u32 {
        self.mtu
    }

    /// Hands over what carries its frames, and what must be kept as long as that is used.
    pub fn into_wire(self) -> (Wire, Option<Keeper>) {
        (self.wire, self.keeper)
    }
}

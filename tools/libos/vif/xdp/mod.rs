// SPDX-License-Identifier: GPL-2.0

//! A station of its own on an interface of the host, as [`raw`](crate::raw) is, by an AF_XDP socket:
//! frames pass through memory that the host's kernel has mapped too, and a system call tells it of
//! many at once.
//!
//! An XDP program on the interface hands frames for the stack's address to the socket
//! ([`program`]); everything else goes on to the host. Groups and broadcast are for both, which XDP
//! cannot say: they come by a packet socket, whose filter passes them, and so does what arrives at
//! another queue of the interface than the first, to which the socket is bound. The program goes when
//! the stack does.
//!
//! * There are no offloads: the stack makes checksums and segments, and [`LARGEST_MTU`] is less
//!   than a page. Longer frames for the stack are lost.
//! * The host's kernel copies where the driver cannot do without; veth is such a one.
//! * Over veth the checksums of what comes from this host are not made yet, and nothing could spoil
//!   them on the way: they are taken as checked. From other drivers the stack checks them.
//! * VLAN tags that the driver leaves in a frame stay there.

mod program;
pub mod queues;

use std::{
    io,
    os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd},
    time::Duration,
};

use libc::{c_int, sockaddr_xdp, socklen_t};

use crate::{Mac, Offloads, Vif, VifError, Wire, host, host::Host, name::Name, raw, sys};
use program::Program;
use queues::{Queues, RX_FRAMES, TX_FRAMES};

/// What fits into a frame behind the room that the kernel keeps before it, less the Ethernet header
/// and a tag.
pub const LARGEST_MTU: u32 = (queues::FRAME - KERNELS_ROOM - 14 - 4) as u32;
/// XDP_PACKET_HEADROOM.
const KERNELS_ROOM: usize = 256;

/// What carries the frames.
#[derive(Debug)]
pub struct Socket {
    /// The AF_XDP socket.
    pub socket: OwnedFd,
    /// The packet socket, for what is not the stack's alone.
    pub others: OwnedFd,
}

/// Keeps the XDP program on the interface.
#[derive(Debug)]
pub(crate) struct Attached(#[allow(dead_code, reason = "kept to be dropped")] pub(crate) OwnedFd);

/// # Safety
///
/// See [`Vif::xdp`].
pub(crate) unsafe fn open(name: Name<'_>, mac: Mac, memory: *mut u8) -> Result<Vif, VifError> {
    let mac = mac.check(name)?;
    let host = Host::new(name)?;
    let index = host.index()?;
    mac.expect_not(host.mac()?, name)?;
    if !host.is_up()? {
        return Err(VifError::Down { name: name.to_string() });
    }
    let failed = |action| move |source| refused(name, action, source);
    let others = raw::open_socket_at(name, mac, index)?;
    let socket = sys::socket(libc::AF_XDP, libc::SOCK_RAW).map_err(failed("open an XDP socket"))?;
    let checked = host.driver().is_some_and(|(driver, _)| driver == "veth");
    // SAFETY: as the caller promises.
    unsafe { set_up(socket.as_fd(), memory, checked) }.map_err(failed("set up an XDP socket"))?;
    bind(socket.as_fd(), index).map_err(failed("bind an XDP socket to its first queue"))?;
    let program = Program::load(mac, socket.as_fd()).map_err(failed("load an XDP program"))?;
    let link = program.attach(index).map_err(|source| match source.raw_os_error() {
        Some(libc::EBUSY) => VifError::OtherProgram { name: name.to_string() },
        _ => refused(name, "put an XDP program on it", source),
    })?;
    let mtu = host.mtu()?.min(LARGEST_MTU);
    Ok(Vif {
        wire: Wire::Xdp(Socket { socket, others }),
        offloads: Offloads::default(),
        mtu,
        keeper: Some(Attached(link).into()),
    })
}

fn refused(name: Name<'_>, action: &'static str, source: io::Error) -> VifError {
    match source.raw_os_error() {
        Some(libc::EPERM) => VifError::Permission {
            name: name.to_string(),
            action,
            needs: format!("needs root; run it as root, or use {}", crate::error::WITHOUT_ROOT),
        },
        _ => host::refused(name, action, source),
    }
}

/// Gives the socket its memory, and makes and maps its rings.
///
/// # Safety
///
/// See [`Vif::xdp`].
unsafe fn set_up(socket: BorrowedFd<'_>, memory: *mut u8, checked: bool) -> io::Result<()> {
    // SAFETY: plain data for which zero is a value.
    let mut frames: libc::xdp_umem_reg_v1 = unsafe { std::mem::zeroed() };
    frames.addr = memory as u64;
    frames.len = queues::FRAMES_SIZE as u64;
    frames.chunk_size = queues::FRAME as u32;
    sys::setsockopt(socket, libc::SOL_XDP, libc::XDP_UMEM_REG, &frames)?;
    for (ring, size) in [
        (libc::XDP_UMEM_FILL_RING, RX_FRAMES),
        (libc::XDP_UMEM_COMPLETION_RING, TX_FRAMES),
        (libc::XDP_RX_RING, RX_FRAMES),
        (libc::XDP_TX_RING, TX_FRAMES),
    ] {
        sys::setsockopt(socket, libc::SOL_XDP, ring, &(size as c_int))?;
    }
    // SAFETY: as the caller promises.
    unsafe {
        Queues::new(memory).begin(&offsets(socket)?, checked);
        map(socket, memory)?;
        Queues::new(memory).fill_all();
    }
    Ok(())
}

/// Maps the rings of the socket at their places in this process's `memory`. Makes no call that names
/// a socket, so that any process of an instance can do it.
///
/// # Safety
///
/// See [`Vif::xdp`]; the socket has been opened there.
pub unsafe fn map(socket: BorrowedFd<'_>, memory: *mut u8) -> io::Result<()> {
    const PLACES: [libc::off_t; 4] = [
        libc::XDP_PGOFF_RX_RING as libc::off_t,
        libc::XDP_PGOFF_TX_RING as libc::off_t,
        libc::XDP_UMEM_PGOFF_FILL_RING as libc::off_t,
        libc::XDP_UMEM_PGOFF_COMPLETION_RING as libc::off_t,
    ];
    // SAFETY: as the caller promises.
    let rings = unsafe { Queues::new(memory) }.rings();
    for ((at, size), place) in rings.into_iter().zip(PLACES) {
        let access = libc::PROT_READ | libc::PROT_WRITE;
        let flags = libc::MAP_SHARED | libc::MAP_FIXED | libc::MAP_POPULATE;
        if size > queues::RING_ROOM {
            return Err(io::Error::other("its rings are longer than ever was known"));
        }
        // SAFETY: the place is within the memory that is ours.
        let mapped = unsafe {
            libc::mmap(memory.add(at).cast(), size, access, flags, socket.as_raw_fd(), place)
        };
        if mapped == libc::MAP_FAILED {
            return Err(io::Error::last_os_error());
        }
    }
    Ok(())
}

/// Where in its rings the kernel has what.
fn offsets(socket: BorrowedFd<'_>) -> io::Result<libc::xdp_mmap_offsets> {
    // SAFETY: plain data for which zero is a value.
    let mut offsets: libc::xdp_mmap_offsets = unsafe { std::mem::zeroed() };
    let mut length = size_of_val(&offsets) as socklen_t;
    let (level, option) = (libc::SOL_XDP, libc::XDP_MMAP_OFFSETS);
    let at = (&raw mut offsets).cast();
    // SAFETY: the pointers and the length are those of the variables.
    sys::check(unsafe {
        libc::getsockopt(socket.as_raw_fd(), level, option, at, &raw mut length)
    })?;
    if (length as usize) < size_of_val(&offsets) {
        return Err(io::Error::other("it needs Linux 5.4"));
    }
    Ok(offsets)
}

/// Binds the socket to a queue. The host gives the queue of one that is closed free a little later
/// (`xp_put_pool()` of net/xdp/xsk_buff_pool.c): a stack that follows another waits for that.
fn bind(socket: BorrowedFd<'_>, index: c_int) -> io::Result<()> {
    const TIMES: u32 = 100;
    const PAUSE: Duration = Duration::from_millis(10);
    let is_busy = |bound: &io::Result<()>| {
        bound.as_ref().is_err_and(|error| error.raw_os_error() == Some(libc::EBUSY))
    };
    let mut bound = try_to_bind(socket, index);
    for _ in 0..TIMES {
        if !is_busy(&bound) {
            break;
        }
        std::thread::sleep(PAUSE);
        bound = try_to_bind(socket, index);
    }
    bound
}

fn try_to_bind(socket: BorrowedFd<'_>, index: c_int) -> io::Result<()> {
    let address = sockaddr_xdp {
        sxdp_family: libc::AF_XDP as u16,
        sxdp_flags: libc::XDP_USE_NEED_WAKEUP,
        sxdp_ifindex: index as u32,
        sxdp_queue_id: 0,
        sxdp_shared_umem_fd: 0,
    };
    let length = size_of::<sockaddr_xdp>() as socklen_t;
    let at = (&raw const address).cast();
    // SAFETY: the pointer and the length are those of `address`.
    sys::check(unsafe { libc::bind(socket.as_raw_fd(), at, length) }).map(drop)
}

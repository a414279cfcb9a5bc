// SPDX-License-Identifier: GPL-2.0

//! What crosses the boundary besides the tables.

use core::ffi::c_void;

/// The host's own state for one instance; opaque to the library, which hands it back with every
/// operation it calls.
pub struct SimKernel {
    _opaque: [u8; 0],
}

/// A task of the kernel that makes calls for a thread of the host. Opaque to the host.
pub struct SimTask {
    _opaque: [u8; 0],
}

/// A network device of the kernel whose frames the host carries. Opaque to the host.
pub struct SimDevice {
    _opaque: [u8; 0],
}

/// A socket without a descriptor. Opaque to the host.
pub struct SimSocket {
    _opaque: [u8; 0],
}

/// What watches a socket for the host. Opaque to the host.
pub struct SimWatch {
    _opaque: [u8; 0],
}

/// An event that the host has scheduled; whatever its `event_schedule_ns` returned.
pub struct SimEvent {
    _opaque: [u8; 0],
}

/// A piece of memory, laid out as `struct iovec` (`<sys/uio.h>`).
#[repr(C)]
#[derive(Clone, Copy)]
pub struct SimIovec {
    /// First byte.
    pub base: *mut c_void,
    /// Length in bytes.
    pub len: usize,
}

/// Room for one frame that the host is about to deliver.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct SimDevicePacket {
    /// Where to put the frame, from its Ethernet header on; null if there is no memory.
    pub buffer: *mut c_void,
    /// What `dev_rx` takes back.
    pub token: *mut c_void,
}

/// Who a task is, and what it may do; see credentials(7).
#[repr(C)]
#[derive(Clone, Copy, Debug)]
pub struct SimCredentials {
    /// The real, the effective and the saved user, and the one for files.
    pub users: [u32; 4],
    /// The groups, likewise.
    pub groups: [u32; 4],
    /// The supplementary groups, and how many there are.
    pub supplementary: *const u32,
    /// See above.
    pub supplementary_count: u32,
    /// Capabilities in effect: one bit each, as capabilities(7) numbers them.
    pub effective: u64,
    /// Those that are permitted.
    pub permitted: u64,
}

/// A file below `/proc/sys`, as `sys_iterate_files` reports it.
#[repr(C)]
pub struct SimSysIterator {
    /// Called once a file with its path relative to `/proc/sys`, NUL-terminated, valid during
    /// the call.
    pub report_file:
        Option<unsafe extern "C" fn(context: *mut c_void, path: *const core::ffi::c_char)>,
    /// Handed to `report_file`.
    pub context: *mut c_void,
}

/// A signal whose handler is to be called, as `task_signal` reports it.
#[repr(C)]
#[derive(Clone, Copy)]
pub struct SimSignal {
    /// Its number.
    pub signal: core::ffi::c_int,
    /// `SA_*` of sigaction(2).
    pub flags: core::ffi::c_int,
    /// The address of the handler.
    pub handler: usize,
    /// The mask to be set when the handler has returned; in it, that of the handler is set.
    pub mask: u64,
    /// A `siginfo_t`.
    pub info: [u64; 16],
}

/// Flags of `dev_create`: the device does not answer ARP.
pub const SIM_DEV_NOARP: u32 = 1 << 0;
/// The device is a point-to-point link.
pub const SIM_DEV_POINTTOPOINT: u32 = 1 << 1;
/// The device carries multicast frames.
pub const SIM_DEV_MULTICAST: u32 = 1 << 2;
/// The device carries broadcast frames.
pub const SIM_DEV_BROADCAST: u32 = 1 << 3;
/// Frames pass with a `struct virtio_net_hdr` (10 bytes) before them, checksums and segmentation
/// left to the host.
pub const SIM_DEV_OFFLOAD: u32 = 1 << 4;
/// Frames are fetched with the host's `dev_receive` after `interrupt(SIM_IRQ_NET)`.
pub const SIM_DEV_PULL: u32 = 1 << 5;

/// Result of `dev_xmit`: the frame will be sent.
pub const SIM_DEV_KEPT: core::ffi::c_int = 1;

/// Line of `interrupt`: the time asked for with `event_schedule_ns` has come.
pub const SIM_IRQ_TIMER: u32 = 1 << 0;
/// Line of `interrupt`: a device of the host has frames, or room for frames again.
pub const SIM_IRQ_NET: u32 = 1 << 1;

/// Events of `poll_event` and `sock_poll`, as `POLLIN` and its kin of `<poll.h>`.
pub type SimPollEvents = u32;

// SPDX-License-Identifier: GPL-2.0

//! The network device whose wire is the host.
//!
//! Sending hands a whole packet, up to 64 KiB before segmentation, to `dev_xmit`; one that the host
//! keeps to send it later is freed when it has said so by `dev_sent`. Receiving is
//! NAPI: the interrupt schedules the poll, which fetches frames with `dev_receive` straight into
//! pages ([`super::buffers`]), or takes those that the host pushed with `dev_rx`.

use core::cell::{Cell, UnsafeCell};
use core::ffi::c_void;
use core::mem::MaybeUninit;
use core::ptr::null_mut;
use core::sync::atomic::{
    AtomicU32, AtomicU64,
    Ordering::{Acquire, Relaxed, Release},
};

use liblinux_abi::{SIM_DEV_KEPT, SIM_DEV_OFFLOAD, SIM_DEV_PULL, SimIovec};

use crate::bindings::{
    self, napi_struct, net_device, net_device_ops, netdev_tx_t, rtnl_link_stats64, sk_buff,
    sk_buff_head, virtio_net_hdr,
};
use crate::drivers::buffers::Buffers;
use crate::drivers::segments;
use crate::kernel::host::{self, host};
use crate::kernel::irq;

/// Pieces that a packet may have: header, linear part, fragments.
const PIECES: usize = 2 + bindings::LIB_MAX_SKB_FRAGS as usize;
/// Frames a poll takes at most, as generic code suggests.
const LARGEST_MTU: u32 = 65535;

/// Where small frames come one by one, so many in turn are taken without asking the host for another:
/// it would say that there is none, and if there is, the next poll finds it.
const GUESSES: u8 = 7;
const SMALL: usize = 256;

/// Bytes that one poll takes at most: more would have left the processor's cache before their
/// reader came to them. The rest is taken when nothing else can run.
const LARGEST_BATCH: usize = 256 << 10;

/// Bytes to which GRO joins received packets, where they stay here: one that is passed on must go
/// through the next interface as it came. `ethtool -K … lro` shows which it is; forwarding turns it
/// off, as bridges do.
const LARGEST_JOINED: u32 = 4 * bindings::GRO_LEGACY_MAX_SIZE;

/// The private part of the `net_device`.
pub struct Device {
    dev: *mut net_device,
    private: *mut c_void,
    flags: u32,
    napi: napi_struct,
    buffers: Buffers,
    /// How often more to assume that a frame that comes alone is alone.
    guesses: u8,
    /// Frames pushed by the host, not yet taken by the poll.
    pushed: sk_buff_head,
    /// Packets that the host keeps, the oldest first,
    kept: sk_buff_head,
    /// how many of all that it kept it has sent,
    sent: AtomicU32,
    /// and how many of those are freed.
    freed: u32,
    next: Cell<*mut Device>,
}

struct Devices(Cell<*mut Device>);
// SAFETY: touched only under the virtual processor's lock.
unsafe impl Sync for Devices {}
static DEVICES: Devices = Devices(Cell::new(null_mut()));

/// When a poll has stopped at [`LARGEST_BATCH`], the next may be at this time, or in the idle loop.
static PAUSED_UNTIL: AtomicU64 = AtomicU64::new(0);
/// Longer than readers need for a batch.
const PAUSE_NS: u64 = 200_000;

struct Operations(UnsafeCell<net_device_ops>);
// SAFETY: written by `create` under the virtual processor's lock, with the same values each time.
unsafe impl Sync for Operations {}
// SAFETY: valid when zeroed: its pointers are optional.
static OPERATIONS: Operations = Operations(UnsafeCell::new(unsafe { core::mem::zeroed() }));

fn operations() -> *const net_device_ops {
    let operations = OPERATIONS.0.get();
    // SAFETY: see `Operations`.
    unsafe {
        (*operations).ndo_open = Some(open);
        (*operations).ndo_stop = Some(stop);
        (*operations).ndo_start_xmit = Some(start_xmit);
        (*operations).ndo_set_mac_address = Some(bindings::eth_mac_addr);
        (*operations).ndo_validate_addr = Some(bindings::eth_validate_addr);
        (*operations).ndo_get_stats64 = Some(get_stats64);
        (*operations).ndo_set_features = Some(set_features);
    }
    operations
}

/// The device behind a `net_device` of ours.
///
/// # Safety
///
/// `dev` was made by [`create`].
unsafe fn device_of<'a>(dev: *mut net_device) -> &'a mut Device {
    // SAFETY: as the caller promises.
    unsafe { &mut *bindings::lib_netdev_priv(dev).cast::<Device>() }
}

/// Calls `visit` with every device.
fn for_each(mut visit: impl FnMut(&mut Device)) {
    let mut device = DEVICES.0.get();
    // SAFETY: devices leave the list before they are freed.
    while let Some(found) = unsafe { device.as_mut() } {
        device = found.next.get();
        visit(found);
    }
}

/// The interrupt of all devices: somewhere there are frames, or there is room for some.
pub fn interrupt() {
    let until = PAUSED_UNTIL.load(Relaxed);
    if until != 0 && host::now() < until {
        return;
    }
    PAUSED_UNTIL.store(0, Relaxed);
    for_each(|device| {
        // SAFETY: interrupt context; the device is registered.
        unsafe {
            if bindings::lib_netif_running(device.dev) {
                bindings::lib_netif_wake_queue(device.dev);
                bindings::lib_napi_schedule(&mut device.napi);
            }
        }
    });
}

/// The host has sent packets that it kept: they are freed.
pub fn sent() {
    for_each(|device| {
        while device.sent.load(Acquire) != device.freed {
            // SAFETY: interrupt context; the host reads the packet no more.
            unsafe {
                let skb = bindings::lib_skb_dequeue(&mut device.kept);
                if skb.is_null() {
                    break;
                }
                bindings::lib_dev_consume_skb_irq(skb);
            }
            device.freed = device.freed.wrapping_add(1);
        }
    });
}

/// Nothing else can run: whether a poll has left frames with the host, which are to be taken now.
pub fn resume() -> bool {
    PAUSED_UNTIL.load(Relaxed) != 0 && PAUSED_UNTIL.swap(0, Relaxed) != 0
}

/// Makes an interface. Its [`Device`], or null.
///
/// # Safety
///
/// Process context; `name` is a string.
pub unsafe fn create(name: *const i8, private: *mut c_void, flags: u32) -> *mut Device {
    // SAFETY: as the caller promises; what is made here is undone on failure.
    unsafe {
        let dev = bindings::lib_alloc_etherdev(size_of::<Device>() as i32, name);
        if dev.is_null() {
            return null_mut();
        }
        let device = bindings::lib_netdev_priv(dev).cast::<Device>();
        (*device).dev = dev;
        (*device).private = private;
        (*device).flags = flags;
        bindings::lib_skb_queue_head_init(&raw mut (*device).pushed);
        bindings::lib_skb_queue_head_init(&raw mut (*device).kept);
        let stats = bindings::lib_alloc_pcpu_sw_netstats();
        if stats.is_null() {
            bindings::free_netdev(dev);
            return null_mut();
        }
        bindings::lib_set_up_netdev(dev, operations(), stats, LARGEST_MTU, flags);
        bindings::lib_netif_napi_add(dev, &raw mut (*device).napi, Some(poll));
        if bindings::register_netdev(dev) != 0 {
            bindings::lib_free_percpu(stats.cast());
            bindings::free_netdev(dev);
            return null_mut();
        }
        (*device).next.set(DEVICES.0.replace(device));
        device
    }
}

/// Removes an interface.
///
/// # Safety
///
/// Process context; `device` came from [`create`], and the host forgets it.
pub unsafe fn destroy(device: *mut Device) {
    unlink(device);
    // SAFETY: as the caller promises.
    unsafe {
        let dev = (*device).dev;
        let stats = bindings::lib_stats_of(dev);
        bindings::unregister_netdev(dev);
        bindings::lib_skb_queue_purge(&raw mut (*device).pushed);
        bindings::lib_skb_queue_purge(&raw mut (*device).kept);
        (*device).buffers.free();
        bindings::lib_free_percpu(stats.cast());
        bindings::free_netdev(dev);
    }
}

/// Removes every interface, at shutdown.
///
/// # Safety
///
/// Process context.
pub unsafe fn destroy_all() {
    while !DEVICES.0.get().is_null() {
        // SAFETY: it is in the list, so it is registered.
        unsafe { destroy(DEVICES.0.get()) };
    }
}

fn unlink(device: *mut Device) {
    let mut link = &DEVICES.0;
    // SAFETY: as in `for_each`.
    while let Some(found) = unsafe { link.get().as_ref() } {
        if core::ptr::eq(found, device) {
            link.set(found.next.get());
            return;
        }
        link = &found.next;
    }
}

unsafe extern "C" fn open(dev: *mut net_device) -> i32 {
    // SAFETY: called by the stack with a device of ours.
    unsafe {
        bindings::lib_napi_enable(&mut device_of(dev).napi);
        bindings::lib_netif_start_queue(dev);
        // What came while the interface was down.
        bindings::lib_napi_schedule(&mut device_of(dev).napi);
    }
    0
}

unsafe extern "C" fn stop(dev: *mut net_device) -> i32 {
    // SAFETY: called by the stack with a device of ours.
    unsafe {
        bindings::lib_netif_stop_queue(dev);
        bindings::lib_napi_disable(&mut device_of(dev).napi);
    }
    0
}

unsafe extern "C" fn set_features(dev: *mut net_device, features: u64) -> i32 {
    // SAFETY: called by the stack with a device of ours.
    unsafe {
        let join = bindings::lib_features_join(features);
        let size = if join { LARGEST_JOINED } else { bindings::GRO_LEGACY_MAX_SIZE };
        bindings::lib_set_gro_max_size(dev, size);
    }
    0
}

unsafe extern "C" fn get_stats64(dev: *mut net_device, stats: *mut rtnl_link_stats64) {
    // SAFETY: called by the stack with a device of ours.
    unsafe { bindings::dev_fetch_sw_netstats(stats, bindings::lib_stats_of(dev)) };
}

/// The pieces of a packet, laid end to end; of the array, the first `count` are written. To write all of
/// it with zeroes would take longer than the rest of what is done here.
struct Pieces {
    iov: [MaybeUninit<SimIovec>; PIECES],
    count: usize,
}

impl Pieces {
    fn new() -> Self {
        Pieces { iov: [const { MaybeUninit::uninit() }; PIECES], count: 0 }
    }

    fn as_ptr(&self) -> *const SimIovec {
        self.iov.as_ptr().cast()
    }

    fn push(&mut self, base: *mut c_void, len: usize) {
        if len > 0 {
            self.iov[self.count].write(SimIovec { base, len });
            self.count += 1;
        }
    }

    /// # Safety
    ///
    /// `skb` is a packet.
    unsafe fn push_skb(&mut self, skb: *mut sk_buff) {
        // SAFETY: as the caller promises.
        unsafe {
            self.push((*skb).data.cast(), bindings::lib_skb_headlen(skb) as usize);
            for i in 0..bindings::lib_skb_nr_frags(skb) {
                let len = bindings::lib_skb_frag_size(skb, i) as usize;
                self.push(bindings::lib_skb_frag_address(skb, i), len);
            }
        }
    }
}

/// Where the header of a packet is until that is sent: behind what the queues have in the packet's control
/// block.
///
/// # Safety
///
/// `skb` is a packet.
unsafe fn header_of(skb: *mut sk_buff) -> *mut virtio_net_hdr {
    const AT: usize = bindings::LIB_SKB_CB_SIZE as usize - size_of::<virtio_net_hdr>();
    const _: () = assert!(AT.is_multiple_of(align_of::<virtio_net_hdr>()));
    // SAFETY: as the caller promises.
    unsafe { (&raw mut (*skb).cb).cast::<u8>().add(AT).cast() }
}

unsafe extern "C" fn start_xmit(skb: *mut sk_buff, dev: *mut net_device) -> netdev_tx_t {
    // SAFETY: called by the stack with a packet that is now ours and a device of ours.
    unsafe {
        let device = device_of(dev);
        let mut pieces = Pieces::new();
        let mut sent = 0;
        if device.flags & SIM_DEV_OFFLOAD != 0 {
            let header = header_of(skb);
            sent = bindings::lib_virtio_net_hdr_from_skb(skb, header);
            pieces.push(header.cast(), size_of::<virtio_net_hdr>());
        }
        pieces.push_skb(skb);
        if sent == 0 {
            sent = host!(dev_xmit, device.handle(), pieces.as_ptr(), pieces.count);
        }
        if sent == SIM_DEV_KEPT {
            bindings::lib_dev_sw_netstats_tx_add(dev, (*skb).len);
            bindings::lib_skb_queue_tail(&mut device.kept, skb);
            return bindings::netdev_tx_NETDEV_TX_OK;
        }
        match -sent {
            0 => bindings::lib_dev_sw_netstats_tx_add(dev, (*skb).len),
            errno if errno == bindings::EAGAIN as i32 => {
                bindings::lib_netif_stop_queue(dev);
                return bindings::netdev_tx_NETDEV_TX_BUSY;
            }
            _ => bindings::lib_count_tx_dropped(dev),
        }
        bindings::consume_skb(skb);
        bindings::netdev_tx_NETDEV_TX_OK
    }
}

unsafe extern "C" fn poll(napi: *mut napi_struct, budget: i32) -> i32 {
    // SAFETY: called by the stack with the napi of a device of ours.
    unsafe {
        let device = device_of((*napi).dev);
        let (mut done, mut bytes) = (0, 0);
        let mut guessed = false;
        while done < budget && bytes < LARGEST_BATCH && !guessed {
            match device.receive_one() {
                0 => break,
                len => bytes += len,
            }
            done += 1;
            guessed = device.guesses > 0 && bytes <= SMALL;
        }
        device.guesses = match (guessed, done) {
            (true, _) => device.guesses - 1,
            (false, 0) => device.guesses,
            (false, 1) => GUESSES,
            (false, _) => 0,
        };
        if done < budget {
            if bytes >= LARGEST_BATCH {
                PAUSED_UNTIL.store(host::now() + PAUSE_NS, Relaxed);
            }
            bindings::lib_napi_complete_done(napi, done);
        }
        done
    }
}

impl Device {
    /// The interface's name for it.
    fn handle(&mut self) -> *mut liblinux_abi::SimDevice {
        core::ptr::from_mut(self).cast()
    }

    /// What the host calls its own.
    pub fn private(&self) -> *mut c_void {
        self.private
    }

    /// The host has sent `count` of all packets that it kept so far. Callable from anywhere.
    pub fn set_sent(&self, count: u32) {
        self.sent.store(count, Release);
        irq::raise(irq::SENT);
    }

    pub fn net_device(&self) -> *mut net_device {
        self.dev
    }

    /// Gives the stack one frame; its length, or 0 if there is none.
    ///
    /// # Safety
    ///
    /// In the device's poll.
    unsafe fn receive_one(&mut self) -> usize {
        // SAFETY: as the caller promises.
        unsafe {
            let skb = bindings::lib_skb_dequeue(&mut self.pushed);
            if !skb.is_null() {
                let len = (*skb).len as usize;
                self.deliver(skb, None);
                return len;
            }
            if self.flags & SIM_DEV_PULL != 0 { self.pull() } else { 0 }
        }
    }

    /// Fetches one frame from the host; as [`Device::receive_one`].
    ///
    /// # Safety
    ///
    /// In the device's poll.
    unsafe fn pull(&mut self) -> usize {
        // SAFETY: as the caller promises.
        unsafe {
            if !self.buffers.fill(&mut self.napi) {
                return 0;
            }
            let mut header: virtio_net_hdr = core::mem::zeroed();
            let mut pieces = Pieces::new();
            let offload = self.flags & SIM_DEV_OFFLOAD != 0;
            let before = if offload { size_of::<virtio_net_hdr>() } else { 0 };
            pieces.push((&raw mut header).cast(), before);
            self.buffers.each_piece(|base, len| pieces.push(base, len));
            let handle = self.handle();
            let len = host!(dev_receive, handle, pieces.as_ptr(), pieces.count);
            let least = before + bindings::ETH_HLEN as usize;
            if len < least as isize {
                return len.max(0) as usize;
            }
            let skb = self.buffers.take(len as usize - before);
            self.deliver(skb, offload.then_some(&header));
            len as usize
        }
    }

    /// # Safety
    ///
    /// In the device's poll; `skb` is a whole Ethernet frame, and the callee's.
    unsafe fn deliver(&mut self, skb: *mut sk_buff, header: Option<&virtio_net_hdr>) {
        // SAFETY: as the caller promises.
        unsafe {
            bindings::lib_dev_sw_netstats_rx_add(self.dev, (*skb).len);
            // The header counts from the Ethernet header, which lib_set_protocol() takes off.
            if let Some(header) = header {
                if u32::from(header.flags) & bindings::VIRTIO_NET_HDR_F_DATA_VALID != 0 {
                    bindings::lib_skb_rx_checked(skb);
                }
                if bindings::lib_virtio_net_hdr_to_skb(skb, header) != 0 {
                    bindings::lib_count_rx_error(self.dev);
                    bindings::lib_dev_kfree_skb(skb);
                    return;
                }
                let linear = bindings::lib_skb_headlen(skb) as usize;
                let head = core::slice::from_raw_parts((*skb).data, linear);
                if let Some(segments) = segments::count(header, head, (*skb).len as usize) {
                    bindings::lib_skb_trust_segments(skb, segments);
                }
            }
            bindings::lib_set_protocol(skb, self.dev);
            if header.is_some() {
                bindings::napi_gro_receive(&mut self.napi, skb);
            } else {
                // One at a time, as in a simulation: nothing to join.
                bindings::netif_receive_skb(skb);
            }
        }
    }

    /// A copy of a frame, `pieces` laid end to end, as for [`Device::push`]. 0 or a negative errno.
    ///
    /// # Safety
    ///
    /// Interrupt context; the pieces are readable, and a whole Ethernet frame.
    pub unsafe fn push_copy(&mut self, pieces: &[SimIovec]) -> i32 {
        let len = pieces.iter().map(|piece| piece.len).sum::<usize>();
        // SAFETY: as the caller promises; the packet has room for `len` bytes.
        unsafe {
            let skb = bindings::lib_alloc_frame(self.dev, len as u32);
            if skb.is_null() {
                return -(bindings::ENOMEM as i32);
            }
            let mut to = (*skb).data;
            for piece in pieces {
                core::ptr::copy_nonoverlapping(piece.base.cast(), to, piece.len);
                to = to.add(piece.len);
            }
            self.push(skb);
        }
        0
    }

    /// A frame that the host pushes: queued for the poll.
    ///
    /// # Safety
    ///
    /// Interrupt context; `skb` is a whole Ethernet frame.
    pub unsafe fn push(&mut self, skb: *mut sk_buff) {
        // SAFETY: as the caller promises.
        unsafe {
            if bindings::lib_netif_running(self.dev) {
                bindings::lib_skb_queue_tail(&mut self.pushed, skb);
                bindings::lib_napi_schedule(&mut self.napi);
            } else {
                bindings::lib_dev_kfree_skb(skb);
            }
        }
    }
}

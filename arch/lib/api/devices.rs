// SPDX-License-Identifier: GPL-2.0

//! The group of devices.

use core::ffi::{c_char, c_int, c_void};
use core::ptr::null_mut;

use liblinux_abi::{SimDevice, SimDevicePacket, SimIovec};

use crate::api::tasks::call_current;
use crate::bindings::{self, sk_buff};
use crate::drivers::net::{self, Device};
use crate::kernel::call;

/// # Safety
///
/// `device` is one that the host made and has not destroyed.
unsafe fn borrow<'a>(device: *mut SimDevice) -> &'a mut Device {
    // SAFETY: as the caller promises; the handle is the address.
    unsafe { &mut *device.cast::<Device>() }
}

pub unsafe extern "C" fn create(
    name: *const c_char,
    private: *mut c_void,
    flags: u32,
) -> *mut SimDevice {
    let args = [name as usize, private as usize, flags as usize, 0, 0, 0, 0];
    let made = call_current(
        // SAFETY: process context; the host's thread waits, and its string with it.
        |_, args| unsafe {
            net::create(args[0] as *const i8, args[1] as *mut c_void, args[2] as u32) as isize
        },
        args,
    );
    made.max(0) as *mut SimDevice
}

pub unsafe extern "C" fn destroy(device: *mut SimDevice) {
    call_current(
        |_, args| {
            // SAFETY: process context; the host gives the device back.
            unsafe { net::destroy(args[0] as *mut Device) };
            0
        },
        [device as usize, 0, 0, 0, 0, 0, 0],
    );
}

pub unsafe extern "C" fn get_private(device: *mut SimDevice) -> *mut c_void {
    // SAFETY: as the interface says.
    unsafe { borrow(device) }.private()
}

pub unsafe extern "C" fn set_address(device: *mut SimDevice, address: *const [u8; 6]) -> c_int {
    // SAFETY: process context; the host's device, and its thread waits.
    let function = |_: &_, args: &[usize; 7]| unsafe {
        let dev = (*(args[0] as *mut Device)).net_device();
        bindings::lib_set_mac(dev, args[1] as *const u8) as isize
    };
    call_current(function, [device as usize, address as usize, 0, 0, 0, 0, 0]) as c_int
}

pub unsafe extern "C" fn set_mtu(device: *mut SimDevice, mtu: c_int) -> c_int {
    // SAFETY: process context; the host's device.
    let function = |_: &_, args: &[usize; 7]| unsafe {
        bindings::lib_set_mtu((*(args[0] as *mut Device)).net_device(), args[1] as i32) as isize
    };
    call_current(function, [device as usize, mtu as usize, 0, 0, 0, 0, 0]) as c_int
}

pub unsafe extern "C" fn set_offload(device: *mut SimDevice, offload: u32) -> c_int {
    // SAFETY: process context; the host's device.
    let function = |_: &_, args: &[usize; 7]| unsafe {
        bindings::lib_set_offload((*(args[0] as *mut Device)).net_device(), args[1] as u32);
        0
    };
    call_current(function, [device as usize, offload as usize, 0, 0, 0, 0, 0]) as c_int
}

pub unsafe extern "C" fn set_carrier(device: *mut SimDevice, up: bool) -> c_int {
    // SAFETY: process context; the host's device.
    let function = |_: &_, args: &[usize; 7]| unsafe {
        bindings::lib_set_carrier((*(args[0] as *mut Device)).net_device(), args[1] != 0);
        0
    };
    call_current(function, [device as usize, up as usize, 0, 0, 0, 0, 0]) as c_int
}

pub unsafe extern "C" fn promiscuous(device: *mut SimDevice) -> bool {
    // SAFETY: as the interface says; one word is read.
    unsafe { bindings::lib_promiscuous(borrow(device).net_device()) }
}

pub unsafe extern "C" fn sent(device: *mut SimDevice, count: u32) {
    // SAFETY: as the interface says; one word is changed.
    unsafe { borrow(device) }.set_sent(count);
}

/// What [`create_packet`] and [`rx`] have an interrupt do.
struct Frame {
    device: *mut Device,
    len: u32,
    skb: *mut sk_buff,
}

pub unsafe extern "C" fn create_packet(device: *mut SimDevice, len: c_int) -> SimDevicePacket {
    fn allocate(argument: *mut ()) {
        // SAFETY: the host's thread waits; interrupt context.
        unsafe {
            let frame = &mut *argument.cast::<Frame>();
            frame.skb = bindings::lib_alloc_frame((*frame.device).net_device(), frame.len);
        }
    }
    let mut frame = Frame { device: device.cast(), len: len.max(0) as u32, skb: null_mut() };
    call::interrupt_with(allocate, (&raw mut frame).cast());
    // SAFETY: null or a packet.
    let buffer = unsafe { frame.skb.as_ref() }.map_or(null_mut(), |skb| skb.data.cast());
    SimDevicePacket { buffer, token: frame.skb.cast() }
}

pub unsafe extern "C" fn rx(device: *mut SimDevice, packet: SimDevicePacket) {
    fn push(argument: *mut ()) {
        // SAFETY: the host's thread waits; interrupt context; the packet is whole.
        unsafe {
            let frame = &mut *argument.cast::<Frame>();
            (*frame.device).push(frame.skb);
        }
    }
    if packet.token.is_null() {
        return;
    }
    let mut frame = Frame { device: device.cast(), len: 0, skb: packet.token.cast() };
    call::interrupt_with(push, (&raw mut frame).cast());
}

/// What [`deliver`] has an interrupt do.
struct Delivery {
    device: *mut Device,
    pieces: *const SimIovec,
    count: usize,
    result: c_int,
}

pub unsafe extern "C" fn deliver(
    device: *mut SimDevice,
    pieces: *const SimIovec,
    count: usize,
) -> c_int {
    fn copy(argument: *mut ()) {
        // SAFETY: the host's thread waits, and its pieces with it; interrupt context.
        unsafe {
            let delivery = &mut *argument.cast::<Delivery>();
            let pieces = core::slice::from_raw_parts(delivery.pieces, delivery.count);
            delivery.result = (*delivery.device).push_copy(pieces);
        }
    }
    let ended = call::error(bindings::ESHUTDOWN) as c_int;
    let mut delivery = Delivery { device: device.cast(), pieces, count, result: ended };
    call::interrupt_with(copy, (&raw mut delivery).cast());
    delivery.result
}

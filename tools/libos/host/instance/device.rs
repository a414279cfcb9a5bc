// SPDX-License-Identifier: GPL-2.0

//! Devices: what carries frames on the host, as an interface of the instance.

use std::ffi::CString;
use std::io;
use std::sync::PoisonError;
use std::sync::atomic::Ordering;

use liblinux_abi::{SIM_DEV_OFFLOAD, SIM_DEV_PULL};
use libos_vif::{Keeper, Wire};

use super::Instance;
use crate::carrier;
use crate::error::Error;
use crate::layout::DEVICES;
use crate::thread::Thread;

/// What an interface is made of.
pub struct Device<'a> {
    pub name: &'a str,
    /// What carries its frames, and what is to be kept meanwhile.
    pub wire: (Wire, Option<Keeper>),
    pub mac: [u8; 6],
    pub mtu: u32,
    /// TUN_F_* (`<linux/if_tun.h>`) that the host takes.
    pub offload: u32,
}

impl Instance {
    /// Where the next device has its memory, for `Vif::xdp`. It is nobody's until
    /// [`Instance::add_device`].
    #[must_use]
    pub fn next_device_memory(&self) -> *mut u8 {
        let process = self.process();
        let index = process.shared().devices.load(Ordering::Relaxed);
        process.device_memory(index.min(DEVICES as u32 - 1))
    }

    /// Makes an interface, down and without addresses. `thread` is one of this process.
    pub fn add_device(&self, thread: &Thread, device: Device<'_>) -> Result<(), Error> {
        let process = self.process();
        let shared = process.shared();
        let index = shared.devices.load(Ordering::Relaxed) as usize;
        if index == DEVICES {
            return Err(Error::Full { what: "interfaces", limit: DEVICES });
        }
        self.capture_device(device.name)?;
        let (wire, keeper) = device.wire;
        let (kind, side, fds) = carrier::take_apart(wire);
        shared.device[index].carrier.store(kind, Ordering::Relaxed);
        shared.device[index].side.store(side, Ordering::Relaxed);
        for (to, fd) in process.devices[index].iter().zip(fds) {
            to.store(self.keep(fd)?, Ordering::Relaxed);
        }
        carrier::map(process, index as u32).map_err(carrier::refused)?;
        self.keepers.lock().unwrap_or_else(PoisonError::into_inner).extend(keeper);
        shared.devices.store(index as u32 + 1, Ordering::Release);
        let refused = |errno: i32| Error::Device {
            name: device.name.to_string(),
            reason: io::Error::from_raw_os_error(errno),
        };
        let name = CString::new(device.name).map_err(|_| refused(libc::EINVAL))?;
        let exported = process.exported();
        let (Some(create), Some(set_address), Some(set_mtu), Some(set_offload)) = (
            exported.dev_create,
            exported.dev_set_address,
            exported.dev_set_mtu,
            exported.dev_set_offload,
        ) else {
            return Err(refused(libc::EOPNOTSUPP));
        };
        // SAFETY: this thread's own task makes the calls; the strings and arrays are locals.
        thread.enter(|_| unsafe {
            let flags = SIM_DEV_OFFLOAD | SIM_DEV_PULL;
            let handle = create(name.as_ptr(), index as *mut _, flags);
            if handle.is_null() {
                return Err(refused(libc::EEXIST));
            }
            shared.device[index].handle.store(handle as u64, Ordering::Release);
            for failed in [
                set_address(handle, &device.mac),
                set_offload(handle, device.offload),
                set_mtu(handle, device.mtu as i32),
            ] {
                if failed != 0 {
                    return Err(refused(-failed));
                }
            }
            Ok(())
        })
    }
}

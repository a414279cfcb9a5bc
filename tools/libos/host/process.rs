// SPDX-License-Identifier: GPL-2.0

//! What each process that uses an instance has for itself, in a page at a fixed place before the
//! shared part: the library keeps only the address of it. Descriptors and functions of a process
//! are never in shared memory.

use core::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering};

use liblinux_abi::{SimExported, SimImported, SimKernel};

use crate::kill;
use crate::layout::{
    self, BASE, BELLS, DEVICE_FDS, DEVICE_OFFSET, DEVICE_ROOM, DEVICES, ProcessSlot, SHARED_OFFSET,
    Shared, Slot,
};

/// The private page; the library's `struct SimKernel`.
#[repr(C)]
pub struct Process {
    pub(crate) imported: SimImported,
    /// Where the instance is.
    pub(crate) base: usize,
    /// The name the library knows this process by: unique in the instance, for ever.
    pub(crate) key: AtomicU64,
    /// Its number on the host, in its own namespace. A child that shares its memory has another one.
    pub(crate) pid: AtomicU32,
    /// Index in [`Shared::process`].
    pub(crate) index: AtomicU32,
    /// The eventfd that the leader is rung with.
    pub(crate) leader_bell: i32,
    /// Those that processes are rung with while they poll files; see `watch`.
    pub(crate) bells: [i32; BELLS],
    /// The eventfd that the driver is rung with; -1 where there is no driver.
    pub(crate) driver_bell: i32,
    /// The descriptors of the devices.
    pub(crate) devices: [[AtomicI32; DEVICE_FDS]; DEVICES],
    /// The file that gets all frames; -1 if none does.
    pub(crate) capture: AtomicI32,
    /// The library that a program's loader puts into it; -1 if there is none.
    pub(crate) interposer: AtomicI32,
    /// What is executed instead of a static program; -1 if there is none.
    pub(crate) runner: AtomicI32,
    /// The epoll instance of `watch`; -1 if none could be made.
    pub(crate) watch: AtomicI32,
    /// Whether there are files of the host in it.
    pub(crate) watches: AtomicU32,
    pub(crate) memfd: i32,
    /// The file of the library.
    pub(crate) library: i32,
    /// The file of letters.
    pub(crate) letters: i32,
    /// The pipe that the launcher's end closes; see `guard`.
    pub(crate) guard: i32,
    /// See [`Process::nowhere`].
    pub(crate) nowhere: i32,
    /// Command line of the instance, NUL-terminated.
    pub(crate) command_line: [u8; 512],
}

const _: () = assert!(size_of::<Process>() <= layout::PAGE);

// SAFETY: the table and the command line are written before the instance is booted; the rest is
// atomic, or never changes.
unsafe impl Sync for Process {}

/// The eventfds of an instance.
pub(crate) struct Bells {
    pub leader: i32,
    pub processes: [i32; BELLS],
    pub driver: i32,
}

/// The one of the instance at [`BASE`]. The process has created or attached it.
pub fn process() -> &'static Process {
    // SAFETY: as the caller promises; mapped for the life of the process.
    unsafe { &*(BASE as *const Process) }
}

impl Process {
    /// Fills in the page at `base`.
    ///
    /// # Safety
    ///
    /// The page is mapped, writable and used by nobody.
    pub(crate) unsafe fn place(
        base: usize,
        imported: SimImported,
        memfd: i32,
        bells: Bells,
        [library, letters, guard, nowhere]: [i32; 4],
    ) -> &'static Self {
        let page = base as *mut Process;
        // SAFETY: as the caller promises.
        unsafe {
            page.write(Process {
                imported,
                base,
                key: AtomicU64::new(0),
                pid: AtomicU32::new(0),
                index: AtomicU32::new(0),
                leader_bell: bells.leader,
                bells: bells.processes,
                driver_bell: bells.driver,
                devices: [const { [const { AtomicI32::new(-1) }; DEVICE_FDS] }; DEVICES],
                capture: AtomicI32::new(-1),
                interposer: AtomicI32::new(-1),
                runner: AtomicI32::new(-1),
                watch: AtomicI32::new(-1),
                watches: AtomicU32::new(0),
                memfd,
                library,
                letters,
                guard,
                nowhere,
                command_line: [0; 512],
            });
            &*page
        }
    }

    /// The process behind the library's handle.
    ///
    /// # Safety
    ///
    /// `kernel` is what the library was given.
    pub(crate) unsafe fn of<'a>(kernel: *mut SimKernel) -> &'a Self {
        // SAFETY: as the caller promises.
        unsafe { &*kernel.cast() }
    }

    pub(crate) fn shared(&self) -> &'static Shared {
        // SAFETY: mapped with the instance, for the life of the process.
        unsafe { &*((self.base + SHARED_OFFSET) as *const Shared) }
    }

    pub(crate) fn exported(&self) -> &'static SimExported {
        &self.shared().exported
    }

    /// The descriptor of a device that is polled.
    pub(crate) fn device(&self, number: u32) -> Option<i32> {
        self.device_fd(number, 0)
    }

    /// One of the descriptors of a device.
    pub(crate) fn device_fd(&self, number: u32, which: usize) -> Option<i32> {
        let fd = self.devices.get(number as usize)?[which].load(Ordering::Relaxed);
        (fd >= 0).then_some(fd)
    }

    /// Where a device's carrier has its memory.
    pub(crate) fn device_memory(&self, number: u32) -> *mut u8 {
        (self.base + DEVICE_OFFSET + number as usize * DEVICE_ROOM) as *mut u8
    }

    pub fn key(&self) -> u64 {
        self.key.load(Ordering::Relaxed)
    }

    pub(crate) fn slot(&self, number: usize) -> &'static Slot {
        &self.shared().slot[number]
    }

    pub(crate) fn own_slot(&self) -> &'static ProcessSlot {
        &self.shared().process[self.index.load(Ordering::Relaxed) as usize]
    }

    /// Bytes of addresses that the instance takes in each process.
    pub fn size(&self) -> u64 {
        self.shared().size
    }

    /// Whether the process that has this number for the calling one uses the instance.
    pub fn has_process(&self, number: i32) -> bool {
        let mut places = self.shared().process.iter();
        number > 0 && places.any(|place| kill::number(self, place) == Some(number as u32))
    }

    /// The paths that are the host's, because the user has said so.
    pub fn host_paths(&self) -> impl Iterator<Item = &'static [u8]> {
        let shared = self.shared();
        let count = shared.host_paths.load(Ordering::Acquire) as usize;
        let text = |room: &'static [u8; layout::HOST_PATH]| {
            room.split(|byte| *byte == 0).next().unwrap_or_default()
        };
        shared.host_path.iter().take(count).map(text)
    }

    /// A folder of the host's in which nobody can do harm, as O_PATH has it.
    pub fn nowhere(&self) -> i32 {
        self.nowhere
    }

    /// The file that is executed instead of a static program; negative if there is none.
    pub fn runner(&self) -> i32 {
        self.runner.load(Ordering::Relaxed)
    }

    /// Whether `fd` is one that the program must not close.
    pub fn owns(&self, fd: i32) -> bool {
        fd >= 0
            && (fd == self.memfd
                || fd == self.library
                || fd == self.leader_bell
                || fd == self.letters
                || fd == self.guard
                || fd == self.nowhere
                || self.bells.contains(&fd)
                || fd == self.capture.load(Ordering::Relaxed)
                || fd == self.interposer.load(Ordering::Relaxed)
                || fd == self.runner.load(Ordering::Relaxed)
                || fd == self.watch.load(Ordering::Relaxed)
                || self
                    .devices
                    .as_flattened()
                    .iter()
                    .any(|device| device.load(Ordering::Relaxed) == fd))
    }
}

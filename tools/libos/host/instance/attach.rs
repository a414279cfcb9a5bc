// SPDX-License-Identifier: GPL-2.0

//! Attaching: a program becomes a process of an instance whose descriptors it has inherited.

use core::sync::atomic::Ordering;

use libos_loader::{fault, gate, map};

use super::{Instance, fixup, last};
use crate::error::Error;
use crate::layout::{
    ARENA_OFFSET, BASE, BELLS_AT, CAPTURE_AT, CAPTURE_OFF, DESCRIPTORS, DEVICES_AT, GUARD_AT,
    INTERPOSER_AT, LEADER_BELL_AT, LETTERS_AT, LIBRARY_AT, NOWHERE_AT, PROCESS_OFFSET, RUNNER_AT,
    SHARED_OFFSET, Shared,
};
use crate::process::{Bells, Process};
use crate::{carrier, guard, operations, watch};

/// What [`Instance::attach`] needs: where the descriptors of an instance begin in a
/// process that inherits them. They are those of [`Instance::descriptors`].
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Attachment {
    pub first_fd: i32,
}

/// A process that has attached.
pub struct Attached {
    pub process: &'static Process,
    /// It was attached as another program before, and has kept its descriptors in the library.
    pub replaced: bool,
}

/// Where the descriptors of a launcher end that has inherited few: those of its instance, and of its threads.
const LAUNCHER_END: u64 = map::KEPT_FROM as u64 + DESCRIPTORS as u64 + 16;

impl Attachment {
    /// Where copies of `descriptors` for [`Instance::attach`] are to be: below this process's limit, and
    /// above them all, as many as there may be.
    pub fn reserve(descriptors: &[i32]) -> Result<Self, Error> {
        let mut limit = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
        // SAFETY: writable.
        if unsafe { libc::getrlimit(libc::RLIMIT_NOFILE, &mut limit) } < 0 {
            return Err(last("the limit of descriptors"));
        }
        let room = DESCRIPTORS as u64;
        // Below 1024 even where more are allowed: select(2) must be able to name them.
        let end = limit.rlim_cur.min(1024);
        let highest = descriptors.iter().max().map_or(0, |fd| *fd as u64);
        let needed = highest.max(LAUNCHER_END) + 1 + room;
        if end < needed {
            return Err(Error::Descriptors { limit: end, needed });
        }
        Ok(Attachment { first_fd: (end - room) as i32 })
    }

    /// Where a program finds its interposer.
    #[must_use]
    pub fn interposer(self) -> String {
        format!("/proc/self/fd/{}", self.first_fd + INTERPOSER_AT as i32)
    }

    /// What a program is executed by that nothing can be preloaded into.
    #[must_use]
    pub fn runner(self) -> String {
        format!("/proc/self/fd/{}", self.first_fd + RUNNER_AT as i32)
    }

    /// Makes copies there that the next program inherits. To be called before it is executed.
    ///
    /// # Safety
    ///
    /// May be called in a child that has just been forked: it only makes calls of the host.
    pub unsafe fn place(self, descriptors: &[i32]) -> bool {
        (self.first_fd..).zip(descriptors).all(|(to, fd)| {
            // SAFETY: copies a descriptor.
            unsafe { libc::dup2(*fd, to) >= 0 }
        })
    }
}

impl Instance {
    /// Attaches this process to an instance whose descriptors it has inherited.
    pub fn attach(attachment: Attachment) -> Result<Attached, Error> {
        let first = attachment.first_fd;
        gate::map_first()?;
        let size = size_of_file(first).ok_or(Error::NotAnInstance { fd: first })?;
        // SAFETY: the range is reserved, then used as the layout says.
        let process = unsafe {
            map::reserve(BASE, size)?;
            map::map_shared(BASE, size, first)?;
            map::leave_out_of_cores(BASE, size);
            let shared = &*((BASE + SHARED_OFFSET) as *const Shared);
            if !shared.is_known(size) {
                return Err(Error::NotAnInstance { fd: first });
            }
            let at = |number: usize| first + number as i32;
            map::map_common(BASE, &shared.common, at(LIBRARY_AT))?;
            let bells = Bells {
                leader: at(LEADER_BELL_AT),
                processes: core::array::from_fn(|i| at(BELLS_AT + i)),
                driver: -1,
            };
            let others = [LIBRARY_AT, LETTERS_AT, GUARD_AT, NOWHERE_AT].map(at);
            let process =
                Process::place(BASE + PROCESS_OFFSET, operations::table(), first, bells, others);
            let devices = shared.devices.load(Ordering::Acquire);
            let fds = process.devices[..devices as usize].as_flattened();
            for (fd, i) in fds.iter().zip(DEVICES_AT..) {
                fd.store(at(i), Ordering::Relaxed);
            }
            for device in 0..devices {
                carrier::map(process, device).map_err(carrier::refused)?;
            }
            process.interposer.store(at(INTERPOSER_AT), Ordering::Relaxed);
            process.runner.store(at(RUNNER_AT), Ordering::Relaxed);
            if shared.capture.load(Ordering::Acquire) != CAPTURE_OFF {
                process.capture.store(at(CAPTURE_AT), Ordering::Relaxed);
            }
            process
        };
        let replaced = process.register(process.new_key())?;
        watch::make(process);
        guard::watch(process);
        fault::install(fixup);
        Ok(Attached { process, replaced })
    }
}

fn size_of_file(fd: i32) -> Option<usize> {
    // SAFETY: writable, and any number may be asked about.
    unsafe {
        let mut stat: libc::stat = core::mem::zeroed();
        let known =
            gate::syscall(libc::SYS_fstat, [fd as usize, &raw mut stat as usize, 0, 0, 0, 0]);
        (known == 0 && stat.st_size > ARENA_OFFSET as i64).then_some(stat.st_size as usize)
    }
}

/// The environment variable with the first inherited descriptor of an instance.
pub const ENVIRONMENT: &str = "NUSE_INSTANCE";

/// Attaches to the instance that [`ENVIRONMENT`] names. `None` if it names none.
pub fn attach_from_env() -> Option<Result<Attached, Error>> {
    let value = std::env::var(ENVIRONMENT).ok()?;
    let first_fd = value.parse().unwrap_or(-1);
    Some(Instance::attach(Attachment { first_fd }))
}

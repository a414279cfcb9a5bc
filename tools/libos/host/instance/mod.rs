// SPDX-License-Identifier: GPL-2.0

//! An instance: the library's file and, in one memfd, its data and its memory, mapped at one address
//! by every process that uses it.

mod attach;
mod capture;
mod device;

use std::ffi::CStr;
use std::fs::File;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd};
use std::path::Path;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use libos_loader::file_size::Lifted;
use libos_loader::{Image, fault, gate, map};
use libos_vif::Keeper;

use crate::error::Error;
use crate::layout::{
    ARENA_OFFSET, BASE, BELLS, IMAGE_OFFSET, LAYOUT, MAGIC, PROCESS_OFFSET, SHARED_OFFSET, STRIDE,
    Shared,
};
use crate::orders::Orders;
use crate::pid::{Pid, Seen};
use crate::process::{Bells, Process, process};
use crate::reaper::{self, Torn};
use crate::{driver, guard, kill, letter, operations, sender, sys, thread, watch};

pub use attach::{Attached, Attachment, ENVIRONMENT, attach_from_env};
pub use device::Device;

/// Warnings, unless somebody wants more or less.
pub const LOG_LEVEL: i32 = 4;
/// Errors: a kernel without an MMU warns of that (per-CPU areas, protection) whenever it boots.
const BOOT_LOG_LEVEL: i32 = 3;

/// How to boot an instance.
pub struct Options<'a> {
    /// Bytes of memory; a multiple of 4 MiB.
    pub memory: usize,
    /// Kernel parameters.
    pub command_line: &'a str,
    /// Least important level of the kernel's log that goes to standard error; see syslog(2).
    pub log_level: i32,
}

impl Default for Options<'_> {
    fn default() -> Self {
        Options { memory: 64 << 20, command_line: "", log_level: LOG_LEVEL }
    }
}

impl Options<'_> {
    fn boot_log_level(&self) -> i32 {
        if self.log_level > LOG_LEVEL { self.log_level } else { self.log_level.min(BOOT_LOG_LEVEL) }
    }
}

/// An instance that this process has booted. Dropping it shuts it down.
pub struct Instance {
    process: &'static Process,
    base: usize,
    size: usize,
    driver: Option<(Arc<Orders>, Vec<JoinHandle<()>>)>,
    /// What its devices leave on the host.
    pub(crate) keepers: Mutex<Vec<Keeper>>,
    /// With which the programs end.
    _life: OwnedFd,
}

/// The bases that this process has in use.
static NEXT: AtomicUsize = AtomicUsize::new(0);

impl Instance {
    /// Loads the library and boots it. The first instance of a process is at [`BASE`].
    pub fn boot(library: &Path, options: &Options<'_>) -> Result<Self, Error> {
        let image = Image::read(library)?;
        gate::map()?;
        let base = BASE + NEXT.fetch_add(1, Ordering::Relaxed) * STRIDE;
        let size = ARENA_OFFSET + options.memory;
        let _lifted = Lifted::to(size)?;
        let memfd = map::memfd("liblinux", size)?;
        let wrong = |reason| {
            Error::from(libos_loader::Error::NotALibrary { file: library.to_path_buf(), reason })
        };
        // SAFETY: the range is reserved, then used as the layout says.
        unsafe {
            map::reserve(base, size)?;
            map::map_shared(base, size, memfd.as_raw_fd())?;
            map::populate(base, image.common.text().end..image.size, options.memory);
            image.write_data(&memfd, IMAGE_OFFSET as u64).map_err(wrong)?;
            write_shared(base, size, &image, options.memory);
            image.relocate((base + IMAGE_OFFSET) as *mut u8).map_err(wrong)?;
            map::map_common(base, &image.common, image.file().as_raw_fd())?;
        }
        let memfd = map::keep(memfd.into_raw_fd())?;
        let library = map::keep(image.open_again()?.into_raw_fd())?;
        let letters = map::keep(letter::file()?.into_raw_fd())?;
        let (guard, life) = guard::pipe()?;
        let others = [library, letters, map::keep(guard)?, map::keep(nowhere()?)?];
        // SAFETY: just mapped.
        let process = unsafe {
            Process::place(base + PROCESS_OFFSET, operations::table(), memfd, bells()?, others)
        };
        let own = Pid::own().unwrap_or(Pid { number: std::process::id(), namespace: 0 });
        process.settle(process.take_place(own)?, process.new_key());
        watch::make(process);
        process.shared().log_level.store(options.boot_log_level(), Ordering::Relaxed);
        if base == BASE {
            fault::install(fixup);
        }
        let keepers = Mutex::default();
        let instance = Instance { process, base, size, driver: None, keepers, _life: life };
        instance.init(&image, options)?;
        process.shared().log_level.store(options.log_level, Ordering::Relaxed);
        Ok(instance)
    }

    fn init(&self, image: &Image, options: &Options<'_>) -> Result<(), Error> {
        let page = (self.base + PROCESS_OFFSET) as *mut Process;
        let shared = (self.base + SHARED_OFFSET) as *mut Shared;
        // SAFETY: nobody else uses the instance yet, and the tables are in their places.
        unsafe {
            let room = &mut (*page).command_line;
            let text = options.command_line.as_bytes();
            let text = &text[..text.len().min(room.len() - 1)];
            room[..text.len()].copy_from_slice(text);
            (*page).imported.memory = options.memory;
            (*page).imported.command_line = room.as_ptr().cast();
            let (exported, imported) = (&raw mut (*shared).exported, &raw const (*page).imported);
            Ok(libos_loader::boot(image, self.base, exported, imported, page.cast())?)
        }
    }

    /// This process's part of the instance.
    #[must_use]
    pub fn process(&self) -> &'static Process {
        self.process
    }

    /// Starts the threads that look after the instance: one while no call does, one that sends for those
    /// who send much, and one that calls `torn` with the number of a process that was killed while it
    /// executed the kernel: the instance has ended.
    pub fn start_driver(&mut self, torn: impl FnOnce(u32) + Send + 'static) -> Result<(), Error> {
        // SAFETY: nobody else has this descriptor.
        let orders = Arc::new(Orders::new(unsafe { OwnedFd::from_raw_fd(bell()?) }));
        let process = self.process;
        let [driver_orders, sender_orders, watch_orders] = [(); 3].map(|()| orders.clone());
        // Those that have started are ended, too, if another one cannot.
        let (_, threads) = self.driver.insert((orders, Vec::new()));
        threads.push(start("driver", move || driver::run(process, &driver_orders))?);
        threads.push(start("sender", move || sender::run(process, &sender_orders))?);
        threads.push(start("reaper", move || {
            if let Err(Torn { pid }) = reaper::watch(process, &watch_orders) {
                torn(pid);
            }
        })?);
        Ok(())
    }

    /// Moves a descriptor to where a program will not meet it.
    pub(crate) fn keep(&self, fd: i32) -> Result<i32, Error> {
        Ok(map::keep(fd)?)
    }

    /// What another process needs to attach, in the order of `layout`: what there is none of is the
    /// memfd once more.
    #[must_use]
    pub fn descriptors(&self) -> Vec<i32> {
        let process = self.process;
        let devices = process.shared().devices.load(Ordering::Relaxed) as usize;
        let devices = process.devices[..devices].as_flattened().iter();
        let extra = |fd: i32| if fd >= 0 { fd } else { process.memfd };
        let extras = [&process.capture, &process.interposer, &process.runner];
        let extras = extras.map(|fd| fd.load(Ordering::Relaxed));
        let extras = extras.into_iter().chain([process.letters, process.guard, process.nowhere]);
        let devices = devices.map(|fd| fd.load(Ordering::Relaxed));
        let first = [process.memfd, process.library, process.leader_bell];
        let first = first.into_iter().chain(process.bells);
        first.chain(extras.chain(devices).map(extra)).collect()
    }

    /// Has every program inherit the library that its loader puts into it. By descriptor: not all
    /// users may come to where it is.
    pub fn pass_interposer(&self, library: File) -> Result<(), Error> {
        let fd = self.keep(library.into_raw_fd())?;
        self.process.interposer.store(fd, Ordering::Relaxed);
        Ok(())
    }

    /// Has every program inherit what is executed instead of static programs.
    pub fn pass_runner(&self, runner: File) -> Result<(), Error> {
        let fd = self.keep(runner.into_raw_fd())?;
        self.process.runner.store(fd, Ordering::Relaxed);
        Ok(())
    }

    /// Makes paths the host's for the programs. To be called before there are any.
    pub fn give_paths<'a>(&self, paths: impl Iterator<Item = &'a str>) {
        let shared = (self.base + SHARED_OFFSET) as *mut Shared;
        let mut count = 0;
        // SAFETY: nobody looks at the paths before there are programs.
        let room = unsafe { &mut (*shared).host_path };
        for (room, path) in room.iter_mut().zip(paths) {
            let len = path.len().min(room.len() - 1);
            room[..len].copy_from_slice(&path.as_bytes()[..len]);
            count += 1;
        }
        self.process.shared().host_paths.store(count, Ordering::Release);
    }

    /// Ends every program that still uses the instance: without it they could not go on.
    pub fn end_programs(&self) {
        let own = self.process.index.load(Ordering::Relaxed) as usize;
        let slots = self.process.shared().process.iter().enumerate();
        for (_, slot) in slots.filter(|(index, _)| *index != own) {
            kill::end(self.process, slot);
        }
    }

    /// Closes what programs have sent to others, who cannot do anything with it. To be called when
    /// they have ended.
    pub fn end_letters(&self) {
        letter::end(self.process);
    }

    /// Whether a program still has a place in the instance; the driver frees those of ended ones.
    #[must_use]
    pub fn has_programs(&self) -> bool {
        let own = self.process.index.load(Ordering::Relaxed) as usize;
        let slots = self.process.shared().process.iter().enumerate();
        slots.filter(|(index, _)| *index != own).any(|(_, s)| s.pid.load() != Pid::NONE)
    }

    /// A program that runs, by the number that this process knows it as; one of a namespace that this process
    /// cannot look into is not found.
    #[must_use]
    pub fn any_program(&self) -> Option<i32> {
        let own = self.process.index.load(Ordering::Relaxed) as usize;
        let from = Pid::own()?;
        let slots = self.process.shared().process.iter().enumerate();
        let pids = slots.filter(|(index, _)| *index != own).map(|(_, slot)| slot.pid.load());
        let numbers =
            pids.filter(|pid| pid.is_process()).filter_map(|pid| match pid.seen_from(from) {
                Seen::As(number) => Some(number as i32),
                Seen::Gone | Seen::Unclear => None,
            });
        let is_anothers = || io::Error::last_os_error().raw_os_error() == Some(libc::EPERM);
        // The driver may not have noticed yet that it has ended.
        // SAFETY: signal 0 only asks.
        let is_there = |number: &i32| unsafe { libc::kill(*number, 0) } == 0 || is_anothers();
        numbers.into_iter().find(is_there)
    }

    fn stop_driver(&mut self) {
        if let Some((orders, threads)) = self.driver.take() {
            orders.stop();
            self.ring_threads();
            for thread in threads {
                let _ = thread.join();
            }
        }
    }

    fn ring_threads(&self) {
        sys::ring(self.process.driver_bell);
        sender::ring(self.process.shared());
    }

    /// Does `action`, which stops this process for a while (SIGSTOP), when none of its threads
    /// executes the kernel: others go on meanwhile.
    pub fn aside(&self, action: impl FnOnce()) {
        if let Some((orders, _)) = &self.driver {
            orders.pause(|| self.ring_threads());
        }
        thread::leave();
        action();
        thread::stay();
        if let Some((orders, _)) = &self.driver {
            orders.go_on();
        }
    }

    /// Shuts the instance down: devices and sockets are closed. 0 or a negative errno.
    pub fn shutdown(mut self) -> i32 {
        self.end()
    }

    fn end(&mut self) -> i32 {
        self.stop_driver();
        // "Power down" is an emergency to the kernel only.
        self.process.shared().log_level.store(-1, Ordering::Relaxed);
        let shutdown = self.process.exported().shutdown;
        // SAFETY: the driver has ended, and programs have been ended by the caller.
        shutdown.map_or(0, |shutdown| unsafe { shutdown() })
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.end();
        for fd in self.process.devices.as_flattened().iter().map(|fd| fd.load(Ordering::Relaxed)) {
            close(fd);
        }
        self.process.bells.into_iter().for_each(close);
        close(self.process.leader_bell);
        close(self.process.driver_bell);
        close(self.process.capture.load(Ordering::Relaxed));
        close(self.process.interposer.load(Ordering::Relaxed));
        close(self.process.runner.load(Ordering::Relaxed));
        close(self.process.watch.load(Ordering::Relaxed));
        close(self.process.letters);
        close(self.process.guard);
        close(self.process.nowhere);
        close(self.process.memfd);
        close(self.process.library);
        // The range stays reserved: an address of it that somebody kept must not become another's.
        // SAFETY: nothing uses the instance any more.
        unsafe { map::reserve_again(self.base, self.size) };
    }
}

fn start(
    name: &'static str,
    work: impl FnOnce() + Send + 'static,
) -> Result<JoinHandle<()>, Error> {
    const WHAT: &str = "a thread of the launcher, which `ulimit -u` and `ulimit -v` must allow";
    let thread = std::thread::Builder::new().name(name.to_owned()).spawn(work);
    thread.map_err(|reason| libos_loader::Error::Host { what: WHAT, reason }.into())
}

fn close(fd: i32) {
    if fd >= 0 {
        // SAFETY: a descriptor of the instance, which has ended.
        unsafe { libc::close(fd) };
    }
}

fn last(what: &'static str) -> Error {
    libos_loader::Error::last(what).into()
}

/// Where the library goes on after a fault at `address`; 0 if that is none of its own.
fn fixup(address: usize) -> usize {
    let fixup = process().exported().fault_fixup;
    // SAFETY: callable from anywhere; a process with this handler has the instance.
    fixup.map_or(0, |fixup| unsafe { fixup(address) })
}

/// # Safety
///
/// The shared part is mapped and new.
unsafe fn write_shared(base: usize, size: usize, image: &Image, memory: usize) {
    let shared = (base + SHARED_OFFSET) as *mut Shared;
    // SAFETY: as the caller promises; a new memfd is zero.
    unsafe {
        (*shared).magic = MAGIC;
        (*shared).layout = LAYOUT;
        (*shared).size = size as u64;
        (*shared).image_size = image.size as u64;
        (*shared).common = image.common;
        (*shared).arena_size = memory as u64;
        (*shared).deadline.store(u64::MAX, Ordering::Relaxed);
    }
}

/// The folder of this process in procfs, the owner and mode of whose files the kernel keeps as they are; or,
/// where there is none, `/`.
fn nowhere() -> Result<i32, Error> {
    let flags = libc::O_PATH | libc::O_DIRECTORY | libc::O_CLOEXEC;
    // SAFETY: a path.
    let open = |path: &CStr| unsafe { libc::open(path.as_ptr(), flags) };
    let fd = match open(c"/proc/self") {
        -1 => open(c"/"),
        fd => fd,
    };
    if fd < 0 {
        return Err(libos_loader::Error::last("a folder for the instance").into());
    }
    Ok(fd)
}

fn bells() -> Result<Bells, Error> {
    let mut processes = [-1; BELLS];
    for bell in &mut processes {
        *bell = self::bell()?;
    }
    Ok(Bells { leader: bell()?, processes, driver: bell()? })
}

fn bell() -> Result<i32, Error> {
    // SAFETY: makes a descriptor.
    let fd = unsafe { libc::eventfd(0, libc::EFD_NONBLOCK | libc::EFD_CLOEXEC) };
    if fd < 0 {
        return Err(libos_loader::Error::last("a bell for the instance").into());
    }
    Ok(map::keep(fd)?)
}

// SPDX-License-Identifier: GPL-2.0

//! Polling the devices, the bell and the files of the host that a thread is to look at.

use core::sync::atomic::Ordering;
use core::time::Duration;

use liblinux_abi::{SIM_IRQ_NET, SIM_IRQ_TIMER};

use crate::process::Process;
use crate::watch::Ready;
use crate::{carrier, interrupts, layout, spin, sys, watch};

/// A bell, the devices with a second descriptor each, and the files of the host.
const MOST_FILES: usize = 2 * layout::DEVICES + 2;

/// The files a thread polls.
pub struct Poll<'a> {
    process: &'a Process,
    files: [libc::pollfd; MOST_FILES],
    count: usize,
    devices: usize,
    watch: Option<usize>,
    /// The files of the host that were found ready.
    pub ready: Ready,
}

impl<'a> Poll<'a> {
    /// Of the thread that leads: the devices, and whatever else its process waits for.
    pub fn of_leader(process: &'a Process) -> Self {
        let mut poll = Poll::new(process, process.leader_bell);
        poll.add_devices();
        if watch::needed(process) {
            poll.add_watch();
        }
        poll
    }

    /// Of another thread: what its process waits for. Its bell is there too.
    pub fn of_files(process: &'a Process) -> Self {
        const NO_BELL: i32 = -1;
        let mut poll = Poll::new(process, NO_BELL);
        poll.add_watch();
        poll
    }

    pub fn of_driver(process: &'a Process) -> Self {
        let mut poll = Poll::new(process, process.driver_bell);
        poll.add_devices();
        poll
    }

    fn new(process: &'a Process, bell: i32) -> Self {
        let none = libc::pollfd { fd: -1, events: 0, revents: 0 };
        let mut poll = Poll {
            process,
            files: [none; MOST_FILES],
            count: 0,
            devices: 0,
            watch: None,
            ready: Ready::default(),
        };
        poll.add(bell, libc::POLLIN);
        poll
    }

    fn add_devices(&mut self) {
        let (process, shared) = (self.process, self.process.shared());
        let count = shared.devices.load(Ordering::Acquire) as usize;
        for (device, info) in process.devices[..count].iter().zip(&shared.device) {
            let full = info.full.load(Ordering::Relaxed) != 0;
            let events = libc::POLLIN | if full { libc::POLLOUT } else { 0 };
            self.add(device[0].load(Ordering::Relaxed), events);
        }
        self.devices = count;
        for device in 0..count as u32 {
            self.add(carrier::second(process, device), libc::POLLIN);
        }
    }

    fn add_watch(&mut self) {
        self.watch = Some(self.count);
        self.add(self.process.watch.load(Ordering::Relaxed), libc::POLLIN);
    }

    fn add(&mut self, fd: i32, events: i16) {
        self.files[self.count] = libc::pollfd { fd, events, revents: 0 };
        self.count += 1;
    }

    /// Waits, and returns the interrupt lines to raise.
    pub fn wait(&mut self, until: u64) -> u32 {
        let waiting = self.devices > 0 && carrier::arm(self.process);
        let until = if waiting { 0 } else { until };
        let timeout =
            (until != u64::MAX).then(|| Duration::from_nanos(until.saturating_sub(sys::now())));
        let ready = sys::ppoll(&mut self.files[..self.count], timeout);
        self.report(ready, waiting)
    }

    /// As [`Poll::wait`], but looks for a moment before it sleeps, if that is worthwhile.
    pub fn wait_briefly(&mut self, until: u64) -> u32 {
        spin::wait(self, |poll| poll.look(until), |poll| poll.wait(until))
    }

    /// Looks once: the interrupt lines to raise, if there is anything.
    fn look(&mut self, until: u64) -> Option<u32> {
        let waiting = carrier::has_frame(self.process);
        let ready = sys::ppoll(&mut self.files[..self.count], Some(Duration::ZERO));
        let found = waiting || ready != 0 || sys::now() >= until;
        found.then(|| self.report(ready, waiting))
    }

    /// What the files say of which so many are ready: the interrupt lines to raise.
    fn report(&mut self, ready: isize, waiting: bool) -> u32 {
        let mut lines = if waiting { SIM_IRQ_NET } else { 0 };
        if ready > 0 {
            if self.files[0].revents != 0 {
                sys::silence(self.files[0].fd);
            }
            let (files, seconds) = self.files[1..].split_at(self.devices);
            if seconds[..self.devices].iter().any(|file| file.revents != 0) {
                lines |= SIM_IRQ_NET;
            }
            for (file, device) in files.iter().zip(0..) {
                if file.revents != 0 {
                    carrier::told(self.process, device);
                    if file.revents & libc::POLLOUT != 0 {
                        let full = &self.process.shared().device[device as usize].full;
                        full.store(0, Ordering::Relaxed);
                    }
                    lines |= SIM_IRQ_NET;
                }
            }
            if self.watch.is_some_and(|at| self.files[at].revents != 0) {
                self.ready = watch::take(self.process, true);
            }
        }
        if interrupts::due(self.process.shared(), sys::now()) {
            lines |= SIM_IRQ_TIMER;
        }
        lines
    }
}

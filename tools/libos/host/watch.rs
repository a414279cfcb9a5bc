// SPDX-License-Identifier: GPL-2.0

//! An epoll instance of the host, which each process has for itself. In it are the files of the host
//! that a program polls together with the library's, and the bell of the process.
//!
//! Each such file has a stand-in in the library (`file_create`); what it reports is asked for here,
//! and whatever becomes ready later is seen by the process's polling thread, which waits for the
//! epoll instance too.
//!
//! A bell is watched by edge, and never silenced: so it may be that of several processes.

use core::sync::atomic::Ordering;

use crate::layout::BELLS;
use crate::process::Process;
use crate::{current, gate, interrupts, sys};

/// What an event has to say of a bell, in the place of a descriptor.
const BELL: u64 = u64::MAX;

/// Makes the calling process's own, if it has none. Without, as where no descriptor is left, there is
/// no file that can be watched.
pub fn make(process: &Process) -> bool {
    if process.watch.load(Ordering::Acquire) >= 0 {
        return true;
    }
    let Some(epoll) = create(process) else { return false };
    let (none, made) = (-1, Ordering::AcqRel);
    if process.watch.compare_exchange(none, epoll, made, Ordering::Relaxed).is_err() {
        // Another thread was faster.
        close(epoll);
    }
    true
}

/// After fork(2), in the child: what the parent watches is the parent's.
pub fn forget(process: &Process) {
    process.watches.store(0, Ordering::Relaxed);
    let parents = process.watch.swap(-1, Ordering::Relaxed);
    if parents >= 0 {
        close(parents);
    }
}

fn create(process: &Process) -> Option<i32> {
    // SAFETY: makes a descriptor.
    let epoll = unsafe {
        gate::syscall(libc::SYS_epoll_create1, [libc::EPOLL_CLOEXEC as usize, 0, 0, 0, 0, 0])
    };
    if epoll < 0 {
        return None;
    }
    let epoll = sys::move_above(epoll as i32, process.memfd);
    add(epoll, bell(process), libc::EPOLLIN as u32, BELL);
    Some(epoll)
}

/// The eventfd that this process is rung with while it polls files; see [`ring`].
fn bell(process: &Process) -> i32 {
    process.bells[process.index.load(Ordering::Relaxed) as usize % BELLS]
}

/// Rings the process in this place, and perhaps others.
pub fn ring(process: &Process, index: usize) {
    sys::ring(process.bells[index % BELLS]);
}

/// Watches a file by edge. One that is watched already stays so.
fn add(epoll: i32, fd: i32, events: u32, data: u64) {
    control(epoll, libc::EPOLL_CTL_ADD, fd, events, data);
}

fn control(epoll: i32, what: i32, fd: i32, events: u32, data: u64) {
    let events = events | libc::EPOLLET as u32;
    let mut event = libc::epoll_event { events, u64: data };
    let event = &raw mut event as usize;
    // SAFETY: the event is a local.
    unsafe {
        let args = [epoll as usize, what as usize, fd as usize, event, 0, 0];
        gate::syscall(libc::SYS_epoll_ctl, args);
    }
}

/// The bell has been heard by somebody else than the thread that it was rung for.
fn pass_on_bell(process: &Process, epoll: i32) {
    control(epoll, libc::EPOLL_CTL_MOD, bell(process), libc::EPOLLIN as u32, BELL);
}

fn close(fd: i32) {
    // SAFETY: a descriptor that was made here.
    unsafe { gate::syscall(libc::SYS_close, [fd as usize, 0, 0, 0, 0, 0]) };
}

/// Which of `events` (as of poll(2)) are true of `fd`. Whatever becomes so later is reported.
pub fn poll(process: &Process, fd: i32, events: u32) -> u32 {
    arm(process, fd);
    ready(fd, events)
}

fn ready(fd: i32, events: u32) -> u32 {
    let mut files = [libc::pollfd { fd, events: events as i16, revents: 0 }];
    sys::ppoll(&mut files, Some(core::time::Duration::ZERO));
    u32::from(files[0].revents as u16)
}

/// Watches a file from now on. By edge: who polls by level asks again each time, and who polls by
/// edge must hear of each.
pub fn arm(process: &Process, fd: i32) {
    const ALL: i32 = libc::EPOLLIN | libc::EPOLLOUT | libc::EPOLLPRI | libc::EPOLLRDHUP;
    let epoll = process.watch.load(Ordering::Relaxed);
    if epoll >= 0 {
        add(epoll, fd, ALL as u32, fd as u64);
        if !needed(process) {
            process.watches.store(1, Ordering::Relaxed);
            // If it leads already, it has begun to poll without this.
            interrupts::ring_leader(process);
        }
    }
}

/// Whether this process polls any file of the host in the library.
#[inline]
pub fn needed(process: &Process) -> bool {
    process.watches.load(Ordering::Relaxed) != 0
}

/// Files that have become ready, of which the library has not heard yet.
#[derive(Default)]
pub struct Ready {
    fds: [i32; BATCH],
    count: usize,
}

const BATCH: usize = 16;

/// Takes the files that have become ready. For a thread with a task only: others leave the events to
/// one. `polls`: the thread that the bell is for.
pub fn take(process: &Process, polls: bool) -> Ready {
    let mut ready = Ready::default();
    if current::task().is_null() {
        return ready;
    }
    let mut events = [libc::epoll_event { events: 0, u64: 0 }; BATCH];
    let epoll = process.watch.load(Ordering::Relaxed);
    // SAFETY: the array is a local.
    let count = unsafe {
        let args = [epoll as usize, events.as_mut_ptr() as usize, BATCH, 0, 0, 0];
        gate::syscall(libc::SYS_epoll_wait, args)
    };
    for event in &events[..count.max(0) as usize] {
        let about = event.u64;
        if about != BELL {
            ready.fds[ready.count] = about as i32;
            ready.count += 1;
        } else if !polls {
            pass_on_bell(process, epoll);
        }
    }
    ready
}

impl Ready {
    /// Tells the library. If the process is leaving, this keeps the thread: it must not have a role that
    /// who leaves waits for.
    pub fn report(&self, process: &Process) {
        let Some(file_ready) = process.exported().file_ready else { return };
        for fd in &self.fds[..self.count] {
            // SAFETY: the calling thread's own task, outside the kernel.
            unsafe { file_ready(current::task(), *fd) };
        }
    }
}

// SPDX-License-Identifier: GPL-2.0

//! Files of the host that a program polls together with the library's. Each such file has a
//! stand-in in the library (`file_create`); what it reports is asked for here, and when nothing is
//! ready the file goes into an epoll instance that the process's polling thread waits for too.

use core::sync::atomic::Ordering;

use crate::process::Process;
use crate::{gate, sys, thread};

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
/// edge must hear of each. A file that is watched already stays so.
fn arm(process: &Process, fd: i32) {
    const ALL: i32 =
        libc::EPOLLIN | libc::EPOLLOUT | libc::EPOLLPRI | libc::EPOLLRDHUP | libc::EPOLLET;
    let epoll = epoll(process);
    let mut event = libc::epoll_event { events: ALL as u32, u64: fd as u64 };
    let event = &raw mut event as usize;
    // SAFETY: the event is a local.
    unsafe {
        let args = [epoll as usize, libc::EPOLL_CTL_ADD as usize, fd as usize, event, 0, 0];
        gate::syscall(libc::SYS_epoll_ctl, args);
    }
}

/// The process's epoll instance, made when first needed, by whoever executes the kernel: one
/// thread at a time.
fn epoll(process: &Process) -> i32 {
    let made = process.watch.load(Ordering::Relaxed);
    if made >= 0 {
        return made;
    }
    // SAFETY: makes a descriptor, then moves it out of the program's way.
    let epoll = unsafe {
        let low =
            gate::syscall(libc::SYS_epoll_create1, [libc::EPOLL_CLOEXEC as usize, 0, 0, 0, 0, 0]);
        let least = process.memfd.max(0) as usize;
        let args = [low as usize, libc::F_DUPFD_CLOEXEC as usize, least, 0, 0, 0];
        let high = gate::syscall(libc::SYS_fcntl, args);
        gate::syscall(libc::SYS_close, [low as usize, 0, 0, 0, 0, 0]);
        high as i32
    };
    process.watch.store(epoll, Ordering::Relaxed);
    epoll
}

/// Whether this process polls any file of the host in the library.
pub fn needed(process: &Process) -> bool {
    process.watch.load(Ordering::Relaxed) >= 0
}

/// Tells the library of the files that have become ready. For a thread with a task only: others
/// leave the events to one.
pub fn report(process: &Process) {
    const BATCH: usize = 16;
    let mut events = [libc::epoll_event { events: 0, u64: 0 }; BATCH];
    let task = thread::current_task();
    if task.is_null() {
        return;
    }
    let epoll = process.watch.load(Ordering::Relaxed);
    // SAFETY: the array is a local.
    let count = unsafe {
        let args = [epoll as usize, events.as_mut_ptr() as usize, BATCH, 0, 0, 0];
        gate::syscall(libc::SYS_epoll_wait, args)
    };
    if let Some(file_ready) = process.exported().file_ready {
        for event in events.iter().take(count.max(0) as usize) {
            // SAFETY: the calling thread's own task, outside the kernel.
            unsafe { file_ready(task, event.u64 as i32) };
        }
    }
}

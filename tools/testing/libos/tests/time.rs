// SPDX-License-Identifier: GPL-2.0

//! The kernel's clocks, asked by its own system calls.

use libos_host::{Instance, Options, Thread};
use libos_tests::place;

fn call(thread: &Thread, nr: i64, clock: i32, time: &mut libc::timespec) {
    let args = [clock as usize, core::ptr::from_mut(time) as usize, 0, 0, 0, 0];
    assert_eq!(thread.syscall(nr, args), 0);
}

/// Timers are as fine as the clock, not as the tick: what needs a first tick to begin.
#[test]
fn timers_are_of_high_resolution() {
    let library = place::top().join("liblinux.so");
    let instance = Instance::boot(&library, &Options::default()).unwrap();
    let thread = Thread::new(instance.process()).unwrap();
    let mut time = libc::timespec { tv_sec: 0, tv_nsec: 50_000_000 };
    let args = [core::ptr::from_mut(&mut time) as usize, 0, 0, 0, 0, 0];
    assert_eq!(thread.syscall(libc::SYS_nanosleep, args), 0);
    call(&thread, libc::SYS_clock_getres, libc::CLOCK_MONOTONIC, &mut time);
    assert_eq!((time.tv_sec, time.tv_nsec), (0, 1));
    drop(thread);
    assert_eq!(instance.shutdown(), 0);
}

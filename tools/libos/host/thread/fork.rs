// SPDX-License-Identifier: GPL-2.0

//! fork(2): the child is made in the library first, and forgotten if nothing comes of it.

use core::cell::Cell;
use core::ptr::null_mut;
use core::sync::atomic::Ordering;

use liblinux_abi::SimTask;

use super::own::{self, no_memory, with_own};
use super::{Thread, belongs_to_caller, take_slot};
use crate::current::{self, busy};
use crate::error::Error;
use crate::pid::{Pid, own_number};
use crate::process::process;
use crate::{entry, guard, stray, watch};

/// What [`fork_prepare`] has made for the child.
#[derive(Clone, Copy)]
struct Child {
    key: u64,
    place: usize,
    number: usize,
    task: *mut SimTask,
}

thread_local! {
    static CHILD: Cell<Option<Child>> = const { Cell::new(None) };
}

/// Before fork(2): makes the child's process in the library. 0 or a negative errno.
pub fn fork_prepare() -> isize {
    if stray::is_stray() {
        stray::fork();
        return 0;
    }
    with_own(|thread| match thread.make_child() {
        Ok(child) => {
            CHILD.set(Some(child));
            0
        }
        Err(Error::Full { .. }) => -(libc::EAGAIN as isize),
        Err(_) => no_memory(),
    })
}

impl Thread {
    fn make_child(&self) -> Result<Child, Error> {
        let process = self.process;
        let place = process.take_place(Pid::TO_COME)?;
        let free_place = || process.shared().process[place].free();
        // The child's from the start: its parent may end before it comes to say who it is.
        let number = take_slot(process, place as u32).inspect_err(|_| free_place())?;
        let key = process.new_key();
        process.shared().process[place].parent.store(process.key(), Ordering::Relaxed);
        process.shared().process[place].key.store(key, Ordering::Release);
        let private = (number + 1) as *mut core::ffi::c_void;
        let task = process.exported().task_fork.map_or(null_mut(), |fork| {
            // SAFETY: this thread's own task.
            self.enter(|task| unsafe { fork(task, private, key) })
        });
        if task.is_null() {
            process.shared().free_slot(number);
            free_place();
            return Err(Error::host("a process in the instance", libc::ENOMEM));
        }
        process.slot(number).task.store(task as u64, Ordering::Relaxed);
        Ok(Child { key, place, number, task })
    }
}

/// After fork(2), in the parent: the number by which this one knows the child, so that its end will be
/// noticed, should it not come to say who it is.
pub fn fork_parent(number: u32) {
    let Some(child) = CHILD.take() else { return };
    let process = process();
    let place = &process.shared().process[child.place];
    // It may have come, and gone.
    if place.key.load(Ordering::Acquire) == child.key {
        let namespace = process.own_slot().pid.load().namespace;
        place.pid.exchange(Pid::TO_COME, Pid { number, namespace });
    }
}

/// As [`fork_parent`], if the number is not known: the child tells it itself.
pub fn fork_done() {
    CHILD.take();
}

/// After fork(2) has failed: undoes [`fork_prepare`].
pub fn fork_failed() {
    let Some(child) = CHILD.take() else { return };
    let process = process();
    if let Some(kill) = process.exported().process_kill {
        // SAFETY: as in `process_exit`.
        busy(|| unsafe { kill(child.key) });
    }
    process.forget_tasks(&[child.task as u64]);
    process.shared().free_slot(child.number);
    process.shared().process[child.place].free();
}

/// After fork(2), in the child: becomes the process that [`fork_prepare`] made. The child of one that the
/// library does not know is another such.
pub fn fork_child() -> isize {
    let Some(child) = CHILD.take() else {
        return if stray::is_child() { 0 } else { no_memory() };
    };
    let process = process();
    let parents = process.own_slot().pid.load();
    // Without /proc it is beside its parent, or the first of a namespace, which its parent knows by another number.
    let known = Pid::own()
        .or_else(|| Some(Pid { number: own_number(), ..parents }).filter(|pid| !pid.is_init()));
    if let Some(own) = known {
        process.shared().process[child.place].pid.store(own);
    }
    guard::watch(process);
    process.settle(child.place, child.key);
    watch::forget(process);
    watch::make(process);
    belongs_to_caller(process.slot(child.number));
    current::forget();
    entry::set_leaver(false);
    own::replace(Thread::with(process, child.task, child.number));
    0
}

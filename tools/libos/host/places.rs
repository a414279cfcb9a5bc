// SPDX-License-Identifier: GPL-2.0

//! The places of processes in an instance: taking one when a program attaches, keeping it when it
//! executes another, and what a former program had.

use core::ptr::null_mut;
use core::sync::atomic::Ordering;

use liblinux_abi::SimTask;

use crate::error::Error;
use crate::layout::{self, PROCESSES, ProcessSlot};
use crate::pid::{self, Pid};
use crate::process::Process;
use crate::{current, stray, wake};

impl Process {
    /// A new name for a process of this instance.
    pub(crate) fn new_key(&self) -> u64 {
        self.shared().keys.fetch_add(1, Ordering::Relaxed) + 1
    }

    /// Whether the process that has this number for the calling one uses the instance, or did until a moment
    /// ago. For a signal handler.
    pub fn knows(&self, number: u32) -> bool {
        let pid = Pid { number, ..self.own_slot().pid.load() };
        number != 0 && self.shared().process.iter().any(|slot| slot.is_known_as(pid))
    }

    /// Takes a place among the instance's processes, under the name `key`. Whether this process had
    /// one already, as another program, whose descriptors it goes on with.
    pub(crate) fn register(&self, key: u64) -> Result<bool, Error> {
        let known = Pid::own();
        // Without /proc, as after chroot(2), it is one of the launcher's namespace, if that is possible.
        let pid = known.unwrap_or_else(|| self.launcher_beside(pid::own_number()));
        let is_it = |slot: &ProcessSlot| slot.pid.load() == pid;
        let may_be = |slot: &ProcessSlot| known.is_none() && slot.pid.load().number == pid.number;
        let slots = &self.shared().process;
        let own = slots.iter().position(is_it).or_else(|| slots.iter().position(may_be));
        match own {
            Some(index) => {
                self.replace(index, key)?;
                Ok(true)
            }
            None => {
                let index = self.take_place(pid)?;
                self.settle(index, key);
                Ok(false)
            }
        }
    }

    /// The process of this number in the launcher's namespace.
    fn launcher_beside(&self, number: u32) -> Pid {
        Pid { number, ..self.shared().launcher() }
    }

    /// The program in this place has been replaced by this one.
    fn replace(&self, index: usize, key: u64) -> Result<(), Error> {
        let former = self.shared().process[index].key.load(Ordering::Acquire);
        let tasks = self.shared().free_threads(index as u32);
        self.settle(index, key);
        if tasks.len() > 1 {
            // The host has ended the others, whatever they were doing.
            wake::wake_all(self);
        }
        let exec = self.exported().process_exec;
        // SAFETY: this thread is outside the kernel, and the former's are gone.
        let failed = exec.map_or(0, |exec| unsafe { exec(former, key) });
        self.forget_tasks(&tasks);
        // It may not have had any task.
        if failed != 0 && failed != -libc::ESRCH {
            return Err(Error::host("the descriptors of the former program", -failed));
        }
        Ok(())
    }

    /// Gives back the tasks of threads of another process, which are gone.
    pub(crate) fn forget_tasks(&self, tasks: &[u64]) {
        let Some(destroy) = self.exported().task_destroy else { return };
        for task in tasks.iter().filter(|task| **task != 0) {
            // SAFETY: nobody else has it; this thread is outside the kernel.
            current::busy(|| unsafe { destroy(*task as *mut SimTask) });
        }
    }

    /// A process in the library that stands for somebody of the host's and makes no calls.
    pub(crate) fn make_stand_in(&self, key: u64) {
        let Some(create) = self.exported().task_create else { return };
        // SAFETY: the calling thread is outside the kernel.
        let task = current::busy(|| unsafe { create(null_mut(), key) });
        self.forget_tasks(&[task as u64]);
    }

    /// Ends such a one.
    pub(crate) fn end_stand_in(&self, key: u64) {
        if let Some(kill) = self.exported().process_kill {
            // SAFETY: as above.
            current::busy(|| unsafe { kill(key) });
        }
    }

    /// A place for a process with this pid, or one that is to be told ([`Pid::TO_COME`]).
    pub(crate) fn take_place(&self, pid: Pid) -> Result<usize, Error> {
        let slots = &self.shared().process;
        let free = slots.iter().position(|slot| slot.pid.exchange(Pid::NONE, pid));
        free.ok_or(Error::Full { what: "processes", limit: PROCESSES })
    }

    /// This process is `key` from now on, in its place.
    pub(crate) fn settle(&self, index: usize, key: u64) {
        let slot = &self.shared().process[index];
        slot.key.store(key, Ordering::Release);
        slot.poller.store(layout::NOBODY, Ordering::Relaxed);
        slot.polls.store(layout::POLLS_NOTHING, Ordering::Relaxed);
        slot.followers.store(0, Ordering::Relaxed);
        slot.next_poller.store(layout::NOBODY, Ordering::Relaxed);
        slot.leaving.store(0, Ordering::Relaxed);
        self.key.store(key, Ordering::Relaxed);
        self.pid.store(pid::own_number(), Ordering::Relaxed);
        self.index.store(index as u32, Ordering::Relaxed);
        stray::mark(self.base);
    }
}

// SPDX-License-Identifier: GPL-2.0

//! Who is told about a socket by signals: F_SETOWN of fcntl(2). The stack's kernel has it as on any
//! Linux, but for the numbers: it knows processes and threads by its own. What programs say is
//! translated here, and the signals that it sends are sent on to the host's.
//!
//! Process groups are the host's. In the kernel a process stands for one that makes no calls;
//! `Shared::group` says for which. Told are those of the group that use the instance.

use core::ffi::c_void;
use core::ptr::null_mut;
use core::sync::atomic::Ordering;

use libc::siginfo_t;

use crate::current::busy;
use crate::gate;
use crate::kill::{self, group_of};
use crate::layout::{Group, MAKER, ProcessSlot, Slot};
use crate::pid::Pid;
use crate::process::{Process, process};

/// `struct f_owner_ex` of `<asm-generic/fcntl.h>`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(C)]
pub struct Owner {
    pub kind: i32,
    pub number: i32,
}

/// `F_OWNER_*`: a thread, a process, a process group.
pub const THREAD: i32 = 0;
pub const PROCESS: i32 = 1;
pub const GROUP: i32 = 2;

/// No such process, as system calls say it.
const UNKNOWN: i32 = -libc::ESRCH;

impl Owner {
    /// As the stack's kernel knows it; a negative errno if it is none that uses the instance. Called by a
    /// thread outside the kernel.
    pub fn in_library(self) -> Result<Self, i32> {
        let process = process();
        let (kind, number) = match self.kind {
            THREAD..=GROUP if self.number == 0 => (self.kind.min(PROCESS), 0),
            THREAD..=GROUP if self.number < 0 => return Err(UNKNOWN),
            THREAD => (THREAD, number_of_thread(process, self.number)),
            PROCESS => (PROCESS, number_of_process(process, self.number)),
            GROUP => (PROCESS, number_of_group(process, self.number)),
            _ => return Err(-libc::EINVAL),
        };
        if number < 0 { Err(number) } else { Ok(Owner { kind, number }) }
    }

    /// As the host knows what is one of the library's; with the number 0 if it is none any more.
    pub fn on_host(self) -> Self {
        let (mut key, mut private) = (0, null_mut());
        let numbered = process().exported().task_numbered;
        let found = self.number != 0
            // SAFETY: two places; the calling thread is outside the kernel.
            && numbered.is_some_and(|numbered| busy(|| unsafe { numbered(self.number, &mut key, &mut private) }) == 0);
        if found { named(process(), self.kind, key, private) } else { Owner { number: 0, ..self } }
    }
}

/// The number of the launcher, in its own namespace.
pub fn launcher() -> u32 {
    process().shared().launcher().number
}

fn named(process: &Process, kind: i32, key: u64, private: *mut c_void) -> Owner {
    if let Some(group) = process.shared().group.iter().find(|group| group.is_named(key)) {
        let number =
            group.number(process).filter(|number| members(process, *number).next().is_some());
        return Owner { kind: GROUP, number: number.unwrap_or(0) };
    }
    let number = match thread(process, private) {
        Some((_, slot)) => slot.tid.load(Ordering::Relaxed),
        None => find(process, |slot| slot.is_named(key)).map_or(0, ProcessSlot::number),
    };
    Owner { kind, number: number as i32 }
}

fn number_of_process(process: &Process, pid: i32) -> i32 {
    match find(process, |slot| slot.number() == pid as u32) {
        Some(slot) => number(process, slot.key.load(Ordering::Acquire), null_mut()),
        None => UNKNOWN,
    }
}

fn number_of_thread(process: &Process, tid: i32) -> i32 {
    let shared = process.shared();
    let is_it =
        |slot: &Slot| slot.process().is_some() && slot.tid.load(Ordering::Relaxed) == tid as u32;
    let Some(place) = shared.slot.iter().position(is_it) else { return UNKNOWN };
    let private = (place + 1) as *mut c_void;
    match thread(process, private) {
        Some((owner, _)) => number(process, owner.key.load(Ordering::Acquire), private),
        None => UNKNOWN,
    }
}

/// The library's number of a process, or of a thread.
fn number(process: &Process, key: u64, private: *mut c_void) -> i32 {
    let number = process.exported().task_number;
    // SAFETY: the calling thread is outside the kernel.
    number.map_or(-libc::ENOSYS, |number| busy(|| unsafe { number(key, private) }))
}

/// The thread with this `private`, and its process.
fn thread(
    process: &Process,
    private: *mut c_void,
) -> Option<(&'static ProcessSlot, &'static Slot)> {
    let slot = process.slot((private as usize).checked_sub(1)?);
    Some((&process.shared().process[slot.process()? as usize], slot))
}

fn find(process: &Process, is_it: impl Fn(&ProcessSlot) -> bool) -> Option<&'static ProcessSlot> {
    programs(process).find(|slot| is_it(slot))
}

fn programs(process: &Process) -> impl Iterator<Item = &'static ProcessSlot> {
    process.shared().process[MAKER + 1..].iter().filter(|slot| slot.number() != 0)
}

// ---- groups ----

fn number_of_group(process: &Process, group: i32) -> i32 {
    if members(process, group).next().is_none() {
        return UNKNOWN;
    }
    let groups = &process.shared().group;
    if let Some(known) = groups.iter().find(|known| known.number(process) == Some(group)) {
        return number(process, known.key.load(Ordering::Acquire), null_mut());
    }
    free_groups(process);
    let key = process.new_key();
    let Some(free) = groups.iter().find(|place| place.take(key)) else { return -libc::EAGAIN };
    process.make_stand_in(key);
    free.pid.store(Pid { number: group as u32, ..process.own_slot().pid.load() });
    number(process, key, null_mut())
}

/// Groups that nobody is in are nobody's owners any more.
fn free_groups(process: &Process) {
    for group in &process.shared().group {
        let (pid, key) = (group.pid.load(), group.key.load(Ordering::Acquire));
        let is_left = |number| members(process, number).next().is_some();
        if group.number(process).is_some_and(|number| !is_left(number)) && group.free(pid) {
            process.end_stand_in(key);
        }
    }
}

/// The processes of the instance in a group.
fn members(process: &Process, group: i32) -> impl Iterator<Item = &'static ProcessSlot> {
    programs(process).filter(move |slot| group_of(slot.number()) == group)
}

// ---- signals ----

/// A signal of the kernel's for the thread with this `private`, or if that is null, for the process or
/// group of this name. Called while the kernel executes.
pub(crate) fn send(
    process: &Process,
    key: u64,
    private: *mut c_void,
    signal: i32,
    info: &siginfo_t,
) {
    let groups = &process.shared().group;
    if let Some((owner, slot)) = thread(process, private) {
        let tid = slot.tid.load(Ordering::Relaxed);
        if owner.is_named(key) {
            deliver(owner.number(), Some(tid), signal, info);
        }
    } else if let Some(group) = groups.iter().find(|group| group.is_named(key)) {
        let number = group.number(process);
        let members = number.into_iter().flat_map(|number| members(process, number));
        members.for_each(|slot| deliver(slot.number(), None, signal, info));
    } else if let Some(slot) = find(process, |slot| slot.is_named(key)) {
        deliver(slot.number(), None, signal, info);
    }
}

/// Sends a signal to a process of the host, or to a thread of it; to nobody if that has just ended.
fn deliver(pid: u32, tid: Option<u32>, signal: i32, info: &siginfo_t) {
    if pid == 0 {
        // To the host it would be the group of whoever executes the kernel.
        return;
    }
    let sent = match info.si_code {
        // One without any: as kill(2), by whoever executes the kernel.
        libc::SI_USER => tell(pid, tid, signal),
        _ => queue(pid, tid, signal, &in_disguise(info)),
    };
    if sent == -(libc::EAGAIN as isize) {
        // As the kernel does.
        tell(pid, tid, libc::SIGIO);
    }
}

fn tell(pid: u32, tid: Option<u32>, signal: i32) -> isize {
    let [pid, signal] = [pid as usize, signal as usize];
    match tid {
        Some(tid) => call(libc::SYS_tgkill, [pid, tid as usize, signal, 0]),
        None => call(libc::SYS_kill, [pid, signal, 0, 0]),
    }
}

fn queue(pid: u32, tid: Option<u32>, signal: i32, info: &siginfo_t) -> isize {
    let ([pid, signal], info) =
        ([pid as usize, signal as usize], core::ptr::from_ref(info) as usize);
    match tid {
        Some(tid) => call(libc::SYS_rt_tgsigqueueinfo, [pid, tid as usize, signal, info]),
        None => call(libc::SYS_rt_sigqueueinfo, [pid, signal, info, 0]),
    }
}

fn call(nr: i64, [a, b, c, d]: [usize; 4]) -> isize {
    // SAFETY: a signal to a program of the instance.
    unsafe { gate::syscall(nr, [a, b, c, d, 0, 0]) }
}

/// The code by which the host lets a process tell another what is said of files.
const SI_SIGIO: i32 = -5;

/// Only the host's kernel may give signals a code of a kernel's: theirs is another one on their way.
fn in_disguise(info: &siginfo_t) -> siginfo_t {
    let mut disguised = *info;
    (disguised.si_code, disguised.si_errno) = (SI_SIGIO, info.si_code);
    disguised
}

/// Gives a signal that has arrived the code that [`send`] had to hide. For its handler to see.
pub fn unveil(info: &mut siginfo_t) {
    if info.si_code == SI_SIGIO && info.si_errno != 0 {
        info.si_code = core::mem::take(&mut info.si_errno);
    }
}

impl ProcessSlot {
    /// The number by which this process knows it, 0 if there is none.
    fn number(&self) -> u32 {
        kill::number(process(), self).unwrap_or(0)
    }

    fn is_named(&self, key: u64) -> bool {
        self.key.load(Ordering::Acquire) == key
    }
}

impl Group {
    /// Its number; `None` if it has none, or that counts in another namespace.
    fn number(&self, process: &Process) -> Option<i32> {
        let (own, pid) = (process.own_slot().pid.load(), self.pid.load());
        (pid != Pid::NONE && pid.is_beside(own)).then_some(pid.number as i32)
    }

    fn is_named(&self, key: u64) -> bool {
        self.key.load(Ordering::Acquire) == key && self.pid.load() != Pid::NONE
    }

    fn take(&self, key: u64) -> bool {
        self.key.compare_exchange(0, key, Ordering::AcqRel, Ordering::Relaxed).is_ok()
    }

    /// True for one of those that want to.
    fn free(&self, pid: Pid) -> bool {
        let freed = self.pid.exchange(pid, Pid::NONE);
        if freed {
            self.key.store(0, Ordering::Release);
        }
        freed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_survive_their_disguise() {
        // SAFETY: plain data.
        let mut info: siginfo_t = unsafe { core::mem::zeroed() };
        for code in [1, 6, libc::SI_KERNEL, SI_SIGIO] {
            info.si_code = code;
            let mut sent = in_disguise(&info);
            assert!(sent.si_code < 0);
            unveil(&mut sent);
            assert_eq!((sent.si_code, sent.si_errno), (code, 0));
        }
    }

    #[test]
    fn what_others_send_is_left_alone() {
        // SAFETY: plain data.
        let mut info: siginfo_t = unsafe { core::mem::zeroed() };
        (info.si_code, info.si_errno) = (libc::SI_QUEUE, 3);
        unveil(&mut info);
        assert_eq!((info.si_code, info.si_errno), (libc::SI_QUEUE, 3));
    }

    #[test]
    fn a_group_has_one_place() {
        let [five, six] = [5, 6].map(|number| Pid { number, namespace: 1 });
        let group = Group::default();
        assert!(group.take(7) && !group.take(8) && !group.is_named(7));
        group.pid.store(five);
        assert!(group.is_named(7) && !group.free(six) && group.free(five) && !group.free(five));
        assert!(!group.is_named(7) && group.take(8));
    }
}

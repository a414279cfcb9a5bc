// SPDX-License-Identifier: GPL-2.0

//! Where things are, in every process that uses an instance, and what they share.
//!
//! ```text
//!  BASE    PROCESS   private to each process: its table of operations, its descriptors
//!  +4 K    MARK      private: see `stray`
//!  +1 M    SHARED    memfd: the head of the instance, slots, devices
//!  +4 M    IMAGE     the file of the library, and memfd: its data, relocated
//!  +128 M  DEVICES   memfd, or what a device's carrier maps there: see `carrier`
//!  +256 M  ARENA     memfd: the instance's memory
//!
//!  GATE              private: see `gate`
//! ```
//!
//! One process may hold several instances, at other bases; a program under NUSE has one, at
//! [`BASE`], an address that is free under ASan, Go and PIE alike.

use core::sync::atomic::{AtomicI32, AtomicU32, AtomicU64, Ordering};

use liblinux_abi::SimExported;
use libos_loader::Common;

use crate::pid::{AtomicPid, Pid};
use crate::ring::Ring;
use crate::streak::Streak;
use crate::sys;

pub use libos_loader::layout::*;

/// The memory of devices, between the image and the arena.
pub const DEVICE_OFFSET: usize = 128 << 20;
/// Of each device.
pub const DEVICE_ROOM: usize = 8 << 20;

/// Threads with a task that an instance can have.
pub const SLOTS: usize = 4096;
/// Processes that an instance can have.
pub const PROCESSES: usize = 1024;
/// The place of the one that made the instance, which is no program on it.
pub const MAKER: usize = 0;
/// Eventfds that processes are rung with. Beyond so many processes some share one.
pub const BELLS: usize = 64;
/// Interfaces that an instance can have.
pub const DEVICES: usize = 16;
/// Paths that can be made the host's, and the room for each.
pub const HOST_PATHS: usize = 16;
pub const HOST_PATH: usize = 256;
/// Descriptors that can be on their way from one process to another.
pub const LETTERS: usize = 1024;
/// Process groups that can be owners of sockets.
pub const GROUPS: usize = 64;

/// The descriptors of an instance, in the order in which they are passed on: the memfd, the file of the
/// library, the bells of the leader and of processes,
pub const LIBRARY_AT: usize = 1;
pub const LEADER_BELL_AT: usize = LIBRARY_AT + 1;
pub const BELLS_AT: usize = LEADER_BELL_AT + 1;
/// the file that gets all frames, the interposer, the runner of static programs, the file of letters,
/// the pipe from the launcher, a folder in which nobody can do harm
pub const CAPTURE_AT: usize = BELLS_AT + BELLS;
pub const INTERPOSER_AT: usize = CAPTURE_AT + 1;
pub const RUNNER_AT: usize = INTERPOSER_AT + 1;
pub const LETTERS_AT: usize = RUNNER_AT + 1;
pub const GUARD_AT: usize = LETTERS_AT + 1;
pub const NOWHERE_AT: usize = GUARD_AT + 1;
/// and the devices, of which there may be less.
pub const DEVICES_AT: usize = NOWHERE_AT + 1;
pub const DESCRIPTORS: usize = DEVICES_AT + DEVICES * DEVICE_FDS;
/// Descriptors of a device: what is polled, and what else its carrier needs.
pub const DEVICE_FDS: usize = 3;

/// Head of the memfd: "LibOS" and the version of this layout.
pub const MAGIC: u64 = u64::from_be_bytes(*b"LibOS\0\0\x09");

/// How long the head is, and the table in it.
pub const LAYOUT: u64 = (size_of::<Shared>() as u64) << 32 | size_of::<SimExported>() as u64;

/// What all processes of an instance share.
#[repr(C)]
pub struct Shared {
    pub magic: u64,
    /// [`LAYOUT`]: another build may have another one.
    pub layout: u64,
    /// Bytes of the memfd.
    pub size: u64,
    pub image_size: u64,
    /// Of the image, what is the library's file.
    pub common: Common,
    pub arena_size: u64,
    /// The library's table; its addresses are valid in every process.
    pub exported: SimExported,

    /// When the library wants its timer interrupt, in nanoseconds of CLOCK_MONOTONIC.
    pub deadline: AtomicU64,
    /// Who waits for packets and timers: [`NOBODY`], or the number of a slot plus one.
    pub leader: AtomicU32,
    /// Until when the leader polls, in nanoseconds of CLOCK_MONOTONIC.
    pub leader_until: AtomicU64,
    /// Somebody has raised an interrupt for the leader, who may be about to poll.
    pub told: AtomicU32,
    /// The driver polls the devices, or is about to.
    pub driver_polls: AtomicU32,
    /// Names of processes given out so far; see `Process::key`.
    pub keys: AtomicU64,
    /// Counts calls, so that the driver sees whether anything moves.
    pub activity: AtomicU64,
    /// Bytes sent to devices since one of them was last read: there may be answers.
    pub unanswered: AtomicU64,
    /// Slots in use.
    pub threads: AtomicU32,
    /// Frames that wait to be sent.
    pub ring: Ring,
    /// What the sender does, who sleeps here; see `sender`.
    pub sender: AtomicU32,
    /// Whether it is worthwhile to wake him.
    pub streak: Streak,
    /// The driver sleeps here while threads lead.
    pub driver_bell: AtomicU32,
    /// Processes whose `ended` is set.
    pub ended: AtomicU32,
    /// The interfaces that devices 0 to `devices` stand for.
    pub devices: AtomicU32,
    /// Least important level of the kernel's log that is printed.
    pub log_level: AtomicI32,
    /// Whether frames are recorded: [`CAPTURE_OFF`], [`CAPTURE_ON`] or [`CAPTURE_BROKEN`].
    pub capture: AtomicU32,
    /// The capabilities on the host with which a program may do everything in the stack; 0: every program may;
    /// and the user namespace where they count. See `credentials`.
    pub capabilities: AtomicU64,
    pub user_namespace: AtomicU64,
    /// Letters under way; see `letter`.
    pub letters: AtomicU32,
    /// Names given to held files so far.
    pub letter_names: AtomicU64,
    /// How many paths are the host's for the programs, and which, each with a NUL at its end. Written
    /// before there are programs.
    pub host_paths: AtomicU32,
    pub host_path: [[u8; HOST_PATH]; HOST_PATHS],
    pub device: [DeviceInfo; DEVICES],
    /// The names of the files that letters are about; 0: no letter.
    pub letter: [AtomicU64; LETTERS],
    /// The groups that own sockets; see `owner`.
    pub group: [Group; GROUPS],
    pub process: [ProcessSlot; PROCESSES],
    pub slot: [Slot; SLOTS],
}

impl Shared {
    /// Whether it is the head of an instance of `size` bytes that this build can use.
    pub fn is_known(&self, size: usize) -> bool {
        (self.magic, self.layout, self.size) == (MAGIC, LAYOUT, size as u64)
    }

    /// The threads of the process in this place are gone: their slots, and what one of them led. Their
    /// tasks.
    pub fn free_threads(&self, process: u32) -> Vec<u64> {
        self.strip(process);
        self.ring.forget(process);
        let own = self.slot.iter().enumerate().filter(|(_, slot)| slot.is_of(process));
        own.map(|(number, slot)| {
            let task = slot.task.load(Ordering::Relaxed);
            self.free_slot(number);
            task
        })
        .collect()
    }

    /// Whether a thread of the process in this place has a slot.
    pub fn has_threads(&self, process: u32) -> bool {
        self.slot.iter().any(|slot| slot.is_of(process))
    }

    /// The thread of this slot is gone.
    pub fn free_slot(&self, number: usize) {
        // Its next thread may be killed before it has a task, and this one must not be freed again then.
        self.slot[number].task.store(0, Ordering::Relaxed);
        self.slot[number].owner.store(0, Ordering::Release);
        self.threads.fetch_sub(1, Ordering::Relaxed);
    }

    /// The launcher.
    pub fn launcher(&self) -> Pid {
        self.process[MAKER].pid.load()
    }

    /// Whether several threads use the instance.
    pub fn is_shared(&self) -> bool {
        self.threads.load(Ordering::Relaxed) > 1
    }

    /// If a thread of the process in this place, which is gone, led: nobody does.
    fn strip(&self, process: u32) {
        if self.is_led_by(process) {
            self.leader.store(NOBODY, Ordering::Release);
        }
    }

    /// Whether a thread of the process in this place leads.
    pub fn is_led_by(&self, process: u32) -> bool {
        let leader = self.leader.load(Ordering::Acquire).checked_sub(1);
        leader.is_some_and(|number| self.slot[number as usize].is_of(process))
    }

    /// Something moves. A count that two threads made one of still differs from the last.
    #[inline]
    pub fn moved(&self) {
        let count = self.activity.load(Ordering::Relaxed);
        self.activity.store(count + 1, Ordering::Relaxed);
    }
}

/// `Shared::capture`: there is no file for frames;
pub const CAPTURE_OFF: u32 = 0;
/// there is one;
pub const CAPTURE_ON: u32 = 1;
/// it took a part of a block: no more may follow.
pub const CAPTURE_BROKEN: u32 = 2;

/// `Shared::leader` and `ProcessSlot::poller` when there is none.
pub const NOBODY: u32 = 0;

/// A device of the host.
#[repr(C)]
pub struct DeviceInfo {
    /// The library's handle.
    pub handle: AtomicU64,
    /// What carries its frames; see `carrier`.
    pub carrier: AtomicU32,
    /// Of a link with two: which.
    pub side: AtomicU32,
    /// The library was refused a frame, and waits for room.
    pub full: AtomicU32,
    /// Frames that were ever kept of it, changed with the virtual processor held,
    pub kept: AtomicU32,
    /// and how many of them are sent, changed by the one that takes frames from the ring.
    pub sent: AtomicU32,
}

impl DeviceInfo {
    /// Frames that wait in the ring, of which that has no copy.
    pub fn waiting(&self) -> u32 {
        self.kept.load(Ordering::Relaxed).wrapping_sub(self.sent.load(Ordering::Acquire))
    }
}

/// A process that has attached.
#[repr(C)]
pub struct ProcessSlot {
    /// Its pid on the host, [`Pid::NONE`] if the slot is free. Until a child says who it is, its parent's
    /// word for it.
    pub pid: AtomicPid,
    /// The number by which the launcher knows it; 0 while that has not looked.
    pub seen: AtomicU32,
    /// Who had the place before, and until when, in nanoseconds of CLOCK_MONOTONIC.
    pub former: AtomicPid,
    pub left: AtomicU64,
    /// Its `Process::key`.
    pub key: AtomicU64,
    /// The key of the process that forked it, while `pid` is [`Pid::TO_COME`].
    pub parent: AtomicU64,
    /// 1 while its threads are kept out of the library, all but the one that wanted so; see
    /// `thread::leave`.
    pub leaving: AtomicU32,
    /// It has ended, and is to be buried by the driver.
    pub ended: AtomicU32,
    /// The slot plus one of its thread that is in a poll, 0 if none is.
    pub poller: AtomicU32,
    /// What that thread polls, or is about to: [`POLLS_NOTHING`], [`POLLS_FILES`], [`POLLS_DEVICES`].
    pub polls: AtomicU32,
    /// Its threads that wait for that one, or for another process's,
    pub followers: AtomicU32,
    /// and the slot plus one of the one that has been woken to poll next, until it runs.
    pub next_poller: AtomicU32,
}

impl ProcessSlot {
    /// The process is gone: another one may take the place.
    pub fn free(&self) {
        self.former.store(self.pid.load());
        self.left.store(sys::now(), Ordering::Relaxed);
        self.seen.store(0, Ordering::Relaxed);
        // Its parent may come to say who it was when there is another one to come.
        self.key.store(0, Ordering::Relaxed);
        self.pid.store(Pid::NONE);
    }

    /// Whether the process with this number has the place, or had it until a moment ago.
    pub fn is_known_as(&self, pid: Pid) -> bool {
        const MOMENT_NS: u64 = 1_000_000_000;
        let is_past = || sys::now().saturating_sub(self.left.load(Ordering::Relaxed)) > MOMENT_NS;
        self.pid.load() == pid || self.former.load() == pid && !is_past()
    }

    /// The thread with this slot plus one runs: if it was to poll next, it does or does not.
    pub fn has_run(&self, private: usize) {
        let (own, order) = (private as u32, Ordering::Relaxed);
        let _ = self.next_poller.compare_exchange(own, NOBODY, order, order);
    }
}

/// `ProcessSlot::polls` of a thread that is not in its poll;
pub const POLLS_NOTHING: u32 = 0;
/// of one that waits for the host's files of its process;
pub const POLLS_FILES: u32 = 1;
/// of the leader.
pub const POLLS_DEVICES: u32 = 2;

/// A process group of the host's that owns sockets.
#[repr(C)]
#[derive(Default)]
pub struct Group {
    /// Its number, and where that counts; [`Pid::NONE`] while there is none,
    pub pid: AtomicPid,
    /// and the library's name for the process that stands for it, 0 if the place is free.
    pub key: AtomicU64,
}

/// A thread that has a task.
#[repr(C, align(64))]
pub struct Slot {
    pub park: AtomicU32,
    /// Index of its process plus one; 0 while it belongs to no thread.
    owner: AtomicU32,
    /// Its thread id on the host.
    pub tid: AtomicU32,
    /// It is one of `ProcessSlot::followers`.
    pub follows: AtomicU32,
    /// The library's handle of its task, 0 while there is none.
    pub task: AtomicU64,
}

impl Slot {
    /// Takes it for a thread of the process in this place, if nobody has it.
    pub fn take(&self, process: u32) -> bool {
        let (order, failed) = (Ordering::AcqRel, Ordering::Relaxed);
        self.owner.compare_exchange(0, process + 1, order, failed).is_ok()
    }

    /// The place of its process; `None` if it belongs to no thread.
    pub fn process(&self) -> Option<u32> {
        self.owner.load(Ordering::Acquire).checked_sub(1)
    }

    /// Whether it belongs to a thread of the process in this place.
    pub fn is_of(&self, process: u32) -> bool {
        self.process() == Some(process)
    }
}

/// Nothing has happened since the last wait.
pub const PARK_NONE: u32 = 0;
/// The thread sleeps, or is about to.
pub const PARK_SLEEPS: u32 = 1;
/// The thread has been woken.
pub const PARK_WOKEN: u32 = 2;

const _: () = assert!(size_of::<Shared>() <= IMAGE_OFFSET - SHARED_OFFSET);
const _: () = assert!(DEVICE_OFFSET + DEVICES * DEVICE_ROOM <= ARENA_OFFSET);

// SPDX-License-Identifier: GPL-2.0

//! Threads. One that the program clones is a thread of libc's, so that it has thread-local storage for
//! the runner; it takes over the registers that the program's clone(2) gave it.

use core::ffi::{c_int, c_void};
use core::mem::MaybeUninit;
use core::ptr::null_mut;
use core::sync::atomic::{AtomicU32, Ordering};
use std::sync::Once;
use std::thread;

use libos_host::sys;

use super::record::{Record, own_tid};
use super::{actions, crossing};
use crate::errno::{Errno, Outcome};
use crate::signals::mask;
use crate::{host, library, memory, registers};

/// How many there are.
static COUNT: AtomicU32 = AtomicU32::new(1);

/// Whether the calling thread is the only one: its end is that of the process.
pub fn is_only() -> bool {
    COUNT.load(Ordering::Acquire) == 1
}

/// In the child of a fork.
pub fn forget_others() {
    COUNT.store(1, Ordering::Release);
}

/// For what the runner does in a thread.
const STACK: usize = 256 << 10;

/// What clone(2) is asked for.
#[derive(Clone, Copy)]
pub struct Wish {
    pub flags: c_int,
    pub stack: usize,
    pub parent_tid: usize,
    pub child_tid: usize,
    pub tls: usize,
}

impl Wish {
    pub fn has(&self, flag: c_int) -> bool {
        self.flags & flag != 0
    }

    /// In the new thread or process, whose record may be a copy of its parent's: its registers.
    pub fn apply(&self, record: &Record) {
        registers::set_result(record.registers(), 0);
        if self.stack != 0 {
            registers::set_stack(record.registers(), self.stack);
        }
        if self.has(libc::CLONE_SETTLS) {
            record.program_fs.set(self.tls);
        }
        if self.has(libc::CLONE_CHILD_SETTID) {
            memory::write(self.child_tid, own_tid());
        }
        let clears = self.has(libc::CLONE_CHILD_CLEARTID);
        record.clear_tid.set(if clears { self.child_tid } else { 0 });
    }
}

/// What a new thread is told.
struct Birth<'a> {
    parent: &'a Record,
    wish: Wish,
    mask: u64,
    /// Its number when it has begun, [`FAILED`] if it cannot; 0 before.
    tid: AtomicU32,
}

const FAILED: u32 = u32::MAX;

/// clone(2) with CLONE_THREAD.
pub fn create(record: &Record, wish: Wish) -> Outcome {
    let mask = mask::set(mask::ALL);
    prepare_libc();
    let birth = Birth { parent: record, wish, mask, tid: AtomicU32::new(0) };
    COUNT.fetch_add(1, Ordering::AcqRel);
    let created = start(&birth);
    while created && birth.tid.load(Ordering::Acquire) == 0 {
        sys::futex_wait(&birth.tid, 0, None);
    }
    record.return_under(mask);
    match birth.tid.load(Ordering::Acquire) {
        0 | FAILED => {
            COUNT.fetch_sub(1, Ordering::AcqRel);
            Err(Errno(libc::EAGAIN))
        }
        tid => Ok(tid as isize),
    }
}

/// When libc makes its first thread, it takes a signal of the program's and lets it through. So its first
/// one is one that does nothing, while the program has no other that could send it.
fn prepare_libc() {
    static PREPARED: Once = Once::new();
    PREPARED.call_once(|| {
        let first = thread::Builder::new().stack_size(STACK).spawn(|| {});
        drop(first.map(thread::JoinHandle::join));
        actions::take_back_from_libc();
    });
}

fn start(birth: &Birth<'_>) -> bool {
    let mut attributes = MaybeUninit::uninit();
    let mut thread = 0;
    let argument = core::ptr::from_ref(birth).cast_mut().cast();
    // SAFETY: libc's own types, initialized before they are used; the thread is told of something that
    // lasts until it has begun.
    unsafe {
        libc::pthread_attr_init(attributes.as_mut_ptr());
        libc::pthread_attr_setstacksize(attributes.as_mut_ptr(), STACK);
        libc::pthread_attr_setdetachstate(attributes.as_mut_ptr(), libc::PTHREAD_CREATE_DETACHED);
        let failed = libc::pthread_create(&raw mut thread, attributes.as_ptr(), begin, argument);
        libc::pthread_attr_destroy(attributes.as_mut_ptr());
        failed == 0
    }
}

/// The new thread, with all signals blocked.
extern "C" fn begin(birth: *mut c_void) -> *mut c_void {
    // SAFETY: from `start`.
    let birth = unsafe { &*birth.cast::<Birth<'_>>() };
    let record = Record::new().filter(|record| record.settle().is_ok());
    let told = |tid: u32| {
        let word = birth.tid.as_ptr();
        birth.tid.store(tid, Ordering::Release);
        sys::futex_wake(word.cast(), 1);
    };
    let Some(record) = record else {
        told(FAILED);
        return null_mut();
    };
    *record.registers() = *birth.parent.registers();
    record.program_fs.set(birth.parent.program_fs.get());
    // SAFETY: the parent waits for this thread.
    unsafe { crossing::copy_extended(birth.parent, record) };
    birth.wish.apply(record);
    if birth.wish.has(libc::CLONE_PARENT_SETTID) {
        memory::write(birth.wish.parent_tid, own_tid());
    }
    record.return_under(birth.mask);
    record.held.block(birth.parent.held.blocked());
    told(own_tid() as u32);
    // SAFETY: the registers are those that the program wants.
    unsafe { crossing::become_program(record) };
    record.unsettle();
    null_mut()
}

/// Another thread is about to end the process.
pub fn await_end() -> ! {
    mask::set(mask::ALL);
    loop {
        let _ = host::syscall::<0>(libc::SYS_pause, []);
    }
}

/// exit(2).
pub fn exit(record: &Record, status: c_int) -> ! {
    mask::set(mask::ALL);
    EXIT_STATUS.store(status as u32, Ordering::Relaxed);
    COUNT.fetch_sub(1, Ordering::AcqRel);
    clear_tid(record);
    // SAFETY: nothing here needs cleaning up.
    unsafe { crossing::end_program() }
}

/// Of the first thread: the process's, if that is the last to end.
static EXIT_STATUS: AtomicU32 = AtomicU32::new(0);

/// Tells those who wait for the thread's end that nothing of it is used any more.
fn clear_tid(record: &Record) {
    let word = record.clear_tid.replace(0);
    if word != 0 && memory::write(word, 0u32) {
        sys::futex_wake(word as *const AtomicU32, 1);
    }
}

/// The first thread ends as the host has it: libc would end the process.
pub fn end_first(_record: &Record) -> ! {
    library::forget_own_thread();
    let status = EXIT_STATUS.load(Ordering::Relaxed) as usize;
    loop {
        let _ = host::syscall(libc::SYS_exit, [status]);
    }
}

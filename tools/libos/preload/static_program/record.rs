// SPDX-License-Identifier: GPL-2.0

//! What is known of a thread of the program. The GS base points to it, which programs of this kind do
//! not use: it is found whichever thread-local storage is in use, and by the gate.

use core::cell::{Cell, UnsafeCell};
use core::ffi::c_int;
use core::mem::offset_of;
use core::sync::atomic::{AtomicU8, AtomicU32, Ordering};

use libos_host::layout::{GATE, PAGE};

use super::bases;
use super::legacy::Legacy;
use crate::errno::{Errno, Outcome};
use crate::host;
use crate::registers::{self, Registers};
use crate::signals::held::Held;
use crate::signals::mask;

const PR_SET_SYSCALL_USER_DISPATCH: usize = 59;
const PR_SYS_DISPATCH_ON: usize = 1;

/// `SYSCALL_DISPATCH_FILTER_ALLOW` and `_BLOCK` of `<linux/prctl.h>`.
pub const ALLOW: u8 = 0;
pub const BLOCK: u8 = 1;

/// What a thread has become the runner's for.
#[derive(Clone, Copy)]
pub enum Work {
    /// The system call in its registers.
    Call,
    /// What is done by default about a signal.
    Default(c_int),
    /// The end of the process by a signal of an instruction, which will be executed again.
    Fault(c_int),
    /// A call as 32-bit programs make it.
    Foreign,
}

/// A thread. It is used by this thread only, and by its signal handler.
#[repr(C)]
pub struct Record {
    /// Its own address.
    own: *const Record,
    /// Where [`libos_host::gate::BACK`] goes on.
    pub back: Cell<usize>,
    /// [`BLOCK`] while the thread is the program's: what the host's kernel looks at.
    pub selector: AtomicU8,
    /// The crossing has to restore `mask`.
    pub restores_mask: AtomicU8,
    /// A call of the host's is being made for the program, which a signal interrupts.
    pub host_call: AtomicU8,
    _unused: u8,
    /// A signal waits for the way out.
    pub waits: AtomicU32,
    /// The two FS bases.
    pub program_fs: Cell<usize>,
    pub runner_fs: Cell<usize>,
    /// The top of the runner's stack.
    pub stack: Cell<usize>,
    /// The registers that the general ones are not: an area for xsave(1).
    pub extended: Cell<usize>,
    pub mask: Cell<u64>,
    /// The program's, while the thread is the runner's.
    pub registers: UnsafeCell<Registers>,
    // ---- not for assembly ----
    pub work: Cell<Work>,
    /// Where the thread's number is to be cleared when it ends, or 0; see set_tid_address(2).
    pub clear_tid: Cell<usize>,
    /// The mask after the next handler, if not the one that its signal interrupts.
    pub mask_after: Cell<Option<u64>>,
    /// Signals that the program has blocked, and we never do.
    pub held: Held,
    /// What is left to the parent, in the child of vfork(2).
    pub legacy: Cell<Option<Legacy>>,
    /// The program's signal stack.
    pub signal_stack: Cell<libc::stack_t>,
    /// The one that the kernel knows, which is ours.
    pub own_signal_stack: libc::stack_t,
}

/// Where crossing.rs finds what it needs.
pub mod at {
    use super::{Record, offset_of};

    pub const BACK: usize = offset_of!(Record, back);
    pub const SELECTOR: usize = offset_of!(Record, selector);
    pub const RESTORES_MASK: usize = offset_of!(Record, restores_mask);
    pub const HOST_CALL: usize = offset_of!(Record, host_call);
    pub const WAITS: usize = offset_of!(Record, waits);
    pub const PROGRAM_FS: usize = offset_of!(Record, program_fs);
    pub const RUNNER_FS: usize = offset_of!(Record, runner_fs);
    pub const STACK: usize = offset_of!(Record, stack);
    pub const EXTENDED: usize = offset_of!(Record, extended);
    pub const MASK: usize = offset_of!(Record, mask);
    pub const REGISTERS: usize = offset_of!(Record, registers);
}

/// The gate knows these two.
const _: () = assert!(offset_of!(Record, own) == 0 && offset_of!(Record, back) == 8);

/// No signal stack, as sigaltstack(2) has it.
pub const NO_STACK: libc::stack_t =
    libc::stack_t { ss_sp: core::ptr::null_mut(), ss_flags: libc::SS_DISABLE, ss_size: 0 };

/// For frames of signals that interrupt each other, on any processor.
const SIGNAL_STACK: usize = 64 << 10;

/// The calling thread's.
#[inline]
pub fn current() -> &'static Record {
    // SAFETY: each thread of the program has one, for as long as it runs.
    unsafe { &*bases::record() }
}

impl Record {
    /// A record for a new thread; `None` if there is no memory.
    pub fn new() -> Option<&'static Self> {
        let from = memory()?;
        let extended = from + PAGE;
        let stack = libc::stack_t {
            ss_sp: (extended + registers::extended_size().next_multiple_of(PAGE)) as *mut _,
            ss_flags: 0,
            ss_size: SIGNAL_STACK,
        };
        let record = from as *mut Record;
        // SAFETY: new memory, of which the record is in the first page.
        unsafe {
            record.write(Record {
                own: record,
                back: Cell::new(0),
                selector: AtomicU8::new(ALLOW),
                restores_mask: AtomicU8::new(0),
                host_call: AtomicU8::new(0),
                _unused: 0,
                waits: AtomicU32::new(0),
                program_fs: Cell::new(0),
                runner_fs: Cell::new(0),
                stack: Cell::new(0),
                extended: Cell::new(extended),
                mask: Cell::new(0),
                registers: UnsafeCell::new(Registers::default()),
                work: Cell::new(Work::Call),
                clear_tid: Cell::new(0),
                mask_after: Cell::new(None),
                held: Held::new(),
                legacy: Cell::new(None),
                signal_stack: Cell::new(NO_STACK),
                own_signal_stack: stack,
            });
            registers::prepare_extended(extended);
            Some(&*record)
        }
    }

    /// Makes it the calling thread's, whose calls are caught from now on while it is the program's.
    pub fn settle(&self) -> Outcome {
        bases::set_record(self)?;
        self.runner_fs.set(bases::fs_base());
        let stack = &raw const self.own_signal_stack as usize;
        host::syscall(libc::SYS_sigaltstack, [stack, 0])?;
        self.catch_calls()
    }

    /// Also in the child of a fork, whose calls are not.
    pub fn catch_calls(&self) -> Outcome {
        let selector = self.selector.as_ptr() as usize;
        let args = [PR_SET_SYSCALL_USER_DISPATCH, PR_SYS_DISPATCH_ON, GATE, PAGE, selector];
        host::syscall(libc::SYS_prctl, args)
    }

    /// The thread has ended for the program.
    pub fn unsettle(&self) {
        let none = NO_STACK;
        let none = &raw const none as usize;
        let _ = host::syscall(libc::SYS_prctl, [PR_SET_SYSCALL_USER_DISPATCH, 0, 0, 0, 0]);
        let _ = host::syscall(libc::SYS_sigaltstack, [none, 0]);
        let _ = host::syscall(libc::SYS_munmap, [self.own as usize, size()]);
    }

    pub fn is_program(&self) -> bool {
        self.selector.load(Ordering::Relaxed) == BLOCK
    }

    /// The program's registers.
    #[allow(
        clippy::mut_from_ref,
        reason = "only one thread has the record, in one place at a time"
    )]
    pub fn registers(&self) -> &mut Registers {
        // SAFETY: as the type says; the signal handler looks at them only while nobody else does.
        unsafe { &mut *self.registers.get() }
    }

    /// The crossing makes `mask` the thread's.
    pub fn return_under(&self, mask: u64) {
        self.mask.set(mask & !mask::KEPT);
        self.restores_mask.store(1, Ordering::Relaxed);
    }
}

/// In pages: the record, the extended registers, the signal stack.
fn size() -> usize {
    PAGE + registers::extended_size().next_multiple_of(PAGE) + SIGNAL_STACK
}

const _: () = assert!(size_of::<Record>() <= PAGE);

fn memory() -> Option<usize> {
    let access = (libc::PROT_READ | libc::PROT_WRITE) as usize;
    let flags = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS) as usize;
    let args = [0, size(), access, flags, usize::MAX, 0];
    host::syscall(libc::SYS_mmap, args).ok().map(|at| at as usize)
}

/// The number of the calling thread.
pub fn own_tid() -> c_int {
    host::syscall::<0>(libc::SYS_gettid, []).map_or(0, |tid| tid as c_int)
}

/// What the kernel says of an argument that is not possible.
pub const INVALID: Errno = Errno(libc::EINVAL);

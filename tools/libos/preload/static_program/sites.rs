// SPDX-License-Identifier: GPL-2.0

//! Places of the program that make calls. A call that is caught by a signal takes long; so the first
//! one that comes from a place has the place rewritten: the two bytes of the instruction become a jump
//! to padding between functions, as far as there is some near by, and that one to a stub of ours. Nobody
//! else executes the padding, and the two bytes are written at once. What Go links has such padding
//! behind each function; other programs go on by signals.

use core::ffi::c_int;
use core::ops::Range;
use core::sync::atomic::{AtomicBool, AtomicU8, AtomicU16, AtomicUsize, Ordering};

use libos_host::gate;
use libos_host::layout::PAGE;

use super::{arrival, bases, crossing};
use crate::call::Call;
use crate::errno::{Errno, Outcome};
use crate::host;

/// What can be said of a call by its number, for the entrance (crossing.rs).
#[derive(Clone, Copy, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// The runner's to look at.
    Runner = 0,
    /// The host's.
    Host = 1,
    /// That of the owner of its first argument, a descriptor.
    ByDescriptor = 2,
    /// One for the handler.
    Caught = 3,
}

/// More than there are.
pub const NUMBERS: usize = 512;

/// The [`Kind`] of each.
pub static KINDS: [AtomicU8; NUMBERS] = [const { AtomicU8::new(0) }; NUMBERS];

/// The program's text, more or less: nothing else is rewritten.
static BEGIN: AtomicUsize = AtomicUsize::new(0);
static END: AtomicUsize = AtomicUsize::new(0);

/// Room for stubs, and how much of it is used.
const ROOM: usize = 16 << 10;
static STUBS: AtomicUsize = AtomicUsize::new(0);
static USED: AtomicUsize = AtomicUsize::new(0);

/// Places without padding, not to be looked at again.
static LONELY: [AtomicUsize; 256] = [const { AtomicUsize::new(0) }; 256];

/// One thread at a time rewrites.
static BUSY: AtomicBool = AtomicBool::new(false);

/// Code cannot be changed, or is the program's own affair, or there is no more room.
static FULL: AtomicBool = AtomicBool::new(false);

/// As far as the jumps reach.
const NEAR: usize = 128;
const FAR: usize = 1 << 30;

/// `int3`, `jmp rel8`, `jmp rel32`.
const PADDING: u8 = 0xcc;
/// So much of it, up to where a function may begin, is padding. Less may be a constant: that to divide by
/// ten has seven such bytes, and no instruction has as many as this.
const PADDED: usize = 9;
const FUNCTION: usize = 16;
const SHORT_JUMP: u8 = 0xeb;
const JUMP: u8 = 0xe9;
const JUMP_SIZE: usize = 5;
const STUB_SIZE: usize = 24;
/// In a stub, the address after the place.
const BACK_AT: usize = 2;

/// Prepares to rewrite places in `text`.
pub fn prepare(text: Range<usize>) {
    if !bases::has_instructions() {
        return;
    }
    for (nr, kind) in KINDS.iter().enumerate() {
        kind.store(arrival::kind(nr as i64) as u8, Ordering::Relaxed);
    }
    if let Some(stubs) = reserve(&text) {
        STUBS.store(stubs, Ordering::Relaxed);
        BEGIN.store(text.start, Ordering::Relaxed);
        END.store(text.end, Ordering::Release);
    }
}

/// In the child of a fork: the thread that was rewriting is not there.
pub fn forget_others() {
    BUSY.store(false, Ordering::Release);
}

/// Pages near the text.
fn reserve(text: &Range<usize>) -> Option<usize> {
    const STEP: usize = 16 << 20;
    let flags = libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_FIXED_NOREPLACE;
    let access = libc::PROT_READ | libc::PROT_EXEC;
    let map = |at: usize| {
        let args = [at, ROOM, access as usize, flags as usize, usize::MAX, 0];
        host::syscall(libc::SYS_mmap, args).ok().filter(|found| *found as usize == at)
    };
    let end = text.end.next_multiple_of(PAGE);
    let last = text.start + FAR - ROOM;
    (end + STEP..last).step_by(STEP).find_map(map).map(|at| at as usize)
}

/// A call has been caught: the next one from there need not be, if that can be.
pub fn rewrite(site: usize, nr: i64) {
    let text = text();
    let lonely = &LONELY[site / 2 % LONELY.len()];
    if !text.contains(&site)
        || lonely.load(Ordering::Relaxed) == site
        || arrival::kind(nr) == Kind::Caught
        || FULL.load(Ordering::Relaxed)
        || BUSY.swap(true, Ordering::Acquire)
    {
        return;
    }
    match padding(site, &text) {
        // Somebody may have come first.
        Some(padding) if is_call(site) => {
            if link(site, padding).is_err() {
                FULL.store(true, Ordering::Relaxed);
            }
        }
        Some(_) => {}
        None => lonely.store(site, Ordering::Relaxed),
    }
    BUSY.store(false, Ordering::Release);
}

/// A program that changes what its text is, or what may be done with it, is left alone from then on.
pub fn look_at(call: &Call) {
    let [from, len, _, flags, ..] = call.args;
    let changes = match call.nr {
        libc::SYS_mprotect | libc::SYS_pkey_mprotect | libc::SYS_munmap => true,
        libc::SYS_mmap => flags as c_int & libc::MAP_FIXED != 0,
        _ => false,
    };
    let text = text();
    if changes && from < text.end && from.saturating_add(len) > text.start {
        FULL.store(true, Ordering::Relaxed);
    }
}

fn text() -> Range<usize> {
    BEGIN.load(Ordering::Relaxed)..END.load(Ordering::Acquire)
}

/// Whether there is still the instruction, in one piece for all processors.
fn is_call(site: usize) -> bool {
    const LINE: usize = 64;
    // SAFETY: the program's text.
    let bytes = unsafe { (site as *const [u8; 2]).read() };
    site % LINE != LINE - 1 && bytes == [0x0f, 0x05]
}

/// Padding for a jump that the place can reach.
fn padding(site: usize, text: &Range<usize>) -> Option<usize> {
    let after = site + gate::CALL;
    let (first, last) = (after.saturating_sub(NEAR), after + NEAR - 1);
    let last = last.min(text.end - PADDED);
    let ends_well = |at: &usize| (at + PADDED).is_multiple_of(FUNCTION);
    (first.max(text.start)..=last).filter(ends_well).find(|at| {
        // SAFETY: the program's text.
        let bytes = unsafe { (*at as *const [u8; PADDED]).read() };
        bytes == [PADDING; PADDED]
    })
}

fn link(site: usize, padding: usize) -> Outcome {
    let stub = new_stub(site + gate::CALL)?;
    let from = site.min(padding) & !(PAGE - 1);
    let len = (site.max(padding) + JUMP_SIZE).next_multiple_of(PAGE) - from;
    writable(from, len, || {
        let mut jump = [JUMP; JUMP_SIZE];
        jump[1..].copy_from_slice(&((stub.wrapping_sub(padding + JUMP_SIZE)) as u32).to_le_bytes());
        let distance = padding.wrapping_sub(site + gate::CALL) as u8;
        // SAFETY: writable; the padding is executed when the jump to it is there.
        unsafe {
            (padding as *mut [u8; JUMP_SIZE]).write(jump);
            let place = &*(site as *const Unaligned);
            place.store(u16::from_le_bytes([SHORT_JUMP, distance]));
        }
    })
}

/// Two bytes in one cache line, which the processor writes at once.
#[repr(C, packed)]
struct Unaligned(u16);

impl Unaligned {
    fn store(&self, value: u16) {
        let at = core::ptr::from_ref(self) as usize;
        if at.is_multiple_of(2) {
            // SAFETY: aligned, and writable.
            unsafe { AtomicU16::from_ptr(at as *mut u16) }.store(value, Ordering::Release);
        } else {
            // SAFETY: writable.
            unsafe { (at as *mut u16).write_unaligned(value) };
        }
    }
}

/// A stub for the place before `back`: `mov $back, %rcx; mov $entrance, %r11; jmp *%r11`. A call of the
/// kernel's changes both registers, too.
fn new_stub(back: usize) -> Result<usize, Errno> {
    let used = USED.load(Ordering::Relaxed);
    if used + STUB_SIZE > ROOM {
        return Err(Errno(libc::ENOMEM));
    }
    let mut code = [PADDING; STUB_SIZE];
    code[..BACK_AT].copy_from_slice(&[0x48, 0xb9]);
    code[BACK_AT..10].copy_from_slice(&back.to_le_bytes());
    code[10..12].copy_from_slice(&[0x49, 0xbb]);
    code[12..20].copy_from_slice(&crossing::entrance().to_le_bytes());
    code[20..23].copy_from_slice(&[0x41, 0xff, 0xe3]);
    let stubs = STUBS.load(Ordering::Relaxed);
    let stub = stubs + used;
    // SAFETY: writable, and nobody knows it yet.
    writable(stubs, ROOM, || unsafe { (stub as *mut [u8; STUB_SIZE]).write(code) })?;
    USED.store(used + STUB_SIZE, Ordering::Relaxed);
    Ok(stub)
}

/// Does `action` while pages of code can be written.
fn writable(from: usize, len: usize, action: impl FnOnce()) -> Outcome {
    let access = (libc::PROT_READ | libc::PROT_EXEC) as usize;
    let all = access | libc::PROT_WRITE as usize;
    host::syscall(libc::SYS_mprotect, [from, len, all])?;
    action();
    host::syscall(libc::SYS_mprotect, [from, len, access])
}

/// The place that has led to this instruction: in its stub, or before that.
pub fn before(at: usize) -> Option<usize> {
    of_stub(at).or_else(|| of_stub(target(at)?))
}

/// Where a jump in the text goes, if there is one at `at`.
fn target(at: usize) -> Option<usize> {
    let text = text();
    if !text.contains(&at) || !text.contains(&(at + JUMP_SIZE)) {
        return None;
    }
    // SAFETY: the program's text.
    let [jump, distance @ ..] = unsafe { (at as *const [u8; JUMP_SIZE]).read() };
    let distance = i32::from_le_bytes(distance) as usize;
    (jump == JUMP).then_some((at + JUMP_SIZE).wrapping_add(distance))
}

fn of_stub(at: usize) -> Option<usize> {
    let stubs = STUBS.load(Ordering::Relaxed);
    let offset = at.checked_sub(stubs).filter(|offset| stubs != 0 && *offset < ROOM)?;
    let stub = at - offset % STUB_SIZE;
    // SAFETY: one of ours.
    let back = unsafe { ((stub + BACK_AT) as *const usize).read_unaligned() };
    back.checked_sub(gate::CALL)
}

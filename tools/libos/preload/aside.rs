// SPDX-License-Identifier: GPL-2.0

//! Inline calls of dynamically linked programs of Go. A goroutine's stack (2 KiB) has no room for the
//! frame of a signal, let alone for what the library does; so SIGSYS comes on the thread's signal stack,
//! which must be left before anything else: the next signal is given it from the top. The call is made
//! when the handler has returned, on a stack that the thread has for this.

use core::arch::global_asm;
use core::cell::Cell;
use core::sync::atomic::{AtomicUsize, Ordering};

use libc::ucontext_t;

use crate::call::Origin;
use crate::errno::{self, Outcome};
use crate::registers::{self, COMPONENTS, PLAIN_FLAGS, Registers, extended_size};
use crate::{host, library, vforked};

/// For one call.
const STACK: usize = 256 << 10;

thread_local! {
    /// Where the thread's stack for calls ends; 0: it has none yet.
    static TOP: Cell<usize> = const { Cell::new(0) };
}

/// Bytes of the extended registers.
static EXTENDED: AtomicUsize = AtomicUsize::new(0);

global_asm!(
    ".pushsection .text",
    ".hidden nuse_call_aside",
    ".globl nuse_call_aside",
    // The stack pointer is the address of the program's general registers.
    "nuse_call_aside:",
    "mov rbx, rsp",
    "sub rsp, [rip + {EXTENDED}]",
    "and rsp, -64",
    // What xsave does not write of its header is to be zero.
    "xor eax, eax",
    "lea rdi, [rsp + 512]",
    "mov ecx, 8",
    "rep stosq",
    "mov eax, {COMPONENTS}",
    "mov edx, -1",
    "xsave64 [rsp]",
    "mov rdi, rbx",
    "call {make}",
    "mov eax, {COMPONENTS}",
    "mov edx, -1",
    "xrstor64 [rsp]",
    "push qword ptr [rbx + 8 * {EFL}]",
    "popfq",
    "mov r8, [rbx]",
    "mov r9, [rbx + 8]",
    "mov r10, [rbx + 16]",
    "mov r12, [rbx + 32]",
    "mov r13, [rbx + 40]",
    "mov r14, [rbx + 48]",
    "mov r15, [rbx + 56]",
    "mov rdi, [rbx + 64]",
    "mov rsi, [rbx + 72]",
    "mov rbp, [rbx + 80]",
    "mov rdx, [rbx + 96]",
    "mov rax, [rbx + 104]",
    "mov rsp, [rbx + 120]",
    // As a call of the kernel's leaves it.
    "mov rcx, [rbx + 128]",
    "mov rbx, [rbx + 88]",
    "jmp rcx",
    ".popsection",
    EXTENDED = sym EXTENDED,
    COMPONENTS = const COMPONENTS,
    EFL = const libc::REG_EFL,
    make = sym make,
);

unsafe extern "C" {
    fn nuse_call_aside();
}

/// Whether the program needs this: the linker of Go has left its note in it.
pub fn is_needed() -> bool {
    EXTENDED.store(extended_size(), Ordering::Relaxed);
    // SAFETY: what the kernel says of the program's headers.
    unsafe {
        let first = libc::getauxval(libc::AT_PHDR) as *const libc::Elf64_Phdr;
        let count = libc::getauxval(libc::AT_PHNUM) as usize;
        let headers = core::slice::from_raw_parts(first, if first.is_null() { 0 } else { count });
        let own = headers.iter().find(|header| header.p_type == libc::PT_PHDR);
        let bias = own.map_or(0, |own| (first as usize).wrapping_sub(own.p_vaddr as usize));
        headers.iter().filter(|header| header.p_type == libc::PT_NOTE).any(|note| is_go(bias, note))
    }
}

/// # Safety
///
/// The segment is one of the program's, which is at `bias`.
unsafe fn is_go(bias: usize, segment: &libc::Elf64_Phdr) -> bool {
    let (at, len) = (bias.wrapping_add(segment.p_vaddr as usize), segment.p_memsz as usize);
    // SAFETY: as the caller promises.
    let notes = unsafe { core::slice::from_raw_parts(at as *const u8, len) };
    names(notes, segment.p_align as usize).any(|name| name == b"Go\0\0")
}

/// The names of all notes in a segment, of which the GNU linker puts several into one (elf(5)).
fn names(mut notes: &[u8], align: usize) -> impl Iterator<Item = &[u8]> {
    /// Lengths of the name and of what follows it, and a type.
    const HEAD: usize = 12;
    let align = align.max(4);
    core::iter::from_fn(move || {
        let word = |at: usize| Some(u32::from_ne_bytes(notes.get(at..at + 4)?.try_into().ok()?));
        let (name, rest) = (word(0)? as usize, word(4)? as usize);
        let padded = |len: usize| len.checked_next_multiple_of(align);
        let end = padded(HEAD.checked_add(name)?)?.checked_add(padded(rest)?)?;
        let found = notes.get(HEAD..HEAD + name)?;
        notes = notes.get(end..).unwrap_or_default();
        Some(found)
    })
}

/// Has the call be made when the handler returns, if that has a signal stack for itself. False if it has
/// not: it is on the stack of the call.
///
/// # Safety
///
/// In the handler for a call that the filter has caught, with its context.
pub unsafe fn make_later(context: &mut ucontext_t) -> bool {
    let registers = &mut context.uc_mcontext.gregs;
    let (stack, at) = (&context.uc_stack, registers[libc::REG_RSP as usize] as usize);
    let signal_stack = stack.ss_sp as usize..stack.ss_sp as usize + stack.ss_size;
    let here = core::ptr::from_ref(&signal_stack) as usize;
    if !signal_stack.contains(&here) || signal_stack.contains(&at) {
        return false;
    }
    let Some(top) = top() else { return false };
    let saved = (top - size_of::<Registers>()) & !63;
    // SAFETY: on the stack for calls, which is not in use: this is the program's own.
    unsafe { (saved as *mut Registers).write(*registers) };
    registers[libc::REG_RSP as usize] = saved as i64;
    registers[libc::REG_RIP as usize] = nuse_call_aside as *const () as i64;
    registers[libc::REG_EFL as usize] = PLAIN_FLAGS;
    true
}

/// The end of this thread's stack for calls.
fn top() -> Option<usize> {
    if TOP.get() == 0 {
        let access = (libc::PROT_READ | libc::PROT_WRITE) as usize;
        let flags = (libc::MAP_PRIVATE | libc::MAP_ANONYMOUS | libc::MAP_NORESERVE) as usize;
        let from = host::syscall(libc::SYS_mmap, [0, STACK, access, flags, usize::MAX, 0]).ok()?;
        TOP.set(from as usize + STACK);
    }
    Some(TOP.get())
}

/// The thread ends.
pub fn forget() {
    if let Some(from) = TOP.replace(0).checked_sub(STACK) {
        let _: Outcome = host::syscall(libc::SYS_munmap, [from, STACK]);
    }
}

/// Makes the call that is in these registers.
extern "C" fn make(registers: &mut Registers) {
    library::remember_thread();
    let result = errno::preserved(|| vforked::route(registers::call(registers, Origin::Inline)));
    registers::set_result(registers, errno::raw(result));
}

#[cfg(test)]
mod tests {
    use super::*;

    fn note(name: &[u8], rest: &[u8]) -> Vec<u8> {
        let lens = [name.len() as u32, rest.len() as u32, 1].map(u32::to_ne_bytes).concat();
        let mut note = [&lens, name].concat();
        for part in [&[][..], rest] {
            note.extend(part);
            note.resize(note.len().next_multiple_of(4), 0);
        }
        note
    }

    #[test]
    fn all_notes_of_a_segment_are_looked_at() {
        let notes = [note(b"GNU\0", &[7; 20]), note(b"x\0", b"y"), note(b"Go\0\0", b"id")].concat();
        let found: Vec<&[u8]> = names(&notes, 4).collect();
        assert_eq!(found, [&b"GNU\0"[..], b"x\0", b"Go\0\0"]);
    }

    #[test]
    fn damaged_notes_are_the_last() {
        let mut notes = [note(b"GNU\0", &[7; 20]), note(b"Go\0\0", b"id")].concat();
        notes[4..8].fill(0xff);
        assert_eq!(names(&notes, 4).count(), 1);
        assert_eq!(names(&notes[..9], 4).count(), 0);
        notes[..4].fill(0xff);
        assert_eq!(names(&notes, 0).count(), 0);
    }
}

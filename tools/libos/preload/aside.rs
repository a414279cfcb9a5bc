// SPDX-License-Identifier: GPL-2.0

//! Inline calls of dynamically linked programs of Go, and of its libraries ([`crate::go`]). A goroutine's stack (2 KiB) has no room for the
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

/// Bytes of the extended registers; 0 while nobody needs this.
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

/// Whether calls of Go's are to be expected.
pub fn is_needed() -> bool {
    EXTENDED.load(Ordering::Relaxed) != 0
}

/// From now on calls of Go's are to be expected.
pub fn prepare() {
    EXTENDED.store(extended_size(), Ordering::Relaxed);
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

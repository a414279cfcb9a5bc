// SPDX-License-Identifier: GPL-2.0

//! Crossing between the program and the runner, and the places where a signal may find a thread on its
//! way. With [`super::bases`] and [`crate::registers`], all that depends on the processor.

use core::arch::{asm, global_asm};
use core::ffi::c_int;
use core::sync::atomic::Ordering;

use libc::ucontext_t;
use libos_host::gate;
use libos_host::layout::GATE;

use super::bases::{ARCH_SET_FS, FSGSBASE, fs_base, set_fs_base};
use super::record::{ALLOW, BLOCK, Record, at};
use super::sites::{self, Kind};
use super::{calls, frame};
use crate::registers::{COMPONENTS, PLAIN_FLAGS, extended_size};
use crate::signals::restart::ERESTARTNOINTR;
use crate::table::{self, Owner};

/// Flags that a handler does not inherit.
const TRAP: i64 = 1 << 8;
const DIRECTION: i64 = 1 << 10;
const RESUME: i64 = 1 << 16;

global_asm!(
    ".pushsection .text",
    ".hidden nuse_static_arrive, nuse_static_cross, nuse_static_crossed, nuse_static_begin",
    ".hidden nuse_static_end, nuse_static_host, nuse_static_host_begin, nuse_static_host_end",
    ".hidden nuse_static_host_interrupted, nuse_static_enter, nuse_static_entering",
    ".hidden nuse_static_entered, nuse_static_trap",
    ".globl nuse_static_arrive, nuse_static_cross, nuse_static_crossed, nuse_static_begin",
    ".globl nuse_static_end, nuse_static_host, nuse_static_host_begin, nuse_static_host_end",
    ".globl nuse_static_host_interrupted, nuse_static_enter, nuse_static_entering",
    ".globl nuse_static_entered, nuse_static_trap",
    // A call of the program's from a place that was rewritten (sites.rs), which goes on at rcx: the
    // host's is made in the gate, some are to be caught nevertheless.
    "nuse_static_enter:",
    "mov gs:[{BACK}], rcx",
    "cmp eax, {NUMBERS}",
    "jae 5f",
    "mov ecx, eax",
    "lea r11, [rip + {KINDS}]",
    "movzx r11d, byte ptr [r11 + rcx]",
    "cmp r11d, {HOST}",
    "je 5f",
    "ja 6f",
    // The thread becomes the runner's. Until it is, a signal finds it before its call.
    "7:",
    "mov gs:[{REGISTERS}], r8",
    "mov gs:[{REGISTERS} + 8], r9",
    "mov gs:[{REGISTERS} + 16], r10",
    "mov gs:[{REGISTERS} + 32], r12",
    "mov gs:[{REGISTERS} + 40], r13",
    "mov gs:[{REGISTERS} + 48], r14",
    "mov gs:[{REGISTERS} + 56], r15",
    "mov gs:[{REGISTERS} + 64], rdi",
    "mov gs:[{REGISTERS} + 72], rsi",
    "mov gs:[{REGISTERS} + 80], rbp",
    "mov gs:[{REGISTERS} + 88], rbx",
    "mov gs:[{REGISTERS} + 96], rdx",
    "mov gs:[{REGISTERS} + 104], rax",
    "mov gs:[{REGISTERS} + 120], rsp",
    "mov rcx, gs:[{BACK}]",
    "mov gs:[{REGISTERS} + 112], rcx",
    "mov gs:[{REGISTERS} + 128], rcx",
    "mov qword ptr gs:[{REGISTERS} + 8 * {EFL}], {PLAIN_FLAGS}",
    "mov qword ptr gs:[{REGISTERS} + 24], {PLAIN_FLAGS}",
    "rdfsbase r11",
    "mov gs:[{PROGRAM_FS}], r11",
    "nuse_static_entering:",
    "mov r11, gs:[{RUNNER_FS}]",
    "wrfsbase r11",
    "mov byte ptr gs:[{SELECTOR}], {ALLOW}",
    "mov rsp, gs:[{STACK}]",
    "nuse_static_entered:",
    "cld",
    "jmp nuse_static_arrive",
    "5:",
    "movabs r11, {GATE_BACK}",
    "jmp r11",
    "6:",
    "cmp r11d, {BY_DESCRIPTOR}",
    "jne nuse_static_trap",
    "mov ecx, edi",
    "cmp ecx, {LIMIT}",
    "jae 5b",
    "lea r11, [rip + {TABLE}]",
    "cmp byte ptr [r11 + rcx], {LIBRARY}",
    "jne 5b",
    "jmp 7b",
    "nuse_static_trap:",
    "syscall",
    "jmp qword ptr gs:[{BACK}]",
    // The thread is the runner's, on top of its stack, with the program's extended registers.
    "nuse_static_arrive:",
    "mov rcx, gs:[{EXTENDED}]",
    "mov eax, {COMPONENTS}",
    "mov edx, -1",
    "xsave64 [rcx]",
    "mov rdi, gs:[0]",
    "call {work}",
    // Back to the program.
    "nuse_static_leave:",
    "mov rcx, gs:[{EXTENDED}]",
    "mov eax, {COMPONENTS}",
    "mov edx, -1",
    "xrstor64 [rcx]",
    // From here on a signal finds the thread to be the program's: it completes the crossing.
    "nuse_static_cross:",
    "cmp dword ptr gs:[{WAITS}], 0",
    "jne 3f",
    "cmp byte ptr gs:[{RESTORES_MASK}], 0",
    "je 1f",
    "mov rsi, gs:[0]",
    "add rsi, {MASK}",
    "mov edi, {SET_MASK}",
    "xor edx, edx",
    "mov r10d, 8",
    "mov eax, {SYS_MASK}",
    "syscall",
    "mov byte ptr gs:[{RESTORES_MASK}], 0",
    "1:",
    "mov rsi, gs:[{PROGRAM_FS}]",
    "cmp byte ptr [rip + {FSGSBASE}], 0",
    "je 2f",
    "wrfsbase rsi",
    "jmp 4f",
    "2:",
    "mov edi, {ARCH_SET_FS}",
    "mov eax, {SYS_ARCH}",
    "syscall",
    "4:",
    "mov byte ptr gs:[{SELECTOR}], {BLOCK}",
    "push qword ptr gs:[{REGISTERS} + 8 * {EFL}]",
    "popfq",
    "mov r8, gs:[{REGISTERS}]",
    "mov r9, gs:[{REGISTERS} + 8]",
    "mov r10, gs:[{REGISTERS} + 16]",
    "mov r11, gs:[{REGISTERS} + 24]",
    "mov r12, gs:[{REGISTERS} + 32]",
    "mov r13, gs:[{REGISTERS} + 40]",
    "mov r14, gs:[{REGISTERS} + 48]",
    "mov r15, gs:[{REGISTERS} + 56]",
    "mov rdi, gs:[{REGISTERS} + 64]",
    "mov rsi, gs:[{REGISTERS} + 72]",
    "mov rbp, gs:[{REGISTERS} + 80]",
    "mov rbx, gs:[{REGISTERS} + 88]",
    "mov rdx, gs:[{REGISTERS} + 96]",
    "mov rax, gs:[{REGISTERS} + 104]",
    "mov rcx, gs:[{REGISTERS} + 112]",
    "mov rsp, gs:[{REGISTERS} + 120]",
    "jmp qword ptr gs:[{REGISTERS} + 128]",
    "nuse_static_crossed:",
    "3:",
    "mov rdi, gs:[0]",
    "call {send_again}",
    "jmp nuse_static_leave",
    // The thread's first crossing; it returns to here when it ends.
    "nuse_static_begin:",
    "push rbx",
    "push rbp",
    "push r12",
    "push r13",
    "push r14",
    "push r15",
    "sub rsp, 8",
    "mov gs:[{STACK}], rsp",
    "jmp nuse_static_leave",
    "nuse_static_end:",
    "mov rsp, gs:[{STACK}]",
    "add rsp, 8",
    "pop r15",
    "pop r14",
    "pop r13",
    "pop r12",
    "pop rbp",
    "pop rbx",
    "ret",
    // Call rdi of the host with the arguments at rsi, unless a signal waits.
    "nuse_static_host:",
    "mov rax, rdi",
    "movabs r11, {GATE}",
    "mov rdi, [rsi]",
    "mov rdx, [rsi + 16]",
    "mov r10, [rsi + 24]",
    "mov r8, [rsi + 32]",
    "mov r9, [rsi + 40]",
    "mov rsi, [rsi + 8]",
    "mov byte ptr gs:[{HOST_CALL}], 1",
    "nuse_static_host_begin:",
    "cmp dword ptr gs:[{WAITS}], 0",
    "jne nuse_static_host_interrupted",
    "call r11",
    "nuse_static_host_end:",
    "mov byte ptr gs:[{HOST_CALL}], 0",
    "ret",
    "nuse_static_host_interrupted:",
    "mov rax, {RESTART}",
    "jmp nuse_static_host_end",
    ".popsection",
    EXTENDED = const at::EXTENDED,
    BACK = const at::BACK,
    RUNNER_FS = const at::RUNNER_FS,
    NUMBERS = const sites::NUMBERS,
    KINDS = sym sites::KINDS,
    HOST = const Kind::Host as u8,
    BY_DESCRIPTOR = const Kind::ByDescriptor as u8,
    PLAIN_FLAGS = const PLAIN_FLAGS,
    ALLOW = const ALLOW,
    GATE_BACK = const gate::BACK,
    LIMIT = const table::LIMIT,
    TABLE = sym table::TABLE,
    LIBRARY = const Owner::Library as u8,
    WAITS = const at::WAITS,
    RESTORES_MASK = const at::RESTORES_MASK,
    MASK = const at::MASK,
    SELECTOR = const at::SELECTOR,
    PROGRAM_FS = const at::PROGRAM_FS,
    STACK = const at::STACK,
    HOST_CALL = const at::HOST_CALL,
    REGISTERS = const at::REGISTERS,
    EFL = const libc::REG_EFL,
    COMPONENTS = const COMPONENTS,
    SET_MASK = const libc::SIG_SETMASK,
    SYS_MASK = const libc::SYS_rt_sigprocmask,
    SYS_ARCH = const libc::SYS_arch_prctl,
    ARCH_SET_FS = const ARCH_SET_FS,
    BLOCK = const BLOCK,
    GATE = const GATE,
    RESTART = const RESTART,
    FSGSBASE = sym FSGSBASE,
    work = sym calls::work,
    send_again = sym calls::send_again,
);

/// The call has not been made, or is to be made again, also if the handler does not say so (SA_RESTART): a
/// call that never waits never fails for a signal.
const RESTART: isize = ERESTARTNOINTR;

unsafe extern "C" {
    fn nuse_static_arrive();
    fn nuse_static_cross();
    fn nuse_static_crossed();
    fn nuse_static_begin();
    fn nuse_static_end() -> !;
    fn nuse_static_host(nr: i64, args: *const usize) -> isize;
    fn nuse_static_host_begin();
    fn nuse_static_host_end();
    fn nuse_static_host_interrupted();
    fn nuse_static_enter();
    fn nuse_static_entering();
    fn nuse_static_entered();
    fn nuse_static_trap();
}

/// Where the call was made that has just been caught.
pub fn site(context: &ucontext_t) -> usize {
    context.uc_mcontext.gregs[libc::REG_RIP as usize] as usize - gate::CALL
}

/// The extended registers of one thread become those of another.
///
/// # Safety
///
/// Both threads are the runner's.
pub unsafe fn copy_extended(from: &Record, to: &Record) {
    let (from, to) = (from.extended.get() as *const u8, to.extended.get() as *mut u8);
    // SAFETY: as the caller promises.
    unsafe { to.copy_from_nonoverlapping(from, extended_size()) };
}

/// When the handler returns, the program's call is made in the gate, and then the program goes on.
pub fn call_in_gate(record: &Record, context: &mut ucontext_t) {
    let registers = &mut context.uc_mcontext.gregs;
    record.back.set(registers[libc::REG_RIP as usize] as usize);
    registers[libc::REG_RIP as usize] = gate::BACK as i64;
}

/// If the program is in the gate or on its way there, it is made to be where it made the call: what it
/// sees of it.
pub fn leave_gate(record: &Record, context: &mut ucontext_t) {
    let at = &mut context.uc_mcontext.gregs[libc::REG_RIP as usize];
    let back = record.back.get();
    let calls = [gate::BACK, nuse_static_trap as *const () as usize];
    if calls.contains(&(*at as usize)) {
        *at = (back - gate::CALL) as i64;
    } else if calls.map(|call| call + gate::CALL).contains(&(*at as usize)) {
        *at = back as i64;
    } else if let Some(site) = sites::before(*at as usize) {
        *at = site as i64;
    }
}

/// Where rewritten calls enter.
pub fn entrance() -> usize {
    nuse_static_enter as *const () as usize
}

/// If the signal has come in the middle of the entrance: the call has not been made yet.
///
/// # Safety
///
/// In a signal handler, with its context, which uses no thread-local storage from here on.
pub unsafe fn undo_entrance(record: &Record, context: &mut ucontext_t) {
    let [begin, changes, end, trap] = [
        nuse_static_enter as *const () as usize,
        nuse_static_entering as *const () as usize,
        nuse_static_entered as *const () as usize,
        nuse_static_trap as *const () as usize,
    ];
    let registers = &mut context.uc_mcontext.gregs;
    let at = registers[libc::REG_RIP as usize] as usize;
    if !(begin..trap).contains(&at) || at >= end && record.selector.load(Ordering::Relaxed) == ALLOW
    {
        return;
    }
    let first = registers[libc::REG_RCX as usize] as usize;
    let back = if at == begin { first } else { record.back.get() };
    registers[libc::REG_RIP as usize] = (back - gate::CALL) as i64;
    if (changes..end).contains(&at) {
        // SAFETY: as the caller promises.
        unsafe { set_fs_base(record.program_fs.get()) };
        record.selector.store(BLOCK, Ordering::Relaxed);
    }
}

/// When the handler returns, the thread is the runner's, and does the record's work.
///
/// # Safety
///
/// In a signal handler of the program's thread, which uses no thread-local storage before this.
pub unsafe fn become_runner(record: &Record, context: &mut ucontext_t) {
    let registers = &mut context.uc_mcontext.gregs;
    *record.registers() = *registers;
    record.program_fs.set(fs_base());
    // SAFETY: as the caller promises.
    unsafe { set_fs_base(record.runner_fs.get()) };
    record.selector.store(ALLOW, Ordering::Relaxed);
    registers[libc::REG_RIP as usize] = nuse_static_arrive as *const () as i64;
    registers[libc::REG_RSP as usize] = record.stack.get() as i64;
    registers[libc::REG_EFL as usize] = PLAIN_FLAGS;
}

/// If the signal has come in the middle of the crossing to the program: completes it.
///
/// # Safety
///
/// In a signal handler, with its context, which uses no thread-local storage from here on.
pub unsafe fn complete_crossing(record: &Record, context: &mut ucontext_t) {
    let begin = nuse_static_cross as *const () as usize;
    let end = nuse_static_crossed as *const () as usize;
    let at = context.uc_mcontext.gregs[libc::REG_RIP as usize] as usize;
    if !(begin..end).contains(&at) || record.waits.load(Ordering::Relaxed) != 0 {
        return;
    }
    context.uc_mcontext.gregs = *record.registers();
    if record.restores_mask.swap(0, Ordering::Relaxed) != 0 {
        frame::set_mask(context, record.mask.get());
    }
    // SAFETY: as the caller promises.
    unsafe { set_fs_base(record.program_fs.get()) };
    record.selector.store(BLOCK, Ordering::Relaxed);
}

/// The thread becomes the program's, with the record's registers. Returns when it ends.
///
/// # Safety
///
/// The record is the thread's, and its registers are the program's.
pub unsafe fn become_program(_record: &Record) {
    // SAFETY: as the caller promises.
    unsafe { nuse_static_begin() }
}

/// The thread ends: [`become_program`] returns.
///
/// # Safety
///
/// On the runner's stack, with nothing in its frames to be cleaned up.
pub unsafe fn end_program() -> ! {
    // SAFETY: as the caller promises.
    unsafe { nuse_static_end() }
}

/// Has the host execute a call of the program's, in the runner. If a signal comes before that is done:
/// [`RESTART`], or what the kernel says.
pub fn interruptible(nr: i64, args: [usize; 6]) -> isize {
    // SAFETY: the program's own call with its own arguments.
    unsafe { nuse_static_host(nr, args.as_ptr()) }
}

/// A signal waits now: a call of the host's is not begun, nor begun again.
pub fn interrupt_host_call(record: &Record, context: &mut ucontext_t) {
    if record.host_call.load(Ordering::Relaxed) == 0 {
        return;
    }
    let begin = nuse_static_host_begin as *const () as usize;
    let end = nuse_static_host_end as *const () as usize;
    let registers = &mut context.uc_mcontext.gregs;
    let at = registers[libc::REG_RIP as usize] as usize;
    if (begin..end).contains(&at) {
        registers[libc::REG_RIP as usize] = nuse_static_host_interrupted as *const () as i64;
    } else if at == GATE {
        registers[libc::REG_RAX as usize] = RESTART as i64;
        registers[libc::REG_RIP as usize] += gate::CALL as i64;
    }
}

/// When the handler returns, the program's begins, with these arguments and this stack.
pub fn enter_handler(context: &mut ucontext_t, handler: usize, stack: usize, args: [usize; 3]) {
    let registers = &mut context.uc_mcontext.gregs;
    let mut set = |register: c_int, value: usize| registers[register as usize] = value as i64;
    set(libc::REG_RIP, handler);
    set(libc::REG_RSP, stack);
    set(libc::REG_RAX, 0);
    set(libc::REG_RDI, args[0]);
    set(libc::REG_RSI, args[1]);
    set(libc::REG_RDX, args[2]);
    registers[libc::REG_EFL as usize] &= !(TRAP | DIRECTION | RESUME);
}

/// rt_sigreturn(2) of the frame at `stack`.
///
/// # Safety
///
/// In a handler of the program's thread; the frame is one of the kernel's kind.
pub unsafe fn return_from_handler(stack: usize) -> ! {
    // SAFETY: as the caller promises: the kernel takes everything from the frame.
    unsafe {
        asm!(
            "mov rsp, {stack}",
            "jmp {restorer}",
            stack = in(reg) stack,
            restorer = in(reg) gate::RESTORER,
            options(noreturn)
        )
    }
}

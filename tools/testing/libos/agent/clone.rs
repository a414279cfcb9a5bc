// SPDX-License-Identifier: GPL-2.0

//! Threads and processes: a task of the library, and a thread or process of the host for it, which
//! begins when it gets the baton.

use core::arch::{asm, naked_asm};
use core::sync::atomic::Ordering;

use libos_control::layout::{SIMULATOR, control};
use libos_control::process::Process;
use libos_control::{baton, process, thread};
use libos_loader::layout::GATE;

use crate::dispatch::{self, Call};
use crate::host;
use crate::thread::{Current, at, current};

/// The general registers of a context.
type Registers = [i64; 23];

/// What a new thread finds at the top of its stack.
#[repr(C)]
struct Start {
    registers: Registers,
    number: u32,
    own_process: u32,
}

/// What clone(2) is asked for.
struct Wish {
    flags: usize,
    stack: usize,
    parent_tid: usize,
    child_tid: usize,
    tls: usize,
}

const VM: usize = libc::CLONE_VM as usize;
const THREAD: usize = libc::CLONE_THREAD as usize;
const VFORK: usize = libc::CLONE_VFORK as usize;

/// clone(2).
pub fn clone(call: &mut Call<'_>) -> isize {
    let [flags, stack, parent_tid, child_tid, tls, _] = call.args;
    make(call, Wish { flags, stack, parent_tid, child_tid, tls })
}

/// fork(2), and vfork(2), whose child has a copy of the memory here.
pub fn fork(call: &mut Call<'_>, vfork: bool) -> isize {
    let flags = libc::SIGCHLD as usize | if vfork { VFORK } else { 0 };
    make(call, Wish { flags, stack: 0, parent_tid: 0, child_tid: 0, tls: 0 })
}

fn make(call: &mut Call<'_>, wish: Wish) -> isize {
    let me = current();
    let is_thread = wish.flags & THREAD != 0;
    let index = if is_thread { Some(me.process_index()) } else { process::take(me.node()) };
    let Some(index) = index else { return host::error(libc::EAGAIN) };
    let Some(number) = thread::take(index) else {
        if !is_thread {
            process::free(index);
        }
        return host::error(libc::EAGAIN);
    };
    let child = at(number);
    let made = make_task(me, child, &wish);
    if made < 0 {
        give_up(child, is_thread);
        return made;
    }
    prepare(me, child, &wish, made);
    let spawned = if wish.flags & VM != 0 && wish.stack != 0 {
        spawn_sharing(call, child, &wish)
    } else {
        fork_host(child, &wish)
    };
    match spawned {
        Spawned::Child => 0,
        Spawned::Failed(errno) => {
            kill_task(child);
            give_up(child, is_thread);
            errno
        }
        Spawned::Parent => {
            if wish.flags & VFORK != 0 && !is_thread {
                wait_for_release(me, child.process);
            }
            made
        }
    }
}

/// The child's task in the library; its number there, or a negative errno.
fn make_task(me: Current, child: Current, wish: &Wish) -> isize {
    let Some(clone) = me.exported().program_clone else { return host::error(libc::ENOSYS) };
    let flags = if wish.flags & THREAD != 0 { wish.flags } else { wish.flags & !VM };
    let mut task = core::ptr::null_mut();
    let key = child.process.key.load(Ordering::Relaxed);
    let private = child.number as usize as *mut core::ffi::c_void;
    loop {
        // SAFETY: this thread's own task; the result goes to a local.
        let made = unsafe { clone(me.task(), flags as u64, private, key, &mut task) } as isize;
        // ERESTARTNOINTR: a signal waits, which is taken after the call.
        if made != -513 {
            child.thread.task.store(task as u64, Ordering::Relaxed);
            return made;
        }
        crate::library::quietly(libc::SYS_getpid, []);
    }
}

fn prepare(me: Current, child: Current, wish: &Wish, tid: isize) {
    let tid = tid as u32;
    child.thread.library_tid.store(tid, Ordering::Relaxed);
    if wish.flags & THREAD == 0 {
        child.process.library_pid.store(tid, Ordering::Relaxed);
        child
            .process
            .holds
            .store(u32::from(wish.flags & VFORK != 0) * me.number, Ordering::Relaxed);
        let in_library = me.process.in_library.load(Ordering::Relaxed);
        child.process.in_library.store(in_library, Ordering::Relaxed);
        for (to, from) in child.process.owner.iter().zip(&me.process.owner) {
            to.store(from.load(Ordering::Relaxed), Ordering::Relaxed);
        }
    }
    if wish.flags & libc::CLONE_PARENT_SETTID as usize != 0 {
        host::write_memory(wish.parent_tid, &tid.to_ne_bytes());
    }
    let clear = wish.flags & libc::CLONE_CHILD_CLEARTID as usize != 0;
    let clear = if clear { wish.child_tid as u64 } else { 0 };
    child.thread.clear_tid.store(clear, Ordering::Relaxed);
}

enum Spawned {
    Parent,
    Child,
    Failed(isize),
}

/// A process with a copy of the memory.
fn fork_host(child: Current, wish: &Wish) -> Spawned {
    // As the caller's sibling: all programs are children of the simulator, who waits for them.
    let flags = libc::CLONE_PARENT as usize;
    match host::call(libc::SYS_clone, [flags, 0, 0, 0, 0]) {
        0 => {
            begin_process(child.number);
            if wish.flags & libc::CLONE_CHILD_SETTID as usize != 0 {
                let tid = child.thread.library_tid.load(Ordering::Relaxed);
                host::write_memory(wish.child_tid, &tid.to_ne_bytes());
            }
            begin(child.number);
            Spawned::Child
        }
        pid if pid > 0 => {
            ready(child, pid);
            Spawned::Parent
        }
        errno => Spawned::Failed(errno),
    }
}

/// A thread, or a process that uses its parent's memory, on a stack of its own.
fn spawn_sharing(call: &mut Call<'_>, child: Current, wish: &Wish) -> Spawned {
    const KEPT: usize = (libc::CLONE_VM
        | libc::CLONE_FS
        | libc::CLONE_FILES
        | libc::CLONE_SIGHAND
        | libc::CLONE_THREAD
        | libc::CLONE_SYSVSEM
        | libc::CLONE_SETTLS) as usize;
    let is_thread = wish.flags & THREAD != 0;
    let family = if is_thread { 0 } else { libc::CLONE_PARENT as usize };
    let mut registers: Registers = call.context.uc_mcontext.gregs;
    registers[libc::REG_RSP as usize] = wish.stack as i64;
    let start = Start { registers, number: child.number, own_process: u32::from(!is_thread) };
    if wish.flags & libc::CLONE_CHILD_SETTID as usize != 0 {
        let tid = child.thread.library_tid.load(Ordering::Relaxed);
        host::write_memory(wish.child_tid, &tid.to_ne_bytes());
    }
    // SAFETY: the stack is the child's, and unused.
    let made = unsafe { clone_host(wish.flags & KEPT | family, wish.stack, wish.tls, start) };
    if made < 0 {
        return Spawned::Failed(made);
    }
    ready(child, made);
    Spawned::Parent
}

/// # Safety
///
/// `stack` is the end of a new thread's stack.
unsafe fn clone_host(flags: usize, stack: usize, tls: usize, start: Start) -> isize {
    let result: isize;
    let at = (stack - size_of::<Start>()) & !15;
    // SAFETY: as the caller promises. The child returns from the gate to where its stack says.
    unsafe {
        (at as *mut Start).write(start);
        let return_to = (at - 16) as *mut usize;
        return_to.write(enter as *const () as usize);
        asm!(
            "call {gate}",
            gate = in(reg) GATE,
            inlateout("rax") libc::SYS_clone as isize => result,
            in("rdi") flags,
            in("rsi") return_to,
            in("rdx") 0,
            in("r10") 0,
            in("r8") tls,
            lateout("rcx") _,
            lateout("r11") _,
        );
    }
    result
}

/// Where a new thread begins: with a [`Start`] 8 bytes above its stack pointer.
#[unsafe(naked)]
unsafe extern "C" fn enter() {
    naked_asm!(
        "lea rdi, [rsp + 8]",
        "and rsp, -16",
        "call {begin}",
        "ud2",
        begin = sym begin_sharing,
    )
}

/// # Safety
///
/// Called by [`enter`].
unsafe extern "C" fn begin_sharing(start: *const Start) -> ! {
    // SAFETY: as the caller promises.
    unsafe {
        let number = (*start).number;
        if (*start).own_process != 0 {
            begin_process(number);
        }
        begin(number);
        resume((*start).registers.as_ptr())
    }
}

/// Goes on where a program was, its call having returned 0.
#[unsafe(naked)]
unsafe extern "C" fn resume(registers: *const i64) -> ! {
    naked_asm!(
        "mov r8, [rdi]",
        "mov r9, [rdi + 8]",
        "mov r10, [rdi + 16]",
        "mov r12, [rdi + 32]",
        "mov r13, [rdi + 40]",
        "mov r14, [rdi + 48]",
        "mov r15, [rdi + 56]",
        "mov rsi, [rdi + 72]",
        "mov rbp, [rdi + 80]",
        "mov rbx, [rdi + 88]",
        "mov rdx, [rdi + 96]",
        "mov rcx, [rdi + 128]",
        "mov rsp, [rdi + 120]",
        "mov rdi, [rdi + 64]",
        "xor eax, eax",
        "jmp rcx",
    )
}

/// In a new process of the host: it must not outlive the simulator.
fn begin_process(_number: u32) {
    host::call(libc::SYS_prctl, [libc::PR_SET_PDEATHSIG as usize, libc::SIGKILL as usize]);
}

/// In a new thread: waits for its first turn.
fn begin(number: u32) {
    dispatch::arm();
    crate::fault::catch_clock();
    baton::receive(number);
    let thread = &control().thread[number as usize];
    thread.waits.store(0, Ordering::Relaxed);
    thread.woken.store(0, Ordering::Relaxed);
}

/// The child exists, and is to have its turn when others have had theirs.
fn ready(child: Current, pid: isize) {
    child.thread.tid.store(pid as u32, Ordering::Relaxed);
    if child.process.pid.load(Ordering::Relaxed) == 0 {
        child.process.pid.store(pid as u32, Ordering::Relaxed);
    }
    child.thread.waits.store(1, Ordering::Relaxed);
    baton::wake(child.number);
}

/// vfork(2): waits until the child has ended, or executes another program.
fn wait_for_release(me: Current, child: &Process) {
    let key = child.key.load(Ordering::Relaxed);
    let holds = || {
        child.used.load(Ordering::Relaxed) != 0
            && child.key.load(Ordering::Relaxed) == key
            && child.ended.load(Ordering::Relaxed) == 0
            && child.holds.load(Ordering::Relaxed) == me.number
    };
    while holds() {
        baton::wait(me.number);
    }
}

/// Lets go on who waits in vfork(2) for this process.
pub fn release_parent(process: &Process) {
    let parent = process.holds.swap(SIMULATOR, Ordering::Relaxed);
    if parent != SIMULATOR {
        baton::wake(parent);
    }
}

fn kill_task(child: Current) {
    if let Some(syscall) = child.exported().task_syscall {
        // SAFETY: a task that no thread uses.
        unsafe { syscall(child.task(), libc::SYS_exit, &[0; 6]) };
    }
}

fn give_up(child: Current, is_thread: bool) {
    thread::free(child.number);
    if !is_thread {
        process::free(child.process_index());
    }
}

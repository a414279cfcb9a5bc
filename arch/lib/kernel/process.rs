// SPDX-License-Identifier: GPL-2.0

//! The first process, and processes and threads of the host's.
//!
//! `kernel_init()` executes `/init`, whose format is one of our own: it has no code, and becomes a
//! task that makes calls, like any program's. Each process of the host then is a process of the
//! library with one task more than threads: its leader, which makes no call, and of which
//! threads are cloned.

use core::cell::{Cell, UnsafeCell};
use core::ffi::{c_char, c_void};
use core::ptr::{null, null_mut};

use crate::bindings::{self, linux_binfmt, linux_binprm};
use crate::kernel::call::{self, error};
use crate::kernel::console;
use crate::kernel::task::{self, Args, SimTask};
use crate::kernel::vcpu;

struct Format(UnsafeCell<linux_binfmt>);
// SAFETY: registered once, then the kernel's own.
unsafe impl Sync for Format {}
// SAFETY: valid when zeroed: its pointers are optional.
static FORMAT: Format = Format(UnsafeCell::new(unsafe { core::mem::zeroed() }));

struct Processes {
    init: Cell<*mut SimTask>,
    /// The leaders of the host's processes, linked through `next`.
    leaders: Cell<*const SimTask>,
}
// SAFETY: touched only under the virtual processor's lock.
unsafe impl Sync for Processes {}
static PROCESSES: Processes = Processes { init: Cell::new(null_mut()), leaders: Cell::new(null()) };

/// The task of the first process, once there is one.
pub fn init() -> Option<&'static SimTask> {
    // SAFETY: never freed.
    unsafe { PROCESSES.init.get().as_ref() }
}

/// Called by a kernel thread that has become a program: only the first process does.
pub fn begins(program: &SimTask) {
    PROCESSES.init.set(core::ptr::from_ref(program).cast_mut());
}

/// A late initcall: what the first process needs to begin.
#[unsafe(no_mangle)]
extern "C" fn lib_program_init() -> i32 {
    // SAFETY: boot is single-threaded.
    unsafe {
        let format = FORMAT.0.get();
        (*format).load_binary = Some(load);
        bindings::__register_binfmt(format, 1);

        // Read-only: a file open for writing cannot be executed.
        let flags = bindings::O_CREAT | bindings::O_RDONLY;
        let file = bindings::filp_open(c"/init".as_ptr(), flags as i32, 0o755);
        if bindings::lib_is_err(file.cast()) {
            return file as isize as i32;
        }
        bindings::fput(file);

        console::register_device();
        make_tun();
        mount(c"proc".as_ptr(), c"/proc".as_ptr());
        mount(c"sysfs".as_ptr(), c"/sys".as_ptr());
    }
    0
}

/// Where programs look for the driver of TUN and TAP devices. A kernel without it says so when it is opened.
///
/// # Safety
///
/// Boot is single-threaded.
unsafe fn make_tun() {
    const PATH: *const c_char = c"/dev/net/tun".as_ptr();
    const OF_CHARACTERS: u16 = 0o020_000;
    /// As mknod(2) has MISC_MAJOR and TUN_MINOR.
    const DEVICE: u32 = 10 << 8 | 200;
    // SAFETY: as the caller promises. If it cannot be made, there is none.
    unsafe {
        bindings::init_mkdir(c"/dev".as_ptr(), 0o755);
        bindings::init_mkdir(c"/dev/net".as_ptr(), 0o755);
        bindings::init_mknod(PATH, OF_CHARACTERS | 0o600, DEVICE);
        bindings::init_chmod(PATH, 0o666);
    }
}

/// # Safety
///
/// Both are strings; boot is single-threaded.
unsafe fn mount(kind: *const c_char, at: *const c_char) {
    // SAFETY: as the caller promises. A kernel without the file system goes without.
    unsafe {
        bindings::init_mkdir(at, 0o555);
        bindings::init_mount(kind, at, kind, 0, null_mut());
    }
}

/// Executes `/init`: the current task becomes the first process.
unsafe extern "C" fn load(bprm: *mut linux_binprm) -> i32 {
    // SAFETY: called by `exec_binprm()`, in the order that binfmt_elf.c keeps.
    unsafe {
        if task::current().is_some_and(SimTask::is_own) {
            return begin_exec(bprm);
        }
        if (*bindings::lib_current()).pid != 1 {
            return -(bindings::ENOEXEC as i32);
        }
        let program = SimTask::allocate(null_mut(), 0);
        if program.is_null() {
            return -(bindings::ENOMEM as i32);
        }
        let failed = begin_exec(bprm);
        if failed != 0 {
            bindings::lib_kfree(program.cast());
            return failed;
        }
        bindings::lib_host_takes_signals();
        bindings::lib_open_limits();

        let current = bindings::lib_current();
        (*program).task.set(current);
        (*current).thread.program = program.cast();
    }
    0
}

/// # Safety
///
/// As for `load_binary`.
unsafe fn begin_exec(bprm: *mut linux_binprm) -> i32 {
    // SAFETY: as the caller promises; the order of binfmt_elf.c.
    unsafe {
        let failed = bindings::begin_new_exec(bprm);
        if failed == 0 {
            bindings::setup_new_exec(bprm);
            bindings::finalize_exec(bprm);
        }
        failed
    }
}

/// The first task of a program of the library's own. Null if there is no memory, or no instance.
pub fn create_program(private: *mut c_void, process: u64) -> *mut SimTask {
    let Some(init) = init() else { return null_mut() };
    let args = [private as usize, process as usize, 0, 0, 0, 0, 0];
    call::make_shared(init, clone_program, args).max(0) as *mut SimTask
}

fn clone_program(_init: &SimTask, args: &Args) -> isize {
    let child = SimTask::allocate_own(args[0] as *mut c_void, args[1] as u64);
    let made = clone(child, 0, bindings::SIGCHLD);
    if made > 0 {
        // SAFETY: just made, and not run yet: what it has of the first process's is forgotten.
        unsafe { bindings::flush_signal_handlers((*child).task.get(), 1) };
    }
    made
}

/// clone(2) by the current task, of the library's own programs. `args`: flags, what is the host's,
/// its name for the process, and where the child's task goes. The child's number.
pub fn clone_own(_task: &SimTask, args: &Args) -> isize {
    /// What concerns memory and registers.
    const HOST: u64 = (bindings::CLONE_SETTLS
        | bindings::CLONE_PARENT_SETTID
        | bindings::CLONE_CHILD_SETTID
        | bindings::CLONE_CHILD_CLEARTID
        | bindings::CLONE_VFORK) as u64;
    /// The last byte is the signal.
    const SIGNAL: u64 = 0xff;
    let flags = args[0] as u64;
    let child = SimTask::allocate_own(args[1] as *mut c_void, args[2] as u64);
    let made = clone(child, flags & !HOST & !SIGNAL, (flags & SIGNAL) as u32);
    if made < 0 {
        return made;
    }
    // SAFETY: just made; the caller waits for the address.
    unsafe {
        *(args[3] as *mut *mut SimTask) = child;
        bindings::lib_number_of((*child).task.get()) as isize
    }
}

/// execve(2) by the current task, as far as it is the library's.
pub fn execute_own(_task: &SimTask, _args: &Args) -> isize {
    // SAFETY: process context.
    unsafe { bindings::lib_execute_init() as isize }
}

/// A task for a thread of `process`. Null if there is no memory, or no instance.
pub fn create(private: *mut c_void, process: u64) -> *mut SimTask {
    let Some(init) = init() else { return null_mut() };
    let leader =
        call::make_shared(init, find_or_clone_leader, [process as usize, 0, 0, 0, 0, 0, 0]);
    if leader <= 0 {
        return null_mut();
    }
    // SAFETY: a positive result is a leader, which lives while its process does.
    let leader = unsafe { &*(leader as *const SimTask) };
    let args = [private as usize, process as usize, 0, 0, 0, 0, 0];
    call::make_shared(leader, clone_thread, args).max(0) as *mut SimTask
}

/// As fork(2) by `parent`.
pub fn fork(parent: &SimTask, private: *mut c_void, process: u64) -> *mut SimTask {
    let leader = call::make(parent, clone_leader, [process as usize, 0, 0, 0, 0, 0, 0]);
    if leader <= 0 {
        return null_mut();
    }
    create(private, process)
}

/// Ends all tasks of `process`. As an interrupt: a shared task may have to wait for another process that
/// has died, and it is the one who calls this that finds out.
pub fn kill(mut process: u64) {
    call::interrupt_with(kill_process, (&raw mut process).cast());
}

/// The host's process has died: -ENOTRECOVERABLE, and the end, if it did while it executed the
/// kernel. Does not wait for anybody: whoever would bury it may wait for what it had.
pub fn check(process: u64) -> isize {
    let vcpu = vcpu::this();
    if vcpu.is_torn_by(process) {
        vcpu.give_up_torn();
        return error(bindings::ENOTRECOVERABLE);
    }
    vcpu.take_from(process);
    vcpu.pass_on_wake();
    0
}

/// The host's process has died elsewhere: as [`kill`], and what its threads held is given back.
pub fn died(process: u64) {
    finish_calls(process);
    call::interrupt_with(pass_on_turns, null_mut());
    kill(process);
}

/// The process that has died may have been woken to be next.
fn pass_on_turns(_: *mut ()) {
    init().into_iter().for_each(|init| init.turn.pass_on_wake());
    for_each_leader(|leader| leader.turn.pass_on_wake());
}

/// Carries the calls to their end that threads of `process`, which are gone, had shared tasks make.
fn finish_calls(process: u64) {
    call::finish_shared(|| {
        let mut left = init().filter(|init| init.turn.is_held_by(process));
        for_each_leader(|leader| {
            if leader.turn.is_held_by(process) {
                left = Some(leader);
            }
        });
        left
    });
}

/// What [`leave`] has done as an interrupt.
struct Leaving {
    process: u64,
    leave: bool,
    task: *const SimTask,
}

/// Keeps the threads of `process` out, all but that of `task`, or lets them in again.
pub fn leave(process: u64, leave: bool, task: *const SimTask) {
    let mut leaving = Leaving { process, leave, task };
    call::interrupt_with(set_leaving, (&raw mut leaving).cast());
}

fn set_leaving(leaving: *mut ()) {
    // SAFETY: `leave` waits.
    let leaving = unsafe { &*leaving.cast::<Leaving>() };
    if let Some(leader) = leader_of(leaving.process) {
        leader.set_leaving(leaving.leave, leaving.task);
    }
}

/// A number of the library's, and whose it is: who is asked for, and what was found.
struct Numbered {
    number: i32,
    owner: Option<(u64, *mut c_void)>,
}

/// The library's number of the task of `process` with this `private`, or of the process, or -ESRCH.
pub fn number_of(process: u64, private: *mut c_void) -> i32 {
    let number = error(bindings::ESRCH) as i32;
    let mut asked = Numbered { number, owner: Some((process, private)) };
    call::interrupt_with(find_number, (&raw mut asked).cast());
    asked.number
}

fn find_number(asked: *mut ()) {
    // SAFETY: `number_of` waits.
    let asked = unsafe { &mut *asked.cast::<Numbered>() };
    let leader = asked.owner.and_then(|(process, _)| leader_of(process));
    let mut task = leader.map_or(null_mut(), |leader| leader.task.get());
    while !task.is_null() {
        // SAFETY: a thread of a process that has not ended; the kernel executes this.
        unsafe {
            if SimTask::of(task).map(SimTask::owner) == asked.owner {
                asked.number = bindings::lib_number_of(task);
                return;
            }
            task = bindings::lib_next_thread(task);
        }
    }
}

/// Whose number it is: the process, and what is the host's of the task; null for the process's leader.
pub fn numbered(number: i32) -> Option<(u64, *mut c_void)> {
    let mut asked = Numbered { number, owner: None };
    call::interrupt_with(find_owner, (&raw mut asked).cast());
    asked.owner
}

fn find_owner(asked: *mut ()) {
    // SAFETY: `numbered` waits; the kernel executes this.
    unsafe {
        let asked = &mut *asked.cast::<Numbered>();
        let task = bindings::lib_find_task(asked.number);
        asked.owner = task.as_mut().and_then(|task| SimTask::of(task)).map(SimTask::owner);
    }
}

/// The program of `former` has been replaced: its descriptors are `process`'s now.
pub fn exec(former: u64, process: u64) -> isize {
    let Some(init) = init() else { return error(bindings::ESHUTDOWN) };
    let torn = check(former);
    if torn != 0 {
        return torn;
    }
    finish_calls(former);
    let leader = call::make_shared(init, find_leader, [former as usize, 0, 0, 0, 0, 0, 0]);
    if leader <= 0 {
        return leader;
    }
    // SAFETY: as in `create`.
    let leader = unsafe { &*(leader as *const SimTask) };
    let made = call::make_shared(leader, clone_leader, [process as usize, 0, 0, 0, 0, 0, 0]);
    kill(former);
    made.min(0)
}

/// The leader of process `args[0]`, or -ESRCH.
fn find_leader(_task: &SimTask, args: &Args) -> isize {
    leader_of(args[0] as u64)
        .map_or(error(bindings::ESRCH), |leader| core::ptr::from_ref(leader) as isize)
}

fn leader_of(process: u64) -> Option<&'static SimTask> {
    let mut result = None;
    for_each_leader(|leader| {
        if leader.process == process {
            result = Some(leader);
        }
    });
    result
}

fn for_each_leader(mut visit: impl FnMut(&'static SimTask)) {
    let mut leader = PROCESSES.leaders.get();
    // SAFETY: a leader is in the list until its process is killed.
    while let Some(found) = unsafe { leader.as_ref() } {
        leader = found.next.get();
        visit(found);
    }
}

fn find_or_clone_leader(task: &SimTask, args: &Args) -> isize {
    match leader_of(args[0] as u64) {
        Some(leader) => core::ptr::from_ref(leader) as isize,
        None => clone_leader(task, args),
    }
}

/// A new process as fork(2) by the current task; `args[0]` is the host's name for it.
fn clone_leader(_task: &SimTask, args: &Args) -> isize {
    let leader = SimTask::allocate(null_mut(), args[0] as u64);
    let made = clone(leader, 0, bindings::SIGCHLD);
    if made > 0 {
        // SAFETY: just made.
        unsafe { (*leader).next.set(PROCESSES.leaders.replace(leader)) };
    }
    made
}

/// A new thread of the current task's process; `args` are what is the host's.
fn clone_thread(leader: &SimTask, args: &Args) -> isize {
    const THREAD: u32 = bindings::CLONE_VM
        | bindings::CLONE_FS
        | bindings::CLONE_FILES
        | bindings::CLONE_SIGHAND
        | bindings::CLONE_THREAD
        | bindings::CLONE_SYSVSEM;
    let task = SimTask::allocate(args[0] as *mut c_void, args[1] as u64);
    let made = clone(task, THREAD.into(), 0);
    if made > 0 {
        // SAFETY: just made, and in no call.
        unsafe { (*task).belong_to(leader) };
    }
    made
}

/// The address of `child`, now a task, or a negative errno.
fn clone(child: *mut SimTask, flags: u64, exit_signal: u32) -> isize {
    if child.is_null() {
        return error(bindings::ENOMEM);
    }
    let pid = task::clone(child, flags, exit_signal);
    if pid < 0 { pid as isize } else { child as isize }
}

fn kill_process(process: *mut ()) {
    // SAFETY: `kill` waits.
    if let Some(leader) = leader_of(unsafe { *process.cast::<u64>() }) {
        // SAFETY: a leader has a task until its process has ended.
        unsafe { bindings::send_sig(bindings::SIGKILL as i32, leader.task.get(), 1) };
        unlink(leader);
    }
}

fn unlink(leader: &SimTask) {
    let mut link = &PROCESSES.leaders;
    // SAFETY: as in `leader_of`.
    while let Some(found) = unsafe { link.get().as_ref() } {
        if core::ptr::eq(found, leader) {
            link.set(found.next.get());
            // SAFETY: the kernel executes this, and the list had a reference.
            unsafe { SimTask::put(leader) };
            return;
        }
        link = &found.next;
    }
}

/// `flush_thread()`: execve(2) leaves nothing of the old program, whose registers are the host's.
#[unsafe(no_mangle)]
extern "C" fn flush_thread() {}

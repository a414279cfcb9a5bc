// SPDX-License-Identifier: GPL-2.0

//! Programs on nodes: starting them, giving them turns, and their ends.

use std::ffi::{CString, OsString};
use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::fd::{AsRawFd, RawFd};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::atomic::Ordering;
use std::time::Duration;

use liblinux_abi::SimTask;
use libos_control::layout::{
    AGENT_FD, CONTROL_FD, DESCRIPTORS_END, KEEP_FD, KEPT_FD, LIBRARY_FD, LOG_FD, NODE_FD,
    SIMULATOR, TRACE_FD, control,
};
use libos_control::{baton, process, thread};

use crate::error::Error;
use crate::simulation::Simulation;

/// A program to be started.
#[derive(Clone, Debug, Default)]
pub struct Program {
    /// Its path, or a name that is looked for in PATH.
    pub binary: PathBuf,
    /// Its arguments, without its own name.
    pub arguments: Vec<OsString>,
    /// Its whole environment. Without PATH it has the usual one.
    pub environment: Vec<(OsString, OsString)>,
    /// Where it begins, on the node; `/` if empty.
    pub directory: PathBuf,
    /// A file for its standard input; `/dev/null` if there is none.
    pub stdin: Option<PathBuf>,
    pub uid: u32,
    pub gid: u32,
    /// Bytes of its first thread's stack; 0 for the usual 8 MiB.
    pub stack: u64,
}

impl Program {
    /// A program with arguments.
    pub fn new(binary: impl Into<PathBuf>, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(OsString::from).collect();
        Program { binary: binary.into(), arguments, ..Program::default() }
    }
}

/// A process that exists.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    pub node: u32,
    /// Its number on the node.
    pub pid: u32,
    /// Its number on the host.
    pub host_pid: u32,
}

/// The usual size of a stack.
const STACK: u64 = 8 << 20;
/// The usual PATH.
const PATH: &str = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin";

impl Simulation {
    /// Starts a program on a node, now; it has its first turn before this returns. Its number there.
    pub fn start(&self, node: u32, program: &Program) -> Result<u32, Error> {
        self.table(node)?;
        self.enter(|| self.begin(node, program))
    }

    /// The processes that exist, on all nodes.
    #[must_use]
    pub fn processes(&self) -> Vec<Status> {
        let used = control().process.iter().filter(|p| p.used.load(Ordering::Relaxed) != 0);
        used.map(|process| Status {
            node: process.node.load(Ordering::Relaxed),
            pid: process.library_pid.load(Ordering::Relaxed),
            host_pid: process.pid.load(Ordering::Relaxed),
        })
        .collect()
    }

    /// Sends a signal to a process of a node, as kill(2).
    pub fn kill(&self, node: u32, pid: u32, signal: i32) -> Result<(), Error> {
        let result = self.enter(|| self.call(node, libc::SYS_kill, [pid as u64, signal as u64]))?;
        match result {
            0 => Ok(()),
            errno => Err(Error::Refused {
                node,
                what: format!("signal {signal} to process {pid}"),
                reason: io::Error::from_raw_os_error(-errno as i32),
            }),
        }
    }

    /// System call `nr` by the simulator's own process on a node.
    pub fn call<const N: usize>(&self, node: u32, nr: i64, args: [u64; N]) -> Result<i64, Error> {
        let syscall = self.table(node)?.task_syscall.ok_or(Error::Absent("task_syscall"))?;
        let task = self.nodes().borrow()[node as usize].task;
        let mut all = [0; 6];
        all[..N].copy_from_slice(&args);
        // SAFETY: the simulator's own task on that node; the arguments are the call's own.
        Ok(unsafe { syscall(task, nr, &all) })
    }

    fn begin(&self, node: u32, program: &Program) -> Result<u32, Error> {
        let limit = |what, limit| Error::Full { what, limit };
        let index =
            process::take(node).ok_or(limit("processes", libos_control::layout::PROCESSES))?;
        let number = thread::take(index).ok_or_else(|| {
            process::free(index);
            limit("threads", libos_control::layout::THREADS)
        })?;
        let place = Place { node, process: index, thread: number };
        let begun = self.begin_at(&place, program);
        if begun.is_err() {
            self.abandon(&place);
        }
        begun
    }

    fn begin_at(&self, place: &Place, program: &Program) -> Result<u32, Error> {
        let (process, thread) = place.shared();
        let table = self.table(place.node)?;
        let create = table.program_create.ok_or(Error::Absent("program_create"))?;
        let key = process.key.load(Ordering::Relaxed);
        // SAFETY: the node has been booted.
        let task = unsafe { create(place.thread as usize as *mut _, key) };
        if task.is_null() {
            return Err(self.refused(place.node, program, libc::ENOMEM));
        }
        thread.task.store(task as u64, Ordering::Relaxed);
        let pid = self.prepare(place, task, program)?;
        let files = self.files_of(place.node)?;
        let started = self.spawn(place, pid, &files, program);
        let host_pid = started.map_err(|reason| Error::Start {
            node: place.node,
            program: program.binary.clone(),
            reason,
        })?;
        process.pid.store(host_pid, Ordering::Relaxed);
        // It may already have given it back.
        self.wait_for_baton();
        Ok(pid)
    }

    /// The library's side of the process; its number.
    fn prepare(&self, place: &Place, task: *mut SimTask, program: &Program) -> Result<u32, Error> {
        let syscall = self.table(place.node)?.task_syscall.ok_or(Error::Absent("task_syscall"))?;
        // SAFETY: a task that no thread uses yet; numbers.
        let call =
            |nr, args: [u64; 2]| unsafe { syscall(task, nr, &[args[0], args[1], 0, 0, 0, 0]) };
        if program.gid != 0 {
            call(libc::SYS_setgid, [program.gid.into(), 0]);
        }
        if program.uid != 0 {
            call(libc::SYS_setuid, [program.uid.into(), 0]);
        }
        let pid = call(libc::SYS_getpid, [0; 2]) as u32;
        place.shared().0.library_pid.store(pid, Ordering::Relaxed);
        Ok(pid)
    }

    fn refused(&self, node: u32, program: &Program, errno: i32) -> Error {
        let what = program.binary.display().to_string();
        Error::Refused { node, what, reason: io::Error::from_raw_os_error(errno) }
    }

    /// The process of the host.
    fn spawn(
        &self,
        place: &Place,
        pid: u32,
        files: &crate::files::Files,
        program: &Program,
    ) -> io::Result<u32> {
        check(&files.find(&search(files, program)))?;
        let log = Log::make(&files.root, pid, program)?;
        let stdin = match &program.stdin {
            Some(path) => Stdio::from(File::open(files.find(path))?),
            None => Stdio::null(),
        };
        let trace = (control().trace.load(Ordering::Relaxed) != 0)
            .then(|| log.file("syscalls"))
            .transpose()?;
        let trace = trace.as_ref().map_or(self.log.as_raw_fd(), AsRawFd::as_raw_fd);
        let nodes = self.nodes().borrow();
        let memory = nodes[place.node as usize].memfd;
        let descriptors = [
            (self.control_fd, CONTROL_FD),
            (memory, NODE_FD),
            (self.log.as_raw_fd(), LOG_FD),
            (trace, TRACE_FD),
            (self.agent.as_raw_fd(), AGENT_FD),
            (self.library.as_raw_fd(), LIBRARY_FD),
            (files.kept.0.as_raw_fd(), KEEP_FD),
            (files.kept.1.as_raw_fd(), KEPT_FD),
        ];
        let mut command = Command::new(&program.binary);
        command.args(&program.arguments).env_clear().env("PATH", PATH);
        command.envs(program.environment.iter().map(|(name, value)| (name, value)));
        command.env("LD_PRELOAD", format!("/proc/self/fd/{AGENT_FD}"));
        command.env("LIBOS_SIM", format!("{},{},0", place.node, place.thread));
        command.stdin(stdin).stdout(log.file("stdout")?).stderr(log.file("stderr")?);
        let child = Child {
            descriptors,
            mounts: files.namespace.as_raw_fd(),
            network: self.network.as_raw_fd(),
            directory: c_string(&program.directory)?,
            processor: self.processor,
            stack: if program.stack == 0 { STACK } else { program.stack },
        };
        // SAFETY: makes only system calls.
        unsafe { command.pre_exec(move || child.prepare()) };
        let host_pid = command.spawn()?.id();
        libos_program_started(host_pid);
        baton::give(place.thread);
        Ok(host_pid)
    }

    /// A process that was not started.
    fn abandon(&self, place: &Place) {
        let (process, thread) = place.shared();
        if !thread.task().is_null() {
            let pid = process.library_pid.load(Ordering::Relaxed);
            let signal = libc::SIGKILL as u64;
            // The task exists, and is the simulator's to end.
            let _ = self.call(place.node, libc::SYS_kill, [pid.into(), signal]);
            self.destroy(place.node, thread.task());
        }
        thread::free(place.thread);
        process::free(place.process);
    }

    fn destroy(&self, node: u32, task: *mut SimTask) {
        if let Ok(Some(destroy)) = self.table(node).map(|table| table.task_destroy) {
            // SAFETY: the task's thread is gone.
            unsafe { destroy(task) };
        }
    }

    /// Gives a program's thread the baton, and waits until it comes back.
    pub(crate) fn run_ready(&self, thread: u32) {
        baton::give(thread);
        self.wait_for_baton();
    }

    /// Waits until a program gives the baton back, and sees to programs that cannot.
    fn wait_for_baton(&self) {
        /// How often it is looked whether there still is somebody who can give it back.
        const LOOK: Duration = Duration::from_millis(100);
        let calls = || control().calls.load(Ordering::Relaxed);
        // Looks are counted, not time: all may have been stopped by a debugger meanwhile.
        let mut seen = (calls(), Duration::ZERO);
        while !baton::receive_within(SIMULATOR, Some(LOOK)) {
            if self.bury_holder() {
                break;
            }
            if calls() != seen.0 {
                seen = (calls(), Duration::ZERO);
            } else if seen.1 > self.options().patience {
                self.end_spinning();
                seen.1 = Duration::ZERO;
            }
            seen.1 += LOOK;
        }
        self.bury_ended();
    }

    /// Processes that have ended in the library: their processes of the host are waited for, so that
    /// nothing of them happens later.
    fn bury_ended(&self) {
        while let Some(index) = control().ended.pop() {
            let process = &control().process[index as usize];
            wait_for(process.pid.load(Ordering::Relaxed), 0);
            self.bury(index, process.status.load(Ordering::Relaxed) as i32);
        }
    }

    fn bury(&self, index: u32, status: i32) {
        let process = &control().process[index as usize];
        let (node, pid) =
            (process.node.load(Ordering::Relaxed), process.library_pid.load(Ordering::Relaxed));
        if let Ok(files) = self.files_of(node) {
            // Nobody to tell if the folder is gone.
            let _ = fs::write(files.log(pid).join("status"), format!("{}\n", describe(status)));
        }
        process::free(index);
        self.world().exited(node, pid, status);
    }

    /// If the process that has the baton is dead, it is ended in the library, and the baton is the
    /// simulator's. Whether that was so.
    fn bury_holder(&self) -> bool {
        let holder = baton::holder();
        if holder == SIMULATOR {
            return false;
        }
        let index = control().thread[holder as usize].process.load(Ordering::Relaxed);
        let process = &control().process[index as usize];
        let pid = process.pid.load(Ordering::Relaxed);
        let Some(status) = (pid != 0).then(|| wait_for(pid, libc::WNOHANG)).flatten() else {
            return false;
        };
        let node = process.node.load(Ordering::Relaxed);
        let library_pid = process.library_pid.load(Ordering::Relaxed);
        eprintln!("node {node}: process {library_pid} has died on the host: {}", describe(status));
        baton::take_back(holder);
        let parent = process.holds.load(Ordering::Relaxed);
        let key = process.key.load(Ordering::Relaxed);
        let table = libos_control::node::exported(node);
        // SAFETY: never blocks; the node has been booted.
        let torn = table.process_check.map_or(0, |check| unsafe { check(key) });
        if torn != 0 {
            eprintln!("node {node}: it was in the node's kernel, which cannot go on");
        }
        let signal = libc::SIGKILL as u64;
        // An instance that has ended says so whenever it is called.
        let _ = self.call(node, libc::SYS_kill, [library_pid.into(), signal]);
        for number in thread::of_process(index) {
            self.destroy(node, control().thread[number as usize].task());
            thread::free(number);
        }
        if parent != SIMULATOR {
            baton::wake(parent);
        }
        self.bury(index, status);
        true
    }

    /// The program that has the baton makes no system call: it is reported, and ended.
    fn end_spinning(&self) {
        let holder = baton::holder();
        if holder == SIMULATOR {
            return;
        }
        let thread = &control().thread[holder as usize];
        let process = &control().process[thread.process.load(Ordering::Relaxed) as usize];
        let pid = process.pid.load(Ordering::Relaxed);
        let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
        eprintln!(
            "node {}: {} (process {}) has been executing for {} s without a system call; it is ended",
            process.node.load(Ordering::Relaxed),
            name.trim(),
            process.library_pid.load(Ordering::Relaxed),
            self.options().patience.as_secs(),
        );
        eprint!("{}", crate::backtrace::of(pid, thread.tid.load(Ordering::Relaxed)));
        // SAFETY: a process of this simulation.
        unsafe { libc::kill(pid as i32, libc::SIGKILL) };
    }
}

/// Process `pid` of the host is to be a program of a node, and has called nothing of its kernel yet.
/// Debuggers stop at this function.
#[unsafe(no_mangle)]
#[inline(never)]
pub extern "C" fn libos_program_started(pid: u32) {
    core::hint::black_box(pid);
}

/// The path of a binary that may be named without one: where the program's own PATH leads.
fn search(files: &crate::files::Files, program: &Program) -> PathBuf {
    let binary = &program.binary;
    if binary.components().count() > 1 {
        return binary.clone();
    }
    let own = program.environment.iter().find(|(name, _)| name == "PATH");
    let path = own.map_or(PATH.into(), |(_, value)| value.to_string_lossy());
    let mut places = path.split(':').map(|folder| Path::new(folder).join(binary));
    places.find(|path| files.find(path).exists()).unwrap_or_else(|| binary.clone())
}

/// Whether the file can be executed on a node: nothing can be preloaded into one without a dynamic
/// loader, and it would see the host.
fn check(file: &Path) -> io::Result<()> {
    use object::LittleEndian as Endian;
    use object::read::elf::{FileHeader, ProgramHeader};

    let data = fs::read(file)?;
    let Ok(header) = object::elf::FileHeader64::<Endian>::parse(&*data) else { return Ok(()) };
    let programs = header.program_headers(Endian, &*data).unwrap_or_default();
    if programs.iter().any(|program| program.p_type(Endian) == object::elf::PT_INTERP) {
        return Ok(());
    }
    Err(io::Error::other("it is statically linked, so its system calls cannot be caught"))
}

/// Where a process is among all.
struct Place {
    node: u32,
    process: u32,
    thread: u32,
}

impl Place {
    fn shared(&self) -> (&'static process::Process, &'static thread::Thread) {
        (&control().process[self.process as usize], &control().thread[self.thread as usize])
    }
}

/// What wait(2) says of a child of this process; `None` if it has not ended.
fn wait_for(pid: u32, flags: i32) -> Option<i32> {
    let mut status = 0;
    loop {
        // SAFETY: writable.
        let got = unsafe { libc::waitpid(pid as i32, &mut status, flags | libc::__WALL) };
        if got == pid as i32 {
            return Some(status);
        }
        let interrupted = io::Error::last_os_error().kind() == io::ErrorKind::Interrupted;
        if got >= 0 || !interrupted {
            return None;
        }
    }
}

/// A status of wait(2) in words.
fn describe(status: i32) -> String {
    if libc::WIFSIGNALED(status) {
        format!("killed by signal {}", libc::WTERMSIG(status))
    } else {
        format!("exit {}", libc::WEXITSTATUS(status))
    }
}

fn c_string(path: &Path) -> io::Result<CString> {
    use std::os::unix::ffi::OsStrExt;
    let bytes = path.as_os_str().as_bytes();
    let bytes = if bytes.is_empty() { b"/" } else { bytes };
    CString::new(bytes).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))
}

/// The folder of a process: `/var/log/PID` of its node.
struct Log(PathBuf);

impl Log {
    fn make(root: &Path, pid: u32, program: &Program) -> io::Result<Self> {
        let folder = root.join("var/log").join(pid.to_string());
        fs::create_dir_all(&folder)?;
        let mut line = program.binary.clone().into_os_string();
        for argument in &program.arguments {
            line.push(" ");
            line.push(argument);
        }
        line.push("\n");
        fs::write(folder.join("cmdline"), line.as_encoded_bytes())?;
        fs::write(folder.join("status"), "running\n")?;
        Ok(Log(folder))
    }

    fn file(&self, name: &str) -> io::Result<File> {
        OpenOptions::new().create(true).append(true).open(self.0.join(name))
    }
}

/// What is to be done in the child, before it executes the program.
struct Child {
    descriptors: [(RawFd, RawFd); 8],
    mounts: RawFd,
    network: RawFd,
    directory: CString,
    processor: usize,
    stack: u64,
}

impl Child {
    fn prepare(&self) -> io::Result<()> {
        let checked = |result: i32| {
            if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
        };
        // SAFETY: only system calls, with numbers and with what this has.
        unsafe {
            checked(libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL))?;
            let files = libc::rlimit { rlim_cur: 8192, rlim_max: 8192 };
            // Under valgrind, which has the upper ones itself, it stays as it is: EPERM. If that is too few,
            // it is told below.
            libc::setrlimit(libc::RLIMIT_NOFILE, &files);
            let stack = libc::rlimit { rlim_cur: self.stack, rlim_max: libc::RLIM_INFINITY };
            checked(libc::setrlimit(libc::RLIMIT_STACK, &stack))?;
            let core = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
            checked(libc::setrlimit(libc::RLIMIT_CORE, &core))?;
            checked(libc::setns(self.mounts, libc::CLONE_NEWNS))?;
            checked(libc::setns(self.network, libc::CLONE_NEWNET))?;
            // First above all places: of many nodes, some are where others are to be.
            let mut moved = self.descriptors;
            for (from, _) in &mut moved {
                *from = libc::fcntl(*from, libc::F_DUPFD_CLOEXEC, DESCRIPTORS_END);
                checked(*from)?;
            }
            for (from, to) in moved {
                checked(libc::dup2(from, to))?;
            }
            checked(libc::chdir(self.directory.as_ptr()))?;
            checked(libc::personality(libc::ADDR_NO_RANDOMIZE as libc::c_ulong))?;
            let mut set: libc::cpu_set_t = core::mem::zeroed();
            libc::CPU_SET(self.processor, &mut set);
            checked(libc::sched_setaffinity(0, size_of_val(&set), &set))?;
            libc::umask(0o022);
            let mut none: libc::sigset_t = core::mem::zeroed();
            libc::sigemptyset(&mut none);
            checked(libc::sigprocmask(libc::SIG_SETMASK, &none, core::ptr::null_mut()))
        }
    }
}

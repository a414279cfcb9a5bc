// SPDX-License-Identifier: GPL-2.0

//! The interposer: the library that `nuse` puts into a program's LD_PRELOAD. It routes system
//! calls: those that concern the network to the stack's kernel, the others to the host's.
//!
//! ```text
//!  program ── send() ──▶ symbols ──┐
//!  libc's inside ── SIGSYS ▶ inline ┴▶ route ──▶ library ──▶ the stack's kernel
//!                                       │  ╲
//!                               policy ─┘   ╲──▶ host ──▶ the gate ──▶ the host's kernel
//!                               table
//! ```
//!
//! * [`policy`] says what goes where, [`table`] whose each descriptor is;
//! * [`route`] carries it out: [`descriptors`], [`wait`], [`files`], [`opened`], [`folder`], [`control`], [`transfer`],
//!   [`sent`], [`received`], [`mapping`], [`pipe`], [`owner`], [`sandbox`];
//! * [`limits`] are the program's, as if it were alone in its process;
//! * [`memory`] and [`registers`] look at the program's; [`library`] and [`host`] make the calls; [`cancel`] and
//!   [`signals`] do what belongs to them;
//! * [`symbols`] are the functions that replace libc's; [`inline`] gets what does not use them, some of
//!   it [`aside`], [`instructions`] notices whether the program is among that, and [`static_program`] gets all that a
//!   statically linked program does;
//! * [`credentials`] sees who the program becomes, [`apart`] which threads part;
//! * [`instance`], [`process`], [`clone`], [`exec`], [`spawn`], [`vforked`] and [`shell`] begin and end; [`stdio`] and [`standard`]
//!   are about streams, [`directory`] about directories, [`lookups`] about names; [`real`] finds the
//!   functions of libc that are still needed.
//!
//! Without `NUSE_INSTANCE` in the environment, the host gets every call.
//!
//! # Limits
//!
//! * Inline calls of a program's own code are as libc's from the first on ([`instructions`]). Of others, those of
//!   libraries, what reads, writes or closes a descriptor works with those that were made so
//!   (`nuse_filter::WINDOW`), code of Go's also with those that the program has inherited. With others it
//!   meets the placeholder, and EBADF: io_uring, programs that mix both ways, dup2(2) of Go's, and what Go receives
//!   by SCM_RIGHTS. daemon(3) and login_tty(3) may close such a descriptor unnoticed; that is found when the host
//!   gives its number again.
//! * A child of clone(3), or of clone(2), clone3(2), fork(2) and vfork(2) through syscall(2), has a copy of
//!   its parent's memory ([`clone`]), also where CLONE_VM and CLONE_VFORK share it: of what it changes
//!   there, the parent sees nothing. A parent that does not wait for it cannot have it share memory or
//!   descriptors (CLONE_VM, CLONE_FILES: EINVAL): the two would be one process of the library's with two
//!   of the host's, and one thread's own storage for two threads. For CLONE_SETTLS the child keeps a copy
//!   of its parent's thread's. Through syscall(2) none has a stack of its own (EINVAL), to which it could
//!   not return. When the function of clone(3) returns, the whole process ends. In a new PID namespace the
//!   numbers of processes are not those of the stack: a program that is executed there has no descriptors
//!   of the library, and is not noticed if it is killed.
//! * A child that an inline clone(2) makes with a copy of the memory is none of the library's: calls that
//!   concern the library fail there (EBADF; ENETDOWN for new descriptors), and what it executes begins
//!   without descriptors of it. Its parent keeps its own. It is known by a page that Linux wipes (4.14).
//! * One that an inline clone(2) makes sharing the memory, as Go's, or libc itself (wordexp(3)), hands
//!   descriptors of the library on to the program that it executes ([`vforked`]), where the host has
//!   kcmp(2) and the child has not become another user. The program has copies of files: an epoll instance
//!   among them does not know the host's. If the child is killed from outside while it does so, the stack's
//!   kernel waits for it for ever; one whose parent ends just then may wait. Before that it is a thread of
//!   its parent's, which alone can close a descriptor of the library: it reads and writes what is that
//!   one's, and the sockets that it makes are.
//! * stat(2), access(2) and readlink(2) along links of the program's own see the host's files of the network.
//!   So do inline calls with paths of libraries, open(2) too, but for those of Go's code ([`go`]), and of a
//!   program whose code is not below everything else's, as under `ulimit -s unlimited`; and those of threads that
//!   libc begins itself (thrd_create(3), SIGEV_THREAD) until another thread has made one.
//! * A program's own instruction that blocks SIGSYS (rt_sigprocmask) ends it at the next call that is caught. One that
//!   makes a network namespace (clone with CLONE_NEWNET, as Go does) is not refused.
//! * system(3) is no cancellation point while the command runs.
//! * A thread that has all signals blocked by libc itself (that of mq_notify(3)) cannot be caught: a
//!   call about the network that it made itself would kill the process.
//! * Stacks too small for a signal's frame cannot make inline calls, but for those of Go ([`aside`]). Nor
//!   may a handler that runs on a signal stack call the library: a second signal would be given the same
//!   stack, from the top.
//! * The context that a deferred handler sees is that of the way out.
//! * The owner of a socket (F_SETOWN) must be on the stack: a process, a thread that has called it, or a
//!   group, of which the processes that are on it are told. One that executes another program is no owner
//!   any more. F_SETSIG of SIGKILL or SIGSTOP fails (EINVAL): they would come to whoever executes the kernel
//!   at that moment. The signal is sent by whoever does, who must be allowed to: what the packets of another
//!   user's process cause may not reach one of root's. signalfd(2) has SI_SIGIO for its code, and that in
//!   `ssi_errno`; handlers and sigwaitinfo(2) see no difference.
//! * A SIGSEGV or SIGBUS that somebody has sent while it is blocked is kept by the thread at which it arrived,
//!   also if it was for the process, and signalfd(2) does not have it. Threads begin with neither blocked,
//!   but for those of static programs. While its handler runs, it is blocked only if the handler says so.
//! * Descriptors can be sent over a socket of the host (SCM_RIGHTS) where there is a /proc. An epoll
//!   instance that is sent goes on with the library's descriptors, not with the host's in it.
//! * Of statically linked programs ([`static_program`]), every call is caught, which takes 3 µs, but for
//!   those from places that could be rewritten, as Go's. A child that shares their memory is made for
//!   vfork(2) only, has a copy, and leaves its parent what it changed on the stack. One with namespaces of
//!   its own is made while there is one thread only (EINVAL): the others could have locks of libc's, which
//!   only fork(3) opens in the child. clone3(2) and rseq(2) are not there (ENOSYS), nor is the GS base. A
//!   seccomp filter of their own has no effect. They must be readable. A system call as 32-bit programs
//!   make it ends them, with a message. A thread that ends with a robust mutex locked may leave it so. A
//!   SIGSEGV, SIGBUS or SIGSYS is never blocked: where the kernel would end a program that faults with it
//!   blocked, its handler is called.
//! * nftw(3), fts(3) and realpath(3) of libc look at the host's directories: inside, they call neither
//!   opendir(3) nor readlink(2).

mod apart;
mod aside;
mod call;
mod cancel;
mod clone;
mod code;
mod control;
mod copies;
mod credentials;
mod descriptors;
mod directory;
mod errno;
mod exec;
mod files;
mod folder;
mod go;
mod host;
mod inline;
mod instance;
mod instructions;
mod library;
mod limits;
mod links;
mod lookups;
mod mapping;
mod memory;
mod mounts;
mod opened;
mod owner;
mod parent;
mod pipe;
mod policy;
mod process;
mod real;
mod received;
mod registers;
mod route;
mod sandbox;
mod sent;
mod shell;
mod signals;
mod spawn;
mod spelling;
mod standard;
mod static_program;
mod stdio;
mod symbols;
mod table;
mod transfer;
mod vforked;
mod wait;

use core::ffi::{c_char, c_int};

type Strings = *const *const c_char;

/// The library is the first to be initialized (build.rs): before libc's own environment is set.
#[used]
#[unsafe(link_section = ".init_array")]
static START: unsafe extern "C" fn(c_int, Strings, Strings) = start;

#[used]
#[unsafe(link_section = ".fini_array")]
static END: extern "C" fn() = instance::end;

unsafe extern "C" {
    static mut environ: Strings;
}

/// # Safety
///
/// Called by the dynamic loader.
unsafe extern "C" fn start(_count: c_int, _arguments: Strings, environment: Strings) {
    // SAFETY: there is only one thread.
    unsafe {
        if environ.is_null() {
            environ = environment;
        }
    }
    real::find_early();
    // SAFETY: the program's own.
    unsafe { exec::remember(environment) };
    instance::attach();
}

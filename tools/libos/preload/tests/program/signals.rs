// SPDX-License-Identifier: GPL-2.0

//! Handlers, and the calls that they interrupt.

use std::ffi::{c_int, c_void};
use std::ptr::{null, null_mut};
use std::sync::atomic::{AtomicI32, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::sys::{close, connection, pipe, read, result, say, soon, write};

static CALLED: AtomicUsize = AtomicUsize::new(0);
static VALUE: AtomicI32 = AtomicI32::new(0);

extern "C" fn count(_signal: c_int) {
    CALLED.fetch_add(1, Ordering::SeqCst);
}

extern "C" fn remember(_signal: c_int, info: *mut libc::siginfo_t, context: *mut c_void) {
    // SAFETY: the kernel's argument, of a signal that was queued with a value.
    unsafe { VALUE.store((*info).si_value().sival_ptr as usize as i32, Ordering::SeqCst) };
    CALLED.fetch_add(usize::from(!context.is_null()), Ordering::SeqCst);
}

fn install(signal: c_int, handler: usize, flags: c_int) {
    // SAFETY: a handler of ours.
    unsafe {
        let mut action: libc::sigaction = std::mem::zeroed();
        action.sa_sigaction = handler;
        action.sa_flags = flags;
        libc::sigfillset(&raw mut action.sa_mask);
        assert_eq!(libc::sigaction(signal, &raw const action, null_mut()), 0);
    }
}

const COUNT: extern "C" fn(c_int) = count;

pub fn run() {
    interrupted();
    restarted();
    masked();
    values();
    actions();
    once_in_a_call();
    faults();
    say("end of", "signals");
}

fn called() -> usize {
    CALLED.swap(0, Ordering::SeqCst)
}

/// A signal for this thread, soon.
fn signal_soon(signal: c_int) -> std::thread::JoinHandle<()> {
    // SAFETY: this thread joins the other one.
    let target = unsafe { libc::pthread_self() };
    // SAFETY: as above.
    soon(move || unsafe { assert_eq!(libc::pthread_kill(target, signal), 0) })
}

fn interrupted() {
    install(libc::SIGUSR1, COUNT as usize, 0);
    let (one, other) = connection();
    let (from, to) = pipe();
    let thread = signal_soon(libc::SIGUSR1);
    say("read of a socket", read(one));
    let _ = thread.join();
    say("called", called());
    let thread = signal_soon(libc::SIGUSR1);
    say("read of a pipe", read(from));
    let _ = thread.join();
    say("called", called());
    let mut file = libc::pollfd { fd: one, events: libc::POLLIN, revents: 0 };
    let thread = signal_soon(libc::SIGUSR1);
    // SAFETY: a local.
    say("poll", result(unsafe { libc::poll(&raw mut file, 1, -1) }));
    let _ = thread.join();
    say("called", called());
    [one, other, from, to].into_iter().for_each(|fd| drop(close(fd)));
}

fn restarted() {
    install(libc::SIGUSR1, COUNT as usize, libc::SA_RESTART);
    let (one, other) = connection();
    let thread = signal_soon(libc::SIGUSR1);
    let data = soon(move || {
        std::thread::sleep(Duration::from_millis(100));
        write(other, b"after");
    });
    say("read goes on", read(one));
    let _ = (thread.join(), data.join());
    say("called", called());
    let mut file = libc::pollfd { fd: one, events: libc::POLLIN, revents: 0 };
    let thread = signal_soon(libc::SIGUSR1);
    // SAFETY: a local.
    say("poll does not", result(unsafe { libc::poll(&raw mut file, 1, -1) }));
    let _ = thread.join();
    say("called", called());
    close(one);
    close(other);
}

fn masked() {
    install(libc::SIGUSR1, COUNT as usize, libc::SA_RESTART);
    let (one, other) = connection();
    // SAFETY: local sets.
    unsafe {
        let (mut usr1, mut none): (libc::sigset_t, libc::sigset_t) = std::mem::zeroed();
        libc::sigemptyset(&raw mut none);
        libc::sigaddset(&raw mut usr1, libc::SIGUSR1);
        libc::sigprocmask(libc::SIG_BLOCK, &raw const usr1, null_mut());
        libc::raise(libc::SIGUSR1);
        say("blocked", called());
        let mut file = libc::pollfd { fd: one, events: libc::POLLIN, revents: 0 };
        say("ppoll", result(libc::ppoll(&raw mut file, 1, null(), &raw const none)));
        say("let through", called());
        libc::raise(libc::SIGUSR1);
        let epoll = libc::epoll_create1(0);
        let mut event = libc::epoll_event { events: 0, u64: 0 };
        say(
            "epoll_pwait",
            result(libc::epoll_pwait(epoll, &raw mut event, 1, -1, &raw const none)),
        );
        say("let through", called());
        let thread = signal_soon(libc::SIGUSR1);
        let time = libc::timespec { tv_sec: 20, tv_nsec: 0 };
        let begun = Instant::now();
        say("ppoll waits", result(libc::ppoll(&raw mut file, 1, &raw const time, &raw const none)));
        say("not long", begun.elapsed() < Duration::from_secs(5));
        let _ = thread.join();
        say("let through", called());
        libc::raise(libc::SIGUSR1);
        say("blocked again", called());
        libc::sigprocmask(libc::SIG_UNBLOCK, &raw const usr1, null_mut());
        say("unblocked", called());
        close(epoll);
    }
    close(one);
    close(other);
}

/// What comes with a signal reaches the handler, also of two at once.
fn values() {
    let handler: extern "C" fn(c_int, *mut libc::siginfo_t, *mut c_void) = remember;
    install(libc::SIGUSR2, handler as usize, libc::SA_SIGINFO | libc::SA_RESTART);
    install(libc::SIGUSR1, COUNT as usize, libc::SA_RESTART);
    let (one, other) = connection();
    // SAFETY: this thread joins the other one.
    let (target, pid) = unsafe { (libc::pthread_self(), libc::getpid()) };
    let thread = soon(move || {
        // SAFETY: numbers.
        unsafe {
            libc::sigqueue(pid, libc::SIGUSR2, libc::sigval { sival_ptr: 42 as *mut c_void });
            libc::pthread_kill(target, libc::SIGUSR1);
        }
        std::thread::sleep(Duration::from_millis(100));
        write(other, b"end");
    });
    say("read", read(one));
    let _ = thread.join();
    say("called", called());
    say("value", VALUE.load(Ordering::SeqCst));
    close(one);
    close(other);
}

fn actions() {
    // SAFETY: local actions.
    unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        libc::sigaction(libc::SIGUSR1, null(), &raw mut now);
        say("own handler", now.sa_sigaction == COUNT as usize);
        say("flags", now.sa_flags & (libc::SA_RESTART | libc::SA_SIGINFO));
        libc::sigaction(libc::SIGTERM, null(), &raw mut now);
        say("default", now.sa_sigaction == libc::SIG_DFL);
        install(libc::SIGUSR1, COUNT as usize, libc::SA_RESETHAND);
        libc::raise(libc::SIGUSR1);
        libc::sigaction(libc::SIGUSR1, null(), &raw mut now);
        say("once", format!("{} {}", called(), now.sa_sigaction == libc::SIG_DFL));
        say("before", libc::signal(libc::SIGUSR1, libc::SIG_IGN) == libc::SIG_DFL);
        libc::raise(libc::SIGUSR1);
        say("before", libc::signal(libc::SIGUSR1, COUNT as usize) == libc::SIG_IGN);
        libc::raise(libc::SIGUSR1);
        libc::raise(libc::SIGUSR1);
        say("called", called());
        install(libc::SIGSEGV, COUNT as usize, libc::SA_RESETHAND);
        libc::sigaction(libc::SIGSEGV, null(), &raw mut now);
        say("of SIGSEGV", now.sa_sigaction == COUNT as usize);
        libc::signal(libc::SIGSEGV, libc::SIG_DFL);
        say("no signal", result(libc::sigaction(99, null(), &raw mut now)));
        say("SIGKILL", libc::signal(libc::SIGKILL, COUNT as usize) == libc::SIG_ERR);
    }
}

/// What a child dies of, as wait(2) has it.
fn death(child: impl FnOnce()) -> c_int {
    let mut status = 0;
    // SAFETY: the child only does what `child` does, and ends.
    unsafe {
        let pid = libc::fork();
        if pid == 0 {
            child();
            libc::_exit(0);
        }
        assert_eq!(libc::waitpid(pid, &raw mut status, 0), pid);
    }
    status
}

/// Handlers of SIGSEGV, when an instruction faults and when somebody sends it.
fn faults() {
    let fault = || {
        // SAFETY: none: that is the point.
        unsafe { std::ptr::without_provenance_mut::<u8>(16).write_volatile(1) }
    };
    // SAFETY: to the calling thread.
    let send = || unsafe { assert_eq!(libc::raise(libc::SIGSEGV), 0) };
    install(libc::SIGSEGV, look as *const () as usize, libc::SA_RESETHAND);
    say("a fault, once", death(fault));
    say("sent, once", death(send));
    say("sent, twice", death(|| [send, send].iter().for_each(|send| send())));
    // SAFETY: a disposition.
    unsafe { libc::signal(libc::SIGSEGV, libc::SIG_IGN) };
    say("a fault, ignored", death(fault));
    say("sent, ignored", death(send));
    // SAFETY: as above.
    unsafe { libc::signal(libc::SIGSEGV, libc::SIG_DFL) };
    say("sent, by default", death(send));
}

/// What a handler of SIGSEGV finds blocked that was installed with a full mask.
extern "C" fn look(_signal: c_int) {
    // SAFETY: a local set.
    unsafe {
        let mut now: libc::sigset_t = std::mem::zeroed();
        libc::sigprocmask(libc::SIG_BLOCK, null(), &raw mut now);
        say("blocked in it", libc::sigismember(&raw const now, libc::SIGUSR1));
    }
}

/// A handler that is to be called once, for a signal that interrupts a call.
fn once_in_a_call() {
    let (one, other) = connection();
    install(libc::SIGALRM, COUNT as usize, libc::SA_RESETHAND);
    let thread = signal_soon(libc::SIGALRM);
    say("interrupted, once", read(one));
    let _ = thread.join();
    // SAFETY: asks only.
    unsafe {
        let mut now: libc::sigaction = std::mem::zeroed();
        libc::sigaction(libc::SIGALRM, null(), &raw mut now);
        say("called", format!("{} {}", called(), now.sa_sigaction == libc::SIG_DFL));
    }
    close(one);
    close(other);
}

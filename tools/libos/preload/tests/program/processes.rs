// SPDX-License-Identifier: GPL-2.0

//! Processes: forked, executed, and ended by signals.

use std::ffi::c_int;
use std::process::{Command, Stdio};

use crate::sys::{close, connection, read, result, say, soon, write};

pub fn run() {
    forked();
    executed();
    ended(libc::SIGTERM, "by SIGTERM in read");
    ended(libc::SIGALRM, "by SIGALRM in read");
    piped();
    stopped();
    say("end of", "processes");
}

fn forked() {
    let (one, other) = connection();
    let status = child_of(|| {
        write(one, b"from the child");
        close(other);
        0
    });
    say("forked child", status);
    say("heard", read(other));
    say("parent's own", write(one, b"from the parent") + &read(other));
    close(one);
    say("end", read(other));
    close(other);
}

/// Status of a forked child that does `action`.
fn child_of(action: impl FnOnce() -> c_int) -> c_int {
    // SAFETY: the child does no more than a handful of calls.
    unsafe {
        match libc::fork() {
            0 => libc::_exit(action()),
            child => wait(child, 0),
        }
    }
}

fn wait(child: c_int, flags: c_int) -> c_int {
    let mut status = 0;
    // SAFETY: a local.
    let ended = unsafe { libc::waitpid(child, &raw mut status, flags) };
    assert_eq!(ended, child);
    status
}

fn executed() {
    let output = Command::new("sh").args(["-c", "echo one; echo two | cat; exit 3"]).output();
    say("shell", format!("{:?}", output.map(|output| (output.stdout, output.status.code())).ok()));
    let this = std::env::current_exe().expect("own path");
    let mut child = Command::new(this);
    child.arg("--child").stdin(Stdio::null()).stdout(Stdio::piped());
    let output = child.output().expect("own program");
    say("executed child", String::from_utf8_lossy(&output.stdout).trim());
}

/// What an executed child does: it has sockets too.
pub fn child() {
    let (one, other) = connection();
    say("child", write(one, b"works") + &read(other));
}

/// A signal whose default is to end the process, while it waits for a socket.
fn ended(signal: c_int, what: &str) {
    let (one, other) = connection();
    // SAFETY: the child only reads.
    let child = unsafe { libc::fork() };
    if child == 0 {
        close(other);
        read(one);
        // SAFETY: a number.
        unsafe { libc::_exit(0) };
    }
    close(one);
    let thread = soon(move || {
        // SAFETY: our own child, which is waited for.
        let _ = unsafe { libc::kill(child, signal) };
    });
    say(what, wait(child, 0));
    let _ = thread.join();
    say("peer sees the end", read(other));
    close(other);
}

/// SIGPIPE ends a process that writes to a closed connection.
fn piped() {
    let (one, other) = connection();
    close(other);
    let status = child_of(|| {
        // SAFETY: the default.
        unsafe { libc::signal(libc::SIGPIPE, libc::SIG_DFL) };
        (0..100).for_each(|_| {
            write(one, b"x");
            std::thread::sleep(std::time::Duration::from_millis(2));
        });
        0
    });
    say("by SIGPIPE", status);
    close(one);
}

/// A process is stopped in a read, and goes on.
fn stopped() {
    let (one, other) = connection();
    // SAFETY: the child only reads and writes.
    let child = unsafe { libc::fork() };
    if child == 0 {
        let right = read(one) == "\"go\"";
        write(one, if right { b"gone" } else { b"lost" });
        // SAFETY: a number.
        unsafe { libc::_exit(0) };
    }
    // SAFETY: our own child.
    unsafe {
        std::thread::sleep(std::time::Duration::from_millis(50));
        // An orphaned process group is not stopped by SIGTSTP.
        libc::kill(child, libc::SIGTTIN);
        std::thread::sleep(std::time::Duration::from_millis(50));
        say("continued", result(libc::kill(child, libc::SIGCONT)));
    }
    write(other, b"go");
    say("and heard", read(other));
    say("status", wait(child, 0));
    close(one);
    close(other);
}

// SPDX-License-Identifier: GPL-2.0

//! What the program starts, and that in turn: whoever loses its parent becomes ours, so that
//! nothing outlives the stack it uses.

use std::fs;
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::os::unix::process::ExitStatusExt;
use std::process::ExitStatus;
use std::time::Duration;

/// From now on an orphan among our descendants is our child; see `PR_SET_CHILD_SUBREAPER`(2const).
pub fn adopt() -> io::Result<()> {
    // SAFETY: sets an attribute of this process.
    match unsafe { libc::prctl(libc::PR_SET_CHILD_SUBREAPER, 1) } {
        0 => Ok(()),
        _ => Err(io::Error::last_os_error()),
    }
}

/// Waits for the end of child `pid`, and reaps orphans meanwhile. Calls `stopped` with the signal that
/// has stopped it.
pub fn wait_for(pid: i32, stopped: impl Fn(i32)) -> io::Result<ExitStatus> {
    loop {
        let (child, status) = wait_for_any(libc::WUNTRACED)?;
        match (child == pid, status.stopped_signal()) {
            (true, None) => return Ok(status),
            (true, Some(signal)) => stopped(signal),
            (false, _) => {}
        }
    }
}

/// Whether it is a child of this process.
pub fn is_one(pid: i32) -> bool {
    parent_of(pid) == Some(std::process::id())
}

/// Waits for the end of a process that is none of them.
pub fn wait_for_other(pid: i32) -> io::Result<()> {
    let failed = io::Error::last_os_error;
    // SAFETY: takes numbers.
    let fd = unsafe { libc::syscall(libc::SYS_pidfd_open, pid, 0) } as i32;
    if fd < 0 {
        return if failed().raw_os_error() == Some(libc::ESRCH) { Ok(()) } else { Err(failed()) };
    }
    // SAFETY: new, and nobody else's.
    let fd = unsafe { OwnedFd::from_raw_fd(fd) };
    let mut ends = libc::pollfd { fd: fd.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    // SAFETY: one entry.
    while unsafe { libc::poll(&mut ends, 1, -1) } < 0 {
        if failed().kind() != io::ErrorKind::Interrupted {
            return Err(failed());
        }
    }
    Ok(())
}

/// One that has lost its parent. One whose parent is about to end may be found only when that is gone.
pub fn any() -> Option<i32> {
    while has_children() {
        if let Some(pid) = children().into_iter().find(|pid| is_running(*pid)) {
            return Some(pid);
        }
        reap();
    }
    None
}

/// Waits for those that have ended, but for none that has not.
fn reap() {
    const SOON: Duration = Duration::from_millis(1);
    // SAFETY: no status is asked for.
    while unsafe { libc::waitpid(-1, std::ptr::null_mut(), libc::WNOHANG) } > 0 {}
    std::thread::sleep(SOON);
}

/// One that has, and has left the session of this process.
pub fn any_daemon() -> Option<i32> {
    // SAFETY: asks for numbers.
    let has_left = |pid: &i32| unsafe { libc::getsid(*pid) != libc::getsid(0) };
    children().into_iter().find(|pid| is_running(*pid) && has_left(pid))
}

/// Its name and number.
pub fn describe(pid: i32) -> String {
    let name = fs::read_to_string(format!("/proc/{pid}/comm")).unwrap_or_default();
    format!("{} (pid {pid})", name.trim_end())
}

/// Ends all that are left.
pub fn end() {
    while has_children() {
        kill();
        // The children of the one that ended are ours then.
        if wait_for_any(0).is_err() {
            return;
        }
    }
}

/// Whether there is a child, ended or not: looking for them reads what /proc has of every process.
fn has_children() -> bool {
    let options = libc::WEXITED | libc::WNOHANG | libc::WNOWAIT;
    // SAFETY: no information is asked for, and nobody is reaped.
    unsafe { libc::waitid(libc::P_ALL, 0, std::ptr::null_mut(), options) == 0 }
}

/// Kills those that are our children now.
pub fn kill() {
    for pid in children() {
        libos_host::thread::kill(pid, libc::SIGKILL);
    }
}

fn wait_for_any(options: i32) -> io::Result<(i32, ExitStatus)> {
    loop {
        let mut status = 0;
        // SAFETY: writable.
        let pid = unsafe { libc::waitpid(-1, &mut status, options) };
        if pid > 0 {
            return Ok((pid, ExitStatus::from_raw(status)));
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

fn children() -> Vec<i32> {
    let own = std::process::id();
    let Ok(entries) = fs::read_dir("/proc") else { return Vec::new() };
    let pids = entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok());
    pids.filter(|pid| parent_of(*pid) == Some(own)).collect()
}

fn parent_of(pid: i32) -> Option<u32> {
    parent(&fs::read_to_string(format!("/proc/{pid}/stat")).ok()?)
}

/// Fields of proc_pid_stat(5) between the state and the number of threads.
const THREADS_AFTER_STATE: usize = 16;

/// Whether it has not just to be waited for.
fn is_running(pid: i32) -> bool {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    let Some((_, rest)) = stat.rsplit_once(')') else { return false };
    let mut fields = rest.split_whitespace();
    // The first thread may have ended alone.
    let is_zombie = fields.next() == Some("Z");
    !is_zombie
        || fields.nth(THREADS_AFTER_STATE).is_some_and(|threads| threads != "1" && threads != "0")
}

/// The parent in proc_pid_stat(5), after the name in parentheses, which may hold anything.
fn parent(stat: &str) -> Option<u32> {
    let (_, after_name) = stat.rsplit_once(')')?;
    after_name.split_whitespace().nth(1)?.parse().ok()
}

#[cfg(test)]
mod tests {
    #[test]
    fn the_parent_is_found_behind_any_name() {
        assert_eq!(super::parent("7 (sh) S 5 7 7 0"), Some(5));
        assert_eq!(super::parent("7 (a) S 1 (b) R 6 7"), Some(6));
        assert_eq!(super::parent(""), None);
    }
}

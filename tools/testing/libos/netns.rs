// SPDX-License-Identifier: GPL-2.0

//! Network namespaces.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{self, Command};
use std::sync::atomic::{AtomicU32, Ordering};
use std::thread;
use std::time::{Duration, Instant};

use crate::{Finished, Task};

static COUNT: AtomicU32 = AtomicU32::new(0);

/// A network namespace with lo up. Dropping it ends all that runs in it, and removes it.
pub struct Netns {
    name: String,
}

impl Netns {
    /// A new one.
    #[track_caller]
    #[allow(clippy::new_without_default, reason = "it is made on the host, and may fail")]
    pub fn new() -> Self {
        // SAFETY: only asks.
        let user = unsafe { libc::geteuid() };
        assert_eq!(user, 0, "these tests make network namespaces: run them as root");
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        let netns = Netns { name: format!("libos-{}-{count}", process::id()) };
        Task::new(["ip", "netns", "add", &netns.name]).run().succeeds();
        netns.ip("link set dev lo up");
        netns
    }

    pub fn name(&self) -> &str {
        &self.name
    }

    fn path(&self) -> PathBuf {
        Path::new("/run/netns").join(&self.name)
    }

    /// A command to be run here.
    #[track_caller]
    pub fn task<W: AsRef<OsStr>>(&self, words: impl IntoIterator<Item = W>) -> Task {
        Task::new(words).within(&self.path())
    }

    /// `ip(8)` here, which must succeed.
    #[track_caller]
    pub fn ip(&self, words: &str) -> Finished {
        self.task(["ip"].into_iter().chain(words.split_whitespace())).run().succeeds()
    }

    /// The processes that are here.
    pub fn processes(&self) -> Vec<i32> {
        let Ok(own) = fs::metadata(self.path()) else { return Vec::new() };
        let is_here = |pid: &i32| {
            let netns = fs::metadata(format!("/proc/{pid}/ns/net"));
            netns.is_ok_and(|netns| (netns.dev(), netns.ino()) == (own.dev(), own.ino()))
        };
        let Ok(all) = fs::read_dir("/proc") else { return Vec::new() };
        all.flatten()
            .filter_map(|entry| entry.file_name().to_str()?.parse().ok())
            .filter(is_here)
            .collect()
    }

    /// Asserts that nothing runs here, or that what does is about to end.
    #[track_caller]
    pub fn is_empty(&self) {
        const SOON: Duration = Duration::from_secs(5);
        let begin = Instant::now();
        while !self.processes().is_empty() && begin.elapsed() < SOON {
            thread::sleep(Duration::from_millis(5));
        }
        let left = self.processes().into_iter().map(|pid| {
            let words = fs::read(format!("/proc/{pid}/cmdline")).unwrap_or_default();
            format!("{pid} {}", String::from_utf8_lossy(&words).replace('\0', " "))
        });
        let left: Vec<_> = left.collect();
        assert!(left.is_empty(), "processes that are left: {left:?}");
    }

    fn end_processes(&self) {
        let deadline = Instant::now() + Duration::from_secs(10);
        loop {
            let left = self.processes();
            if left.is_empty() || Instant::now() > deadline {
                return;
            }
            for pid in left {
                // SAFETY: only what was started here can be here.
                unsafe { libc::kill(pid, libc::SIGKILL) };
            }
            thread::sleep(Duration::from_millis(5));
        }
    }
}

impl Drop for Netns {
    fn drop(&mut self) {
        self.end_processes();
        let _ = Command::new("ip").args(["netns", "del", &self.name]).output();
    }
}

// SPDX-License-Identifier: GPL-2.0

//! A command to be run.

use std::ffi::{OsStr, OsString};
use std::fs::File;
use std::io::{self, Write};
use std::os::fd::AsRawFd;
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use crate::process::{Finished, Process};
use crate::tools;

/// Long enough for anything here on a slow machine: whoever takes longer hangs.
const LONGEST: Duration = Duration::from_secs(60);

/// A command, where it is run, and with what.
#[must_use = "a task does nothing until it is run"]
pub struct Task {
    words: Vec<OsString>,
    /// None: it is not set.
    variables: Vec<(OsString, Option<OsString>)>,
    input: Input,
    netns: Option<PathBuf>,
    longest: Duration,
}

enum Input {
    Bytes(Vec<u8>),
    Open,
}

impl Task {
    /// The command `words`, with empty standard input.
    #[track_caller]
    pub fn new<W: AsRef<OsStr>>(words: impl IntoIterator<Item = W>) -> Self {
        let words: Vec<_> = words.into_iter().map(|word| word.as_ref().to_os_string()).collect();
        tools::require(&words[0]);
        Task {
            words,
            variables: Vec::new(),
            input: Input::Bytes(Vec::new()),
            netns: None,
            longest: LONGEST,
        }
    }

    /// Sets a variable of the environment.
    pub fn env(mut self, name: impl AsRef<OsStr>, value: impl AsRef<OsStr>) -> Self {
        let value = Some(value.as_ref().to_os_string());
        self.variables.push((name.as_ref().to_os_string(), value));
        self
    }

    /// Takes a variable out of the environment.
    pub fn env_remove(mut self, name: impl AsRef<OsStr>) -> Self {
        self.variables.push((name.as_ref().to_os_string(), None));
        self
    }

    /// What the command reads from standard input.
    pub fn input(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Input::Bytes(bytes.into());
        self
    }

    /// Standard input stays open, for [`Process::write`].
    pub fn open_input(mut self) -> Self {
        self.input = Input::Open;
        self
    }

    /// The network namespace, a file.
    pub fn within(mut self, netns: &Path) -> Self {
        self.netns = Some(netns.to_path_buf());
        self
    }

    /// For commands that may take very long, such as compilers.
    pub fn longest(mut self, longest: Duration) -> Self {
        self.longest = longest;
        self
    }

    /// Runs the command to its end.
    #[track_caller]
    pub fn run(self) -> Finished {
        self.start().finish()
    }

    /// Starts the command, as the leader of a process group of its own.
    #[track_caller]
    pub fn start(self) -> Process {
        let text = self.words.iter().map(|word| word.to_string_lossy());
        let text = text.collect::<Vec<_>>().join(" ");
        let mut command = self.command();
        let mut child = command.spawn().unwrap_or_else(|error| panic!("{text}: {error}"));
        let mut pipe = child.stdin.take();
        if let Input::Bytes(bytes) = self.input
            && let Some(mut pipe) = pipe.take()
        {
            // A command that does not read it all closes the pipe: its own affair.
            thread::spawn(move || pipe.write_all(&bytes));
        }
        Process::new(text, child, pipe, self.longest)
    }

    fn command(&self) -> Command {
        let netns = self.netns.as_deref().map(|path| {
            File::open(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
        });
        let empty = matches!(&self.input, Input::Bytes(bytes) if bytes.is_empty());
        let mut command = Command::new(&self.words[0]);
        command
            .args(&self.words[1..])
            .stdin(if empty { Stdio::null() } else { Stdio::piped() })
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0);
        for (name, value) in &self.variables {
            match value {
                Some(value) => command.env(name, value),
                None => command.env_remove(name),
            };
        }
        // SAFETY: between fork and exec there are only system calls, which allocate nothing.
        unsafe {
            command.pre_exec(move || {
                // The end of the test's thread is that of the command.
                libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGKILL);
                // Tests in the background ignore these, and commands would, too.
                for signal in [libc::SIGHUP, libc::SIGINT, libc::SIGQUIT] {
                    libc::signal(signal, libc::SIG_DFL);
                }
                match &netns {
                    Some(file) if libc::setns(file.as_raw_fd(), libc::CLONE_NEWNET) < 0 => {
                        Err(io::Error::last_os_error())
                    }
                    _ => Ok(()),
                }
            });
        }
        command
    }
}

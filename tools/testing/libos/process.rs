// SPDX-License-Identifier: GPL-2.0

//! A command that runs, and what became of it.

use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::process::{Child, ChildStdin, ExitStatus};
use std::thread;
use std::time::{Duration, Instant};

use crate::output::Output;

const GLANCE: Duration = Duration::from_millis(5);
/// What a process started may hold its output open for this long after its end.
const LEFTOVER: Duration = Duration::from_secs(10);

/// A command that runs. Dropping it ends it.
pub struct Process {
    text: String,
    child: Child,
    input: Option<ChildStdin>,
    output: Output,
    errors: Output,
    deadline: Instant,
}

impl Process {
    pub(crate) fn new(
        text: String,
        mut child: Child,
        input: Option<ChildStdin>,
        longest: Duration,
    ) -> Self {
        let output = child.stdout.take().map(Output::collect).unwrap_or_default();
        let errors = child.stderr.take().map(Output::collect).unwrap_or_default();
        Process { text, child, input, output, errors, deadline: Instant::now() + longest }
    }

    pub fn pid(&self) -> i32 {
        self.child.id() as i32
    }

    /// Waits until the process has written `text`, to either stream.
    #[track_caller]
    pub fn wait_for(&mut self, text: &str) -> &mut Self {
        let written =
            |this: &Self| this.output.text().contains(text) || this.errors.text().contains(text);
        while !written(self) {
            if self.status().is_some() {
                self.output.wait_closed(LEFTOVER);
                self.errors.wait_closed(LEFTOVER);
                assert!(written(self), "it ended before {text:?}: {}", self.story());
            }
            self.pause(&format!("it did not write {text:?}"));
        }
        self
    }

    /// What it has written to standard output so far.
    pub fn written(&self) -> String {
        self.output.text()
    }

    /// Writes to its standard input, which [`crate::Task::open_input`] left open.
    #[track_caller]
    pub fn write(&mut self, bytes: &[u8]) {
        let input = self.input.as_mut().expect("standard input is open");
        input.write_all(bytes).unwrap_or_else(|error| panic!("{}: {error}", self.text));
    }

    /// Sends a signal to this process only.
    pub fn signal(&self, signal: i32) {
        // SAFETY: our own child, which has not been waited for.
        unsafe { libc::kill(self.pid(), signal) };
    }

    /// Sends a signal to it and what it started, as a terminal does.
    pub fn signal_group(&self, signal: i32) {
        // SAFETY: our own child leads the group.
        unsafe { libc::kill(-self.pid(), signal) };
    }

    /// Waits for its end, and until nobody holds its output open.
    #[track_caller]
    pub fn finish(mut self) -> Finished {
        self.input = None;
        let status = loop {
            match self.status() {
                Some(status) => break status,
                None => self.pause("it did not end"),
            }
        };
        let closed = self.output.wait_closed(LEFTOVER) && self.errors.wait_closed(LEFTOVER);
        assert!(closed, "it left something behind that holds its output: {}", self.story());
        Finished {
            text: self.text.clone(),
            status,
            stdout: self.output.bytes(),
            stderr: self.errors.text(),
        }
    }

    fn status(&mut self) -> Option<ExitStatus> {
        self.child.try_wait().unwrap_or_else(|error| panic!("{}: {error}", self.text))
    }

    #[track_caller]
    fn pause(&self, late: &str) {
        assert!(Instant::now() < self.deadline, "{late} in time: {}", self.story());
        thread::sleep(GLANCE);
    }

    fn story(&self) -> String {
        story(&self.text, "", &self.output.text(), &self.errors.text())
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        if let Ok(None) = self.child.try_wait() {
            self.signal_group(libc::SIGKILL);
            let _ = self.child.wait();
        }
    }
}

/// What became of a command.
#[derive(Debug)]
pub struct Finished {
    text: String,
    status: ExitStatus,
    /// What it wrote to standard output.
    pub stdout: Vec<u8>,
    /// What it wrote to standard error.
    pub stderr: String,
}

impl Finished {
    /// Its exit status, or as a shell says it, 128 and the signal that ended it.
    pub fn code(&self) -> i32 {
        self.status.code().unwrap_or_else(|| 128 + self.status.signal().unwrap_or(0))
    }

    /// The signal that ended it.
    pub fn signal(&self) -> Option<i32> {
        self.status.signal()
    }

    /// Standard output as text.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.stdout).into_owned()
    }

    /// Asserts that it succeeded.
    #[track_caller]
    pub fn succeeds(self) -> Self {
        self.ends_with(0)
    }

    /// Asserts its exit status.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Self {
        assert_eq!(self.code(), code, "exit status: {}", self.story());
        self
    }

    /// Asserts that it did not succeed, whatever the status.
    #[track_caller]
    pub fn fails(self) -> Self {
        assert_ne!(self.code(), 0, "it succeeded: {}", self.story());
        self
    }

    /// Asserts that it wrote `text` to standard output.
    #[track_caller]
    pub fn says(self, text: &str) -> Self {
        assert!(self.text().contains(text), "no {text:?}: {}", self.story());
        self
    }

    /// Asserts that it did not write `text` to standard output.
    #[track_caller]
    pub fn says_no(self, text: &str) -> Self {
        assert!(!self.text().contains(text), "{text:?} is there: {}", self.story());
        self
    }

    /// Command, status and output, for the message of a failed test.
    pub fn story(&self) -> String {
        story(&self.text, &format!("{}\n", self.status), &self.text(), &self.stderr)
    }
}

fn story(text: &str, status: &str, output: &str, errors: &str) -> String {
    format!("$ {text}\n{status}--- stdout\n{output}--- stderr\n{errors}")
}

// SPDX-License-Identifier: GPL-2.0

//! tcpdump(8), for proving that something was not sent.
//!
//! A capture ends with a mark: a packet which is sent on purpose, and must be seen. So one that is
//! blind fails, and one that is slow is waited for.

use crate::{Netns, Process};

/// A running capture of one interface.
pub struct Capture {
    tcpdump: Process,
    mark: &'static str,
}

impl Capture {
    /// Captures what `filter` lets pass. `mark` is an address nobody has, and to which the host
    /// sends through this interface.
    #[track_caller]
    pub fn start(netns: &Netns, interface: &str, filter: &str, mark: &'static str) -> Self {
        let words = ["tcpdump", "-n", "-e", "-l", "--immediate-mode", "-i", interface];
        let words = words.into_iter().chain(filter.split_whitespace());
        let mut tcpdump = netns.task(words).start();
        tcpdump.wait_for("listening on");
        Capture { tcpdump, mark }
    }

    /// What was seen up to now; `sender` is the namespace that sends the mark.
    #[track_caller]
    pub fn until_mark(mut self, sender: &Netns) -> Vec<String> {
        // Nobody answers but lo: all that counts is that it is sent.
        sender.task(["ping", "-n", "-c", "1", "-W", "1", self.mark]).run();
        self.tcpdump.wait_for(self.mark);
        let written = self.tcpdump.written();
        written.lines().take_while(|line| !line.contains(self.mark)).map(String::from).collect()
    }
}

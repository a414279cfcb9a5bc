// SPDX-License-Identifier: GPL-2.0

//! The end of a program is not the end of its connections: what it sent last is still to arrive.

use std::time::{Duration, Instant};

use libos_host::{Instance, Thread};

/// A peer that does not take its data keeps nobody waiting longer than this.
const LONGEST: Duration = Duration::from_secs(5);
const PAUSE: Duration = Duration::from_millis(2);

/// Waits until no connection that programs left behind has anything to send.
pub fn wait(instance: &Instance) {
    let Ok(thread) = Thread::new(instance.process()) else { return };
    instance.end_letters();
    let begin = Instant::now();
    while begin.elapsed() < LONGEST && (instance.has_programs() || orphans(&thread) > 0) {
        std::thread::sleep(PAUSE);
    }
}

/// TCP sockets without a program that are not closed yet: /proc/net/sockstat of the instance.
fn orphans(thread: &Thread) -> u32 {
    let mut text = [0u8; 1024];
    let path = c"/proc/net/sockstat".as_ptr() as usize;
    let fd = thread.syscall(libc::SYS_open, [path, libc::O_RDONLY as usize, 0, 0, 0, 0]);
    if fd < 0 {
        return 0;
    }
    let args = [fd as usize, text.as_mut_ptr() as usize, text.len(), 0, 0, 0];
    let read = thread.syscall(libc::SYS_read, args);
    thread.syscall(libc::SYS_close, [fd as usize, 0, 0, 0, 0, 0]);
    parse(&String::from_utf8_lossy(&text[..read.max(0) as usize]))
}

fn parse(sockstat: &str) -> u32 {
    let mut words = sockstat.split_whitespace().skip_while(|word| *word != "orphan");
    words.nth(1).and_then(|number| number.parse().ok()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    #[test]
    fn orphans_are_found() {
        let text =
            "sockets: used 3\nTCP: inuse 1 orphan 2 tw 0 alloc 1 mem 0\nUDP: inuse 0 mem 0\n";
        assert_eq!(super::parse(text), 2);
        assert_eq!(super::parse(""), 0);
    }
}

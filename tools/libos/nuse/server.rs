// SPDX-License-Identifier: GPL-2.0

//! The launcher's side of `--attach`, `--list` and `--dmesg`: a thread that answers.

use std::os::unix::net::{UnixListener, UnixStream};
use std::path::PathBuf;
use std::sync::Arc;

use libos_host::{Process, Thread};

use crate::list::Facts;
use crate::protocol::{self, Request, Ticket};

/// What there is to tell.
pub struct Server {
    pub process: &'static Process,
    pub descriptors: Vec<i32>,
    pub name: String,
    pub command: String,
    pub resolv_conf: Option<PathBuf>,
}

impl Server {
    /// Answers from now on, until this process ends.
    pub fn start(self, listener: UnixListener) {
        let server = Arc::new(self);
        std::thread::spawn(move || {
            for mut asker in listener.incoming().flatten() {
                let server = server.clone();
                // One that says nothing keeps no other waiting.
                std::thread::spawn(move || {
                    if let Some(request) = protocol::read(&mut asker) {
                        // Who asked may have gone away.
                        let _ = server.answer(&mut asker, request);
                    }
                });
            }
        });
    }

    fn answer(&self, asker: &mut UnixStream, request: Request) -> std::io::Result<()> {
        match request {
            Request::Attach => {
                let ticket = Ticket { resolv_conf: self.resolv_conf.clone() };
                let ticket = serde_json::to_vec(&ticket)?;
                protocol::answer(asker, &ticket, &self.descriptors)
            }
            Request::List => {
                let facts = Facts::collect(&self.name, &self.command, &self.thread()?)?;
                protocol::answer(asker, &serde_json::to_vec(&facts)?, &[])
            }
            Request::Dmesg => protocol::answer(asker, &log(&self.thread()?), &[]),
        }
    }

    fn thread(&self) -> std::io::Result<Thread> {
        Thread::new(self.process).map_err(std::io::Error::other)
    }
}

/// The kernel's log, by syslog(2).
fn log(thread: &Thread) -> Vec<u8> {
    const READ_ALL: usize = 3;
    const SIZE: usize = 1 << 20;
    let mut text = vec![0; SIZE];
    let args = [READ_ALL, text.as_mut_ptr() as usize, SIZE, 0, 0, 0];
    let read = thread.syscall(libc::SYS_syslog, args);
    text.truncate(read.max(0) as usize);
    text
}

// SPDX-License-Identifier: GPL-2.0

//! A record of all system calls of a program with their simulated time: one line for each when it
//! returns, in the descriptor that the simulation gave for it.
//!
//!     0.005012000 23 sendto(0x3, 0x7ffff7a00010, 0x40, 0x0, 0x5555555592a0, 0x10) = 64

use core::fmt::{self, Write};
use core::sync::atomic::Ordering;

use libos_control::layout::{TRACE_FD, control};
use syscalls::Sysno;

use crate::dispatch::Call;
use crate::thread::current;
use crate::{arguments, host};

/// A call that has begun, when calls are recorded.
#[derive(Clone, Copy)]
pub struct Begun(Option<u64>);

/// A line that is being made.
struct Line {
    text: [u8; 256],
    len: usize,
}

impl Write for Line {
    fn write_str(&mut self, more: &str) -> fmt::Result {
        let room = &mut self.text[self.len..];
        let len = more.len().min(room.len());
        room[..len].copy_from_slice(&more.as_bytes()[..len]);
        self.len += len;
        Ok(())
    }
}

pub fn begin(call: &Call<'_>) -> Begun {
    let me = current();
    me.thread.call.store(call.nr as u64, Ordering::Relaxed);
    let on = control().trace.load(Ordering::Relaxed) != 0;
    Begun(on.then(|| control().now.load(Ordering::Relaxed)))
}

pub fn end(begun: Begun, call: &Call<'_>, result: isize) {
    let Some(time) = begun.0 else { return };
    let tid = current().thread.library_tid.load(Ordering::Relaxed);
    let name = Sysno::new(call.nr as usize).map_or("?", |call| call.name());
    let arguments = &call.args[..arguments::count(call.nr)];
    let (seconds, ns) = (time / 1_000_000_000, time % 1_000_000_000);
    let mut line = Line { text: [0; 256], len: 0 };
    // What does not fit is cut off.
    let _ = write!(line, "{seconds}.{ns:09} {tid} {name}(");
    for (index, argument) in arguments.iter().enumerate() {
        let comma = if index > 0 { ", " } else { "" };
        let _ = write!(line, "{comma}{argument:#x}");
    }
    let _ = writeln!(line, ") = {result}");
    host::call(libc::SYS_write, [TRACE_FD as usize, line.text.as_ptr() as usize, line.len]);
}

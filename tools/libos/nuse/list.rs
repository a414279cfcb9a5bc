// SPDX-License-Identifier: GPL-2.0

//! `nuse --list`: the instances of this user.

use std::io;
use std::time::Duration;

use comfy_table::{Table, presets};
use libos_host::Thread;
use serde::{Deserialize, Serialize};

use crate::netlink::Netlink;
use crate::protocol::{Request, hear, say};
use crate::{output, registry};

/// What is shown of an instance.
#[derive(Serialize, Deserialize)]
pub struct Facts {
    name: String,
    pid: u32,
    command: String,
    kernel: String,
    uptime: Duration,
    interfaces: Vec<Interface>,
}

#[derive(Serialize, Deserialize)]
struct Interface {
    name: String,
    addresses: Vec<String>,
    received: u64,
    sent: u64,
}

impl Facts {
    /// Those of the instance that `thread` is in.
    pub fn collect(name: &str, command: &str, thread: &Thread) -> io::Result<Self> {
        let mut stack = Netlink::open(thread)?;
        let addresses = stack.addresses()?;
        let of = |index: u32| {
            let own = addresses.iter().filter(move |own| own.index == index);
            own.map(|own| format!("{}/{}", own.address, own.prefix))
        };
        let interfaces = stack.links()?.into_iter().map(|link| Interface {
            addresses: of(link.index).collect(),
            name: link.name,
            received: link.received,
            sent: link.sent,
        });
        Ok(Facts {
            name: name.to_string(),
            pid: std::process::id(),
            command: command.to_string(),
            kernel: release(thread),
            uptime: uptime(thread),
            interfaces: interfaces.collect(),
        })
    }
}

fn release(thread: &Thread) -> String {
    // SAFETY: valid when zeroed.
    let mut names: libc::utsname = unsafe { core::mem::zeroed() };
    thread.syscall(libc::SYS_uname, [&raw mut names as usize, 0, 0, 0, 0, 0]);
    let bytes = names.release.iter().map(|byte| *byte as u8).take_while(|byte| *byte != 0);
    String::from_utf8_lossy(&bytes.collect::<Vec<_>>()).into_owned()
}

fn uptime(thread: &Thread) -> Duration {
    // SAFETY: valid when zeroed.
    let mut info: libc::sysinfo = unsafe { core::mem::zeroed() };
    thread.syscall(libc::SYS_sysinfo, [&raw mut info as usize, 0, 0, 0, 0, 0]);
    Duration::from_secs(info.uptime as u64)
}

/// A table of all instances.
pub fn table() -> String {
    let mut table = Table::new();
    table.load_preset(presets::NOTHING);
    let heads =
        ["NAME", "PID", "KERNEL", "UP", "INTERFACE", "ADDRESSES", "RECEIVED", "SENT", "COMMAND"];
    table.set_header(heads);
    // All are asked before one is waited for, which may be stuck.
    let mut launchers = registry::connect_all();
    launchers.retain_mut(|(_, launcher)| say(launcher, Request::List).is_ok());
    for (name, launcher) in launchers {
        match hear(launcher) {
            Ok((answer, _)) => {
                if let Ok(facts) = serde_json::from_slice(&answer) {
                    add(&mut table, facts);
                }
            }
            Err(late) if late.kind() == io::ErrorKind::WouldBlock => {
                output::tell(format_args!("{name} does not answer"));
            }
            // It is about to end.
            Err(_) => {}
        }
    }
    table.to_string().lines().map(|line| format!("{}\n", line.trim_end())).collect()
}

/// A row for each interface; what is said of the instance is in the first.
fn add(table: &mut Table, facts: Facts) {
    let seconds = facts.uptime.as_secs();
    let up = format!("{}:{:02}:{:02}", seconds / 3600, seconds / 60 % 60, seconds % 60);
    let first = [facts.name, facts.pid.to_string(), facts.kernel, up];
    for (number, interface) in facts.interfaces.into_iter().enumerate() {
        let about = |text: &String| if number == 0 { text.clone() } else { String::new() };
        let mut row: Vec<_> = first.iter().map(about).collect();
        row.extend([
            interface.name,
            interface.addresses.join(" "),
            interface.received.to_string(),
            interface.sent.to_string(),
            about(&facts.command),
        ]);
        table.add_row(row);
    }
}

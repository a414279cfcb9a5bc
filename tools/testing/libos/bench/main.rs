// SPDX-License-Identifier: GPL-2.0

//! `make bench`: each row measured on the library and on the host's kernel in turn, in one run, by
//! the same code; medians of several rounds, and how far the rounds lie apart.
//!
//! The library reaches a host socket over TAP; the host reaches another network namespace over a
//! veth pair. Both use the same congestion control.

mod link;
mod report;
mod stack;
mod workload;

use std::path::PathBuf;
use std::time::Instant;

use clap::Parser;
use libos_host::{Instance, Options, Thread};

use crate::link::Links;
use crate::report::{Report, Unit};
use crate::stack::{Native, Stack};
use crate::workload::{Pin, bulk, loopback, null_call, round_trip, udp_send};

#[derive(Parser)]
#[command(about = "Measures the library beside the host's kernel")]
struct Arguments {
    /// The library
    #[arg(long, default_value = "liblinux.so")]
    library: PathBuf,
    /// Rounds a row
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Where to write the table as JSON
    #[arg(long)]
    json: Option<PathBuf>,
}

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut report = Report::new(arguments.rounds);
    boots(&arguments, &mut report)?;

    let links = Links::make()?;
    let mut instance =
        Instance::boot(&arguments.library, &Options { memory: 256 << 20, ..Options::default() })?;
    let thread = Thread::new(instance.process())?;
    links.connect(&instance, &thread)?;
    instance.start_driver();
    let library = Stack::Library(thread);
    let host = Stack::Native(Native);
    inside(&mut report, &instance, &library, &host)?;
    across(&mut report, &links, &library, &host)?;
    drop(library);
    instance.shutdown();

    report.print();
    if let Some(path) = &arguments.json {
        report.write(path)?;
    }
    Ok(())
}

/// What an instance costs to have.
fn boots(arguments: &Arguments, report: &mut Report) -> Result<()> {
    for _ in 0..arguments.rounds {
        let before = resident_kib()?;
        let begin = Instant::now();
        let instance = Instance::boot(&arguments.library, &Options::default())?;
        report.library("boot", Unit::Milliseconds, begin.elapsed().as_secs_f64() * 1e3);
        let after = resident_kib()?;
        report.library("resident memory after boot", Unit::Mebibytes, (after - before) / 1024.0);
        drop(instance);
    }
    Ok(())
}

fn resident_kib() -> Result<f64> {
    let status = std::fs::read_to_string("/proc/self/status")?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let number = line.and_then(|line| line.split_whitespace().next()).ok_or("no VmRSS")?;
    Ok(number.parse()?)
}

/// What stays inside one kernel.
fn inside(report: &mut Report, instance: &Instance, library: &Stack, host: &Stack) -> Result<()> {
    for _ in 0..report.rounds {
        for (stack, name) in [(library, true), (host, false)] {
            let mut add = |row, unit, value| report.add(row, unit, name, value);
            add("null call (getppid)", Unit::Nanoseconds, null_call(stack));
            add("64-byte send and receive over lo", Unit::Microseconds, loopback(stack)?);
            let other = if name {
                let process = instance.process();
                Box::new(move || Ok(Stack::Library(Thread::new(process)?))) as workload::Peer
            } else {
                Box::new(|| Ok(Stack::Native(Native))) as workload::Peer
            };
            let address = [127, 0, 0, 1];
            add("TCP over lo", Unit::Gigabits, bulk(stack, other, address, true)?);
        }
    }
    Ok(())
}

/// What goes to another kernel: the library over TAP, the host over veth.
fn across(report: &mut Report, links: &Links, library: &Stack, host: &Stack) -> Result<()> {
    for _ in 0..report.rounds {
        for (stack, name) in [(library, true), (host, false)] {
            let address = if name { link::TAP_PEER } else { link::VETH_PEER };
            let peer = || links.peer(name);
            let mut add = |row: &str, unit, value| report.add(row, unit, name, value);
            add("TCP send to the peer", Unit::Gigabits, bulk(stack, peer(), address, true)?);
            add("TCP receive from the peer", Unit::Gigabits, bulk(stack, peer(), address, false)?);
            for (pin, label) in [(Pin::SameCore, "same core"), (Pin::AcrossCores, "across cores")] {
                let (p50, p99) = round_trip(stack, peer(), address, pin)?;
                add(&format!("1-byte round trip p50, {label}"), Unit::Microseconds, p50);
                add(&format!("1-byte round trip p99, {label}"), Unit::Microseconds, p99);
            }
            add("64-byte UDP packets sent", Unit::Kilopackets, udp_send(stack, peer(), address)?);
        }
    }
    Ok(())
}

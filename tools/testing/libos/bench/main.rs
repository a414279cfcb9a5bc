// SPDX-License-Identifier: GPL-2.0

//! `make bench`: each row measured on the library and on the host's kernel in turn, in one run, by
//! the same code; medians of several rounds, and how far the rounds lie apart.
//!
//! The library reaches a host socket over TAP; the host reaches another network namespace over a
//! veth pair. Both use the same congestion control.

mod backends;
mod forward;
mod link;
mod plot;
mod programs;
mod report;
mod stack;
mod workload;

use std::path::{Path, PathBuf};
use std::time::Instant;

use clap::{Parser, ValueEnum};
use libos_host::{Instance, Options, Thread};

use crate::forward::Routers;
use crate::link::Links;
use crate::programs::{Program, Server};
use crate::report::{Report, Unit};
use crate::stack::{Native, Stack};
use crate::workload::{Peer, Pin, bulk, connections, loopback, null_call, round_trip, round_trips};

#[derive(Parser)]
#[command(about = "Measures the library beside the host's kernel")]
struct Arguments {
    /// The library
    #[arg(long, default_value = "liblinux.so")]
    library: PathBuf,
    /// Rounds a row
    #[arg(long, default_value_t = 5)]
    rounds: usize,
    /// Only the rows whose names contain this
    #[arg(long, default_value = "")]
    only: String,
    /// Only this kernel, for a profiler
    #[arg(long)]
    side: Option<Kernel>,
    /// Where to write the table as JSON
    #[arg(long)]
    json: Option<PathBuf>,
    /// Where to write the table as a picture
    #[arg(long)]
    svg: Option<PathBuf>,
}

/// Which of the two kernels.
#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Kernel {
    Library,
    Host,
}

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let arguments = Arguments::parse();
    let mut report = Report::new(arguments.rounds, &arguments.only);
    report.side = arguments.side.map(|side| side == Kernel::Library);
    boots(&arguments, &mut report)?;

    let links = Links::make()?;
    let mut instance =
        Instance::boot(&arguments.library, &Options { memory: 256 << 20, ..Options::default() })?;
    let thread = Thread::new(instance.process())?;
    links.connect(&instance, &thread)?;
    instance.start_driver(|pid| panic!("process {pid} tore the instance"))?;
    let library = Stack::Library(thread);
    let host = Stack::Native(Native);
    inside(&mut report, &instance, &library, &host)?;
    across(&mut report, &links, &instance, &library, &host)?;
    servers(&mut report, &links)?;
    forwarding(&mut report, &links, &arguments.library)?;
    backends::measure(&mut report, &arguments, &links)?;
    drop(library);
    instance.shutdown();

    report.print();
    if let Some(path) = &arguments.json {
        report.write(path)?;
    }
    if let Some(path) = &arguments.svg {
        plot::draw(&report.bars(), path)?;
    }
    Ok(())
}

/// What an instance costs to have.
fn boots(arguments: &Arguments, report: &mut Report) -> Result<()> {
    if !report.wants("boot") {
        return Ok(());
    }
    for _ in 0..arguments.rounds {
        let before = resident_kib()?;
        let begin = Instant::now();
        let instance = Instance::boot(&arguments.library, &Options::default())?;
        report.add("boot", Unit::Milliseconds, true, begin.elapsed().as_secs_f64() * 1e3);
        let after = resident_kib()?;
        let resident = (after - before) / 1024.0;
        report.add("resident memory after boot", Unit::Mebibytes, true, resident);
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
        for (stack, of_library) in [(library, true), (host, false)] {
            let other = own(instance, of_library);
            let mut row = Side { report, of_library };
            row.measure("null call (getppid)", Unit::Nanoseconds, || Ok(null_call(stack)))?;
            row.measure("64-byte send and receive over lo", Unit::Microseconds, || {
                loopback(stack)
            })?;
            row.measure("TCP over lo", Unit::Gigabits, || bulk(stack, other, LOOPBACK, true))?;
        }
    }
    Ok(())
}

/// Another thread's way into the kernel that is measured.
fn own(instance: &Instance, of_library: bool) -> Peer {
    let process = instance.process();
    if of_library {
        Box::new(move || Ok(Stack::Library(Thread::new(process)?)))
    } else {
        Box::new(|| Ok(Stack::Native(Native)))
    }
}

/// What goes to another kernel: the library over TAP, the host over veth.
fn across(
    report: &mut Report,
    links: &Links,
    instance: &Instance,
    library: &Stack,
    host: &Stack,
) -> Result<()> {
    for _ in 0..report.rounds {
        for (stack, of_library) in [(library, true), (host, false)] {
            let to = if of_library { link::TAP_PEER } else { link::VETH_PEER };
            let peer = links.peer(of_library);
            let own = || own(instance, of_library);
            let mut row = Side { report, of_library };
            row.measure("TCP send to the peer", Unit::Gigabits, || bulk(stack, peer(), to, true))?;
            row.measure("TCP receive from the peer", Unit::Gigabits, || {
                bulk(stack, peer(), to, false)
            })?;
            for (pin, label) in [(Pin::SameCore, "same core"), (Pin::AcrossCores, "across cores")] {
                row.measure_times(&format!("1-byte round trip, {label}"), || {
                    round_trip(stack, peer(), to, pin)
                })?;
            }
            row.measure("connect, 1 byte, close", Unit::Microseconds, || {
                connections(stack, peer.clone(), to)
            })?;
            for count in [1, 4, 16, 64] {
                let name = format!("round trips of {count} connections");
                row.measure(&name, Unit::Thousands, || {
                    round_trips(stack, &own, peer.clone(), to, count)
                })?;
            }
        }
    }
    Ok(())
}

/// Programs as they are.
fn servers(report: &mut Report, links: &Links) -> Result<()> {
    for program in [Program::Nginx, Program::Redis] {
        let name = if program == Program::Nginx { "nginx" } else { "redis" };
        if !report.wants_any(name) {
            continue;
        }
        let library = Server::start(links, program, true)?;
        let host = Server::start(links, program, false)?;
        for _ in 0..report.rounds {
            for (server, of_library) in [(&library, true), (&host, false)] {
                let mut row = Side { report, of_library };
                if program == Program::Redis {
                    row.measure("redis, 50 connections", Unit::Thousands, || {
                        server.redis_benchmark()
                    })?;
                    continue;
                }
                for count in [1, 16, 64] {
                    let name = format!("nginx, {count} connections");
                    row.measure(&name, Unit::Thousands, || server.wrk(count))?;
                }
            }
        }
    }
    Ok(())
}

/// Packets through a router.
fn forwarding(report: &mut Report, links: &Links, library: &Path) -> Result<()> {
    if !report.wants_any("forwarding") {
        return Ok(());
    }
    let routers = Routers::make(links, library)?;
    for _ in 0..report.rounds {
        for of_library in [true, false] {
            let mut row = Side { report, of_library };
            // What is left of a frame of this size on the wire, and of a packet.
            for (name, payload) in [("64-byte frames", 18), ("1500-byte packets", 1472)] {
                row.measure(&format!("forwarding of {name}"), Unit::Kilopackets, || {
                    routers.rate(of_library, payload)
                })?;
            }
        }
    }
    routers.shutdown();
    Ok(())
}

const LOOPBACK: [u8; 4] = [127, 0, 0, 1];

/// Rows of one of the two kernels.
struct Side<'a> {
    report: &'a mut Report,
    of_library: bool,
}

impl Side<'_> {
    fn wants(&self, row: &str) -> bool {
        self.report.wants(row) && self.report.side.is_none_or(|library| library == self.of_library)
    }

    fn measure(&mut self, row: &str, unit: Unit, run: impl FnOnce() -> Result<f64>) -> Result<()> {
        if self.wants(row) {
            self.report.add(row, unit, self.of_library, run()?);
        }
        Ok(())
    }

    /// Two rows in microseconds: the median, and the 99th percentile.
    fn measure_times(&mut self, row: &str, run: impl FnOnce() -> Result<(f64, f64)>) -> Result<()> {
        if self.wants(row) {
            let (p50, p99) = run()?;
            self.report.add(&format!("{row}, p50"), Unit::Microseconds, self.of_library, p50);
            self.report.add(&format!("{row}, p99"), Unit::Microseconds, self.of_library, p99);
        }
        Ok(())
    }
}

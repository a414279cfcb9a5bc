// SPDX-License-Identifier: GPL-2.0

//! Sixteen Linux instances in one process and one thread, wired in eight pairs.
//!
//! ```text
//! cargo run -p sample-sixteen -- ./liblinux.so
//! ```
//!
//! All sixteen have the address 10.0.0.1, and nothing minds: no two share anything but the wire of
//! a pair. Two hosts with one address cannot talk through it, so the even one of each pair is
//! also 10.0.1.1 and the odd one 10.0.1.2: eight times the same two addresses. Every instance has
//! its own sysctl value, listens on the same port, counts its own packets, and hears its partner.
//!
//! * [`linux`]: an instance, and system calls in it;
//! * [`host`]: what the instances ask of us: time, memory, and the wires.

mod host;
mod linux;

use std::error::Error;
use std::net::Ipv4Addr;

use crate::host::Host;
use crate::linux::Linux;

const INSTANCES: usize = 16;
const COMMON: Ipv4Addr = Ipv4Addr::new(10, 0, 0, 1);
const EVEN: Ipv4Addr = Ipv4Addr::new(10, 0, 1, 1);
const ODD: Ipv4Addr = Ipv4Addr::new(10, 0, 1, 2);
const PORT: u16 = 7;
const TTL: &std::ffi::CStr = c"net/ipv4/ip_default_ttl";

type Result<T> = std::result::Result<T, Box<dyn Error>>;

fn main() -> Result<()> {
    let library = std::env::args_os().nth(1).unwrap_or("./liblinux.so".into());
    let image = std::fs::read(library)?;
    let hosts = Host::many(INSTANCES);
    let mut all = Vec::new();
    for host in hosts {
        all.push(Linux::boot(&image, host)?);
    }
    for (number, linux) in all.iter().enumerate() {
        configure(number, linux)?;
    }

    let listeners = all.iter().map(|linux| linux.listen(PORT)).collect::<Result<Vec<_>>>()?;
    let heard = talk(&all, &listeners, 0)?;
    report(&all, &heard)?;

    all[0].shutdown()?;
    talk(&all, &listeners, 2)?;
    println!("instance 0 is down, the other pairs still talk");
    for linux in &all[1..] {
        linux.shutdown()?;
    }
    println!("all are down");
    Ok(())
}

fn configure(number: usize, linux: &Linux) -> Result<()> {
    linux.add_device(c"eth0", [2, 0, 0, 0, 0, number as u8])?;
    linux.add_address("eth0", COMMON)?;
    linux.add_address("eth0:1", if number.is_multiple_of(2) { EVEN } else { ODD })?;
    linux.write_sysctl(TTL, &ttl(number))
}

/// A value that no two instances have.
fn ttl(number: usize) -> String {
    (100 + number).to_string()
}

/// Both of each pair from instance `first` on tell each other who they are, over connections that
/// are all open at the same time. What each has heard.
fn talk(all: &[Linux], listeners: &[usize], first: usize) -> Result<Vec<String>> {
    let mut connections = Vec::new();
    for even in (first..all.len()).step_by(2) {
        let odd = even + 1;
        connections.push((even, all[even].connect(ODD, PORT)?));
        connections.push((odd, all[odd].accept(listeners[odd])?));
    }
    for &(number, fd) in &connections {
        // How much is said is each instance's own, too.
        let line = format!("this is {number}");
        all[number].send(fd, line.repeat(1 + number).as_bytes())?;
        all[number].send(fd, b"\n")?;
    }
    let mut heard = Vec::new();
    for &(number, fd) in &connections {
        let partner = number ^ 1;
        let line = all[number].receive_line(fd)?;
        let said = format!("this is {partner}");
        if line != said.repeat(1 + partner) {
            return Err(format!("{number} heard {line:?} from {partner}").into());
        }
        heard.push(said);
        all[number].close(fd)?;
    }
    Ok(heard)
}

fn report(all: &[Linux], heard: &[String]) -> Result<()> {
    println!("instance  address      TTL  sent bytes  received bytes  heard");
    for (number, linux) in all.iter().enumerate() {
        let address = linux.address("eth0")?;
        let found = linux.read_sysctl(TTL)?;
        if address != COMMON || found != ttl(number) {
            return Err(format!("{number} has {address} and TTL {found}").into());
        }
        let (received, sent) = linux.counters("eth0")?;
        let line = &heard[number];
        println!("{number:<8}  {address}/24  {found:<3}  {sent:<10}  {received:<14}  {line:?}");
    }
    Ok(())
}

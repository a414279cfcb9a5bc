// SPDX-License-Identifier: GPL-2.0
//! An IPv4 subnet, which two keys give together: `address` or `network`, and `netmask`.
//!
//! The first may carry its prefix itself, `10.0.0.2/24`; a netmask must then agree or be absent.

use std::net::Ipv4Addr;

use crate::{
    error::Found,
    line::{Entry, Line},
    net::{Ipv4Net, Net},
    value::{self, Kind},
};

const NETMASK: Kind<u8> =
    Kind { must: "be a contiguous IPv4 netmask such as 255.255.255.0", parse: value::netmask };

const WITH_PREFIX: Kind<Ipv4Net> =
    Kind { must: "be an IPv4 address, a slash and a prefix from 0 to 32", parse: value::net };

/// What has been read of a subnet so far.
#[derive(Default)]
pub(crate) struct Subnet<'a> {
    addr: Option<Entry<'a, Ipv4Addr>>,
    prefix: Option<u8>,
    netmask: Option<Entry<'a, u8>>,
}

impl<'a> Subnet<'a> {
    /// Takes an address of a kind, or one with its prefix.
    pub fn read_addr(&mut self, line: Line<'a>, kind: &Kind<Ipv4Addr>) -> Found<()> {
        if !line.has('/') {
            self.addr = Some(line.read(kind)?);
            return Ok(());
        }
        let Net { addr, prefix } = line.read(&WITH_PREFIX)?.value;
        self.addr = Some(Entry { line, value: addr });
        self.prefix = Some(prefix);
        Ok(())
    }

    pub fn read_netmask(&mut self, line: Line<'a>) -> Found<()> {
        self.netmask = Some(line.read(&NETMASK)?);
        Ok(())
    }

    /// The subnet at the line of its address, `None` if none was given; `key` is the key of that
    /// line.
    pub fn finish(self, key: &str) -> Found<Option<Entry<'a, Ipv4Net>>> {
        let (line, addr) = match (self.addr, self.netmask) {
            (Some(Entry { line, value }), _) => (line, value),
            (None, Some(netmask)) => return Err(netmask.line.must(format!("come with {key}"))),
            (None, None) => return Ok(None),
        };
        let prefix = match (self.prefix, self.netmask) {
            (None, None) => {
                let netmask = if line.place.is_flag() { "" } else { "with netmask, or " };
                return Err(line.must(format!("come {netmask}as {addr}/PREFIX")));
            }
            (None, Some(netmask)) => netmask.value,
            (Some(prefix), None) => prefix,
            (Some(prefix), Some(netmask)) => agreed(prefix, netmask, key)?,
        };
        let value = Net { addr, prefix };
        Ok(Some(Entry { line, value }))
    }
}

fn agreed(prefix: u8, netmask: Entry<u8>, key: &str) -> Found<u8> {
    let must = format!("agree with the prefix /{prefix} of {key}, or be left out");
    netmask.line.ensure(netmask.value == prefix, &must)?;
    Ok(prefix)
}

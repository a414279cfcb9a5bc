// SPDX-License-Identifier: GPL-2.0
//! `nuse.conf`, the file that says which interfaces, routes and name servers a private network
//! stack has, and the flags of the command line that say the same.
//!
//! [`load`] reads a file, [`parse`] a text; both give a [`Conf`] that has been checked, or the
//! first mistake as a [`ConfError`] of one line. What a [`Flag`] says replaces what the file says
//! of the same. Nothing else happens: no interface is opened and
//! no name is looked up. `Documentation/nuse.conf.md` describes the format for users.
//!
//! The way of a text: `line` cuts it into lines and sections, `flags` puts in what the command line
//! says, `interface`, `route`, `sysctl` and `host` make one section each into its type, `conf` puts them
//! together and checks what spans sections.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod conf;
mod error;
mod flags;
mod host;
mod interface;
mod keys;
mod line;
mod mac;
mod net;
mod place;
mod route;
mod subnet;
mod sysctl;
mod value;

use std::{fs, path::Path};

pub use conf::Conf;
pub use error::{ConfError, Mistake};
pub use flags::Flag;
pub use host::HostPath;
pub use interface::{Interface, VifType};
pub use mac::random_local_mac;
pub use net::{Address, Ipv4Net, Ipv6Net, Net};
pub use place::Place;
pub use route::Route;
pub use sysctl::Sysctl;

use error::{Fault, Found};

/// Reads and checks the file at `path`, and the flags beside it.
pub fn load(path: &Path, flags: &[Flag]) -> Result<Conf, ConfError> {
    let file = path.display().to_string();
    match fs::read(path) {
        Ok(bytes) => in_file(&file, decode(&bytes).and_then(|text| conf::read(text, flags))),
        Err(reason) => Err(ConfError::Unreadable { file, reason }),
    }
}

/// Reads and checks `text`, and the flags beside it; `name` is what its mistakes call the file.
pub fn parse(name: &str, text: &str, flags: &[Flag]) -> Result<Conf, ConfError> {
    in_file(name, conf::read(text, flags))
}

fn decode(bytes: &[u8]) -> Found<&str> {
    std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let number = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        Fault { place: Place::Line(number), mistake: Mistake::Encoding }
    })
}

fn in_file(file: &str, found: Found<Conf>) -> Result<Conf, ConfError> {
    found.map_err(|Fault { place, mistake }| match place {
        Place::Line(line) => ConfError::Mistaken { file: file.to_owned(), line, mistake },
        Place::Flag(flag) => ConfError::Flag { flag, mistake },
    })
}

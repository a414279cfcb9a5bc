// SPDX-License-Identifier: GPL-2.0
//! `nuse.conf`, the file that says which interfaces, routes and name servers a private network
//! stack has.
//!
//! [`load`] reads a file, [`parse`] a text; both give a [`Conf`] that has been checked, or the
//! first mistake as a [`ConfError`] of one line. Nothing else happens: no interface is opened and
//! no name is looked up. `Documentation/nuse.conf.md` describes the format for users.
//!
//! The way of a text: `line` cuts it into lines and sections, `interface` and `route` make
//! one section each into its type, `conf` puts them together and checks what spans sections.

#![forbid(unsafe_code)]
#![warn(missing_docs)]

mod conf;
mod error;
mod interface;
mod keys;
mod line;
mod mac;
mod net;
mod route;
mod subnet;
mod value;

use std::{fs, path::Path};

pub use conf::Conf;
pub use error::{ConfError, Mistake};
pub use interface::{Interface, VifType};
pub use mac::random_local_mac;
pub use net::{Address, Ipv4Net, Ipv6Net, Net};
pub use route::Route;

use error::{Fault, Found};

/// Reads and checks the file at `path`.
pub fn load(path: &Path) -> Result<Conf, ConfError> {
    let file = path.display().to_string();
    match fs::read(path) {
        Ok(bytes) => in_file(&file, decode(&bytes).and_then(conf::read)),
        Err(reason) => Err(ConfError::Unreadable { file, reason }),
    }
}

/// Reads and checks `text`; `name` is what its mistakes call the file.
pub fn parse(name: &str, text: &str) -> Result<Conf, ConfError> {
    in_file(name, conf::read(text))
}

fn decode(bytes: &[u8]) -> Found<&str> {
    std::str::from_utf8(bytes).map_err(|error| {
        let before = &bytes[..error.valid_up_to()];
        let line = 1 + before.iter().filter(|&&byte| byte == b'\n').count();
        Fault { line, mistake: Mistake::Encoding }
    })
}

fn in_file(file: &str, found: Found<Conf>) -> Result<Conf, ConfError> {
    found.map_err(|Fault { line, mistake }| ConfError::Mistaken {
        file: file.to_owned(),
        line,
        mistake,
    })
}

// SPDX-License-Identifier: GPL-2.0

//! What a library that was built for it has counted of each line (`make coverage`). The kernel has the
//! counters in its debugfs, in the format of gcov-tool(1). Programs on a node count there too: they
//! execute the same instance.

use std::ffi::CString;
use std::fs;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::simulation::Simulation;
use crate::socket::checked;

/// Where the counters of all nodes are put, in a folder for each.
const FOLDER: &str = "LIBOS_COVERAGE";
/// Where the kernel has them.
const DEBUGFS: &str = "/sys/kernel/debug";
const COUNTERS: &str = "/sys/kernel/debug/gcov";

impl Simulation {
    /// Saves the counters of each node, if the environment says where.
    pub(crate) fn save_coverage(&self) -> Result<(), Error> {
        let Some(folder) = std::env::var_os(FOLDER).map(PathBuf::from) else { return Ok(()) };
        let nodes = self.nodes().borrow().len();
        for node in 0..nodes as u32 {
            let folder = next_in(&folder);
            self.mount(node)?;
            self.save_folder(node, COUNTERS, &folder)?;
        }
        Ok(())
    }

    fn mount(&self, node: u32) -> Result<(), Error> {
        let (kind, place) = (c"debugfs".as_ptr() as u64, c_string(DEBUGFS));
        self.ask(node, "its debugfs", libc::SYS_mount, [kind, at(&place), kind, 0, 0]).map(drop)
    }

    /// A call that must succeed.
    fn ask<const N: usize>(
        &self,
        node: u32,
        what: &str,
        nr: i64,
        args: [u64; N],
    ) -> Result<usize, Error> {
        checked(node, what, self.call(node, nr, args)? as isize)
    }

    fn save_folder(&self, node: u32, path: &str, to: &Path) -> Result<(), Error> {
        for (name, kind) in entries(&self.read(node, libc::SYS_getdents64, path)?) {
            let inner = format!("{path}/{name}");
            match kind {
                libc::DT_DIR => self.save_folder(node, &inner, &to.join(name))?,
                libc::DT_REG if name.ends_with(".gcda") => {
                    let counters = self.read(node, libc::SYS_read, &inner)?;
                    let saved =
                        fs::create_dir_all(to).and_then(|()| fs::write(to.join(&name), counters));
                    saved.map_err(|reason| Error::Refused { node, what: inner, reason })?;
                }
                _ => {}
            }
        }
        Ok(())
    }

    /// All that read(2) or getdents64(2) gives of a file of the node.
    fn read(&self, node: u32, nr: i64, path: &str) -> Result<Vec<u8>, Error> {
        const READ_ONLY: u64 = libc::O_RDONLY as u64;
        let name = c_string(path);
        let fd = self.ask(node, path, libc::SYS_open, [at(&name), READ_ONLY])? as u64;
        let mut all = Vec::new();
        let mut buffer = vec![0u8; 1 << 16];
        loop {
            let args = [fd, buffer.as_mut_ptr() as u64, buffer.len() as u64];
            match self.ask(node, path, nr, args)? {
                0 => break,
                count => all.extend_from_slice(&buffer[..count]),
            }
        }
        self.call(node, libc::SYS_close, [fd])?;
        Ok(all)
    }
}

/// A folder for one node that no other process of this run has.
fn next_in(folder: &Path) -> PathBuf {
    let own = std::process::id();
    let mut names = (0..).map(|number| folder.join(format!("{own}-{number}")));
    names.find(|name| !name.exists()).unwrap_or_default()
}

/// Names and types of what getdents64(2) has listed.
fn entries(mut list: &[u8]) -> Vec<(String, u8)> {
    /// Of `struct linux_dirent64`.
    const LENGTH: usize = 16;
    const KIND: usize = 18;
    const NAME: usize = 19;
    let mut found = Vec::new();
    while list.len() > NAME {
        let length = usize::from(u16::from_ne_bytes([list[LENGTH], list[LENGTH + 1]]));
        let (entry, rest) = list.split_at(length.clamp(NAME, list.len()));
        let name = entry[NAME..].split(|byte| *byte == 0).next().unwrap_or_default();
        let name = String::from_utf8_lossy(name).into_owned();
        if name != "." && name != ".." {
            found.push((name, entry[KIND]));
        }
        list = rest;
    }
    found
}

fn c_string(path: &str) -> CString {
    // Names in a folder have no NUL.
    CString::new(path).unwrap_or_default()
}

fn at(string: &CString) -> u64 {
    string.as_ptr() as u64
}

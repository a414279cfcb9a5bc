// SPDX-License-Identifier: GPL-2.0

//! The command line and the environment.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use clap::Parser;

use crate::registry::checked_name;

/// Run a program on a Linux network stack of its own.
#[derive(Parser)]
#[command(version, after_help = "Example: sudo NUSECONF=nuse.conf nuse ping www.google.com")]
pub struct Options {
    /// Interfaces, routes and name servers; without it the stack has lo only
    #[arg(short, long, env = "NUSECONF", value_name = "FILE")]
    pub conf: Option<PathBuf>,

    /// The library; else liblinux.so beside nuse
    #[arg(short, long, env = "NUSE_LIBRARY", value_name = "FILE")]
    library: Option<PathBuf>,

    /// Memory of the stack in MiB, a multiple of 4
    #[arg(short, long, default_value_t = 256, value_name = "MIB",
          value_parser = clap::value_parser!(u32).range(16..=65536))]
    mem: u32,

    /// What the instance is called, for --attach and --list; else the launcher's number
    #[arg(short, long, value_name = "NAME", value_parser = checked_name)]
    pub name: Option<String>,

    /// Run the program on an instance that runs
    #[arg(short, long, value_name = "NAME", conflicts_with = "name")]
    pub attach: Option<String>,

    /// Show the instances of this host
    #[arg(long, exclusive = true)]
    pub list: bool,

    /// Print the log of an instance's kernel
    #[arg(long, value_name = "NAME", exclusive = true)]
    pub dmesg: Option<String>,

    /// Print the kernel's log
    #[arg(short, long)]
    verbose: bool,

    /// Print nothing but errors
    #[arg(short, long)]
    pub quiet: bool,

    /// The program and its arguments
    #[arg(
        required_unless_present_any = ["list", "dmesg"],
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "COMMAND"
    )]
    pub command: Vec<OsString>,
}

impl Options {
    /// How to boot the instance.
    pub fn boot(&self) -> libos_host::Options<'static> {
        // Levels as in syslog(2); the kernel prints those below its own.
        let (log_level, command_line) = match (self.verbose, self.quiet) {
            (true, _) => (7, "loglevel=8"),
            (false, false) => (4, "loglevel=5"),
            (false, true) => (3, "loglevel=4"),
        };
        libos_host::Options { memory: (self.mem as usize / 4 * 4) << 20, command_line, log_level }
    }

    /// Where the library is.
    pub fn library(&self) -> Result<PathBuf, Missing> {
        match &self.library {
            Some(path) => Ok(path.clone()),
            None => beside_nuse("liblinux.so"),
        }
    }

    /// Where the interposer is.
    pub fn preload(&self) -> Result<PathBuf, Missing> {
        beside_nuse("libnuse_preload.so")
    }
}

/// A file that belongs to nuse is not where it should be.
#[derive(Debug, thiserror::Error)]
#[error("{name} is neither in {} nor above it: run `make library ARCH=lib`", folder.display())]
pub struct Missing {
    name: &'static str,
    folder: PathBuf,
}

/// Finds a file beside this executable, or at the top of the tree it was built in.
fn beside_nuse(name: &'static str) -> Result<PathBuf, Missing> {
    let exe = std::env::current_exe().unwrap_or_default();
    let folder = exe.parent().unwrap_or(Path::new("/")).to_path_buf();
    let found = folder.ancestors().map(|folder| folder.join(name)).find(|path| path.exists());
    found.ok_or(Missing { name, folder })
}

// SPDX-License-Identifier: GPL-2.0

//! `nuse`: boots an instance of `liblinux.so`, gives it the interfaces of `nuse.conf` or of its
//! flags, and runs a program on it.
//!
//! The launcher stays as the instance's driver. The program is its child, with the interposer
//! preloaded and the instance's descriptors inherited.

mod capture;
mod child;
mod descendants;
mod drain;
mod interfaces;
mod netlink;
mod options;
mod resolver;
mod signals;

use std::process::ExitCode;

use clap::Parser;
use libos_host::{Instance, Thread};
use nuse_conf::Conf;

use crate::options::Options;

/// The status of a launcher that did not come to run its program; that of a mistake in nuse.conf.
const FAILED: u8 = 125;
const MISTAKE: u8 = 2;

fn main() -> ExitCode {
    let options = Options::parse();
    match run(&options) {
        Ok(status) => ExitCode::from(status),
        Err(Failure::Conf(error)) => say(&error, MISTAKE),
        Err(Failure::Other(error)) => say(&*error, FAILED),
    }
}

fn say(error: &dyn std::error::Error, status: u8) -> ExitCode {
    eprintln!("nuse: {error}");
    ExitCode::from(status)
}

/// Why the program was not run.
enum Failure {
    Conf(nuse_conf::ConfError),
    Other(Box<dyn std::error::Error>),
}

impl<E: Into<Box<dyn std::error::Error>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::Other(error.into())
    }
}

fn run(options: &Options) -> Result<u8, Failure> {
    let conf = configuration(options)?;
    let library = options.library()?;
    let preload = options.preload()?;

    let mut instance = Instance::boot(&library, &options.boot(&conf))?;
    if let Some(file) = &conf.pcap {
        capture::start(&instance, file)?;
    }
    let thread = Thread::new(instance.process())?;
    interfaces::set_up(&instance, &thread, &conf)?;
    drop(thread);

    let resolver = resolver::Resolver::new(&conf)?;
    instance.start_driver(end_torn);
    let status = child::run(&instance, &preload, &options.command, &resolver)?;
    drain::wait(&instance);
    if let Some(file) = &conf.pcap {
        capture::tell_if_broken(&instance, file);
    }
    instance.shutdown();
    Ok(status)
}

/// A program was killed in the middle of the kernel that all of them share.
fn end_torn(pid: u32) {
    eprintln!(
        "nuse: process {pid} was killed while it executed the network stack's kernel: the stack \
         cannot go on, and its programs are ended"
    );
    descendants::kill();
}

fn configuration(options: &Options) -> Result<Conf, Failure> {
    let flags = options.flags();
    let conf = match &options.conf {
        Some(path) => nuse_conf::load(path, &flags),
        None => nuse_conf::parse("nuse.conf", "", &flags),
    };
    let conf = conf.map_err(Failure::Conf)?;
    if options.conf.is_none() && conf.interfaces.is_empty() && !options.quiet {
        eprintln!("nuse: no --conf and no --vif: the stack has lo only");
    }
    Ok(conf)
}

// SPDX-License-Identifier: GPL-2.0

//! `nuse`: boots an instance of `liblinux.so`, gives it the interfaces of `nuse.conf` or of its
//! flags, and runs a program on it.
//!
//! The launcher stays as the instance's driver. The program is its child, with the interposer
//! preloaded and the instance's descriptors inherited.

mod attach;
mod capture;
mod child;
mod descendants;
mod drain;
mod ending;
mod hosts;
mod interfaces;
mod list;
mod netlink;
mod options;
mod output;
mod passt;
mod program;
mod protocol;
mod registry;
mod resolver;
mod rootless;
mod server;
mod signals;
mod standard;
mod terminal;

use std::ffi::OsStr;
use std::fmt::Display;
use std::fs::File;
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::{ExitCode, ExitStatus};

use libos_host::{Attachment, Instance, Thread};
use nuse_conf::Conf;

use crate::child::{Left, Place};
use crate::options::{Options, Unread};
use crate::registry::Registration;
use crate::server::Server;

/// The status of a launcher that did not come to run its program; that of a mistake in nuse.conf or
/// flags; and if what was asked for could not be written.
const FAILED: u8 = 125;
/// As shells have it: the program is there, but cannot be executed; or it is not there.
const NOT_EXECUTABLE: u8 = 126;
const NOT_FOUND: u8 = 127;
const MISTAKE: u8 = 2;
const UNWRITTEN: u8 = 1;

fn main() -> ExitCode {
    let done = match Options::read() {
        Ok(options) => run(&options),
        Err(Unread::Idle(idle)) => Err(mistake(idle)),
        Err(Unread::Clap(text)) => show(&text),
    };
    match done {
        Ok(status) => ending::as_program(status),
        Err(Failure::Mistake(error)) => say(error, MISTAKE),
        Err(Failure::Output(error)) => say(format_args!("standard output: {error}"), UNWRITTEN),
        Err(Failure::Other(error)) => {
            let status = status_of(error.as_ref());
            say(error, status)
        }
    }
}

fn status_of(error: &(dyn std::error::Error + 'static)) -> u8 {
    match error.downcast_ref::<child::Error>() {
        Some(child::Error::Execute { reason, .. }) => match reason.raw_os_error() {
            Some(libc::ENOENT) => NOT_FOUND,
            Some(libc::EACCES | libc::ENOEXEC | libc::EISDIR | libc::ENOTDIR) => NOT_EXECUTABLE,
            _ => FAILED,
        },
        _ => FAILED,
    }
}

fn say(error: impl Display, status: u8) -> ExitCode {
    output::tell(error);
    ExitCode::from(status)
}

/// Why the program was not run.
enum Failure {
    Mistake(Box<dyn std::error::Error>),
    Output(io::Error),
    Other(Box<dyn std::error::Error>),
}

impl<E: Into<Box<dyn std::error::Error>>> From<E> for Failure {
    fn from(error: E) -> Self {
        Failure::Other(error.into())
    }
}

fn mistake<E: std::error::Error + 'static>(error: E) -> Failure {
    Failure::Mistake(error.into())
}

/// Help, or what is wrong with the command line.
fn show(text: &clap::Error) -> Result<ExitStatus, Failure> {
    let result = text.print();
    if !text.use_stderr() {
        output::written(result).map_err(Failure::Output)?;
    }
    Ok(ExitStatus::from_raw(text.exit_code() << 8))
}

/// `nuse` in a stack, as in `nuse bash`: there is no room for another one in its process.
#[derive(Debug, thiserror::Error)]
#[error(
    "this is on a stack already, with all that is begun here, without nuse; begin another stack elsewhere"
)]
struct OnStack;

fn check_place() -> Result<(), OnStack> {
    let is_told = std::env::var_os(libos_host::ENVIRONMENT).is_some();
    if is_told && libos_host::gate::is_mapped() { Err(OnStack) } else { Ok(()) }
}

fn run(options: &Options) -> Result<ExitStatus, Failure> {
    let answer = if options.list {
        list::table()
    } else if let Some(name) = &options.dmesg {
        attach::dmesg(name)?
    } else if let Some(name) = &options.attach {
        check_place()?;
        match attach::run(name, &options.command)? {}
    } else {
        return launch(options);
    };
    output::print(&answer).map_err(Failure::Output)?;
    Ok(ExitStatus::default())
}

fn launch(options: &Options) -> Result<ExitStatus, Failure> {
    check_place()?;
    let conf = configuration(options)?;
    let library = options.library()?;
    let (preload, runner) = (options.preload()?, options.runner()?);

    // Told before there are so many.
    Attachment::reserve(&[])?;
    let mut instance = Instance::boot(&library, &options.boot(&conf))?;
    if let Some(file) = &conf.pcap {
        capture::start(&instance, file)?;
    }
    hosts::give(&instance, &conf)?;
    if !rootless::is_user() {
        instance.follow_credentials();
    }
    let thread = Thread::new(instance.process())?;
    interfaces::set_up(&instance, &thread, &conf)?;
    drop(thread);

    let resolver = resolver::Resolver::new(&conf)?;
    instance.start_driver(end_torn)?;
    instance.pass_interposer(open(&preload)?)?;
    instance.pass_runner(open(&runner)?)?;
    let place = Place { descriptors: instance.descriptors(), resolv_conf: resolver.path() };
    let _registration = serve(options, &instance, &place)?;
    let left = Left { stays: options.name.is_some(), told: !options.quiet };
    let status = child::run(&instance, place, &options.command, left)?;
    drain::wait(&instance);
    if let Some(file) = &conf.pcap {
        capture::tell_if_broken(&instance, file);
    }
    instance.shutdown();
    Ok(status)
}

fn open(file: &Path) -> Result<File, String> {
    File::open(file).map_err(|reason| format!("{}: {reason}", file.display()))
}

/// Lets others find the instance. One that was given no name goes without if that is not possible.
fn serve(
    options: &Options,
    instance: &Instance,
    place: &Place,
) -> Result<Option<Registration>, Failure> {
    let name = options.name.clone().unwrap_or_else(|| std::process::id().to_string());
    let (registration, listener) = match registry::register(&name) {
        Ok(registered) => registered,
        Err(_) if options.name.is_none() => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let server = Server {
        process: instance.process(),
        descriptors: place.descriptors.clone(),
        name,
        command: options.command.join(" ".as_ref()).to_string_lossy().into_owned(),
        resolv_conf: place
            .resolv_conf
            .as_ref()
            .map(|path| OsStr::from_bytes(path.to_bytes()).into()),
    };
    server.start(listener);
    Ok(Some(registration))
}

/// A program was killed in the middle of the kernel that all of them share.
fn end_torn(pid: u32) {
    output::tell(format_args!(
        "process {pid} was killed while it executed the network stack's kernel: the stack \
         cannot go on, and its programs are ended"
    ));
    descendants::kill();
}

fn configuration(options: &Options) -> Result<Conf, Failure> {
    let flags = options.flags();
    let conf = match &options.conf {
        Some(path) => nuse_conf::load(path, &flags),
        None => nuse_conf::parse("nuse.conf", "", &flags),
    };
    let mut conf = conf.map_err(mistake)?;
    passt::complete(&mut conf);
    if options.conf.is_none() && conf.interfaces.is_empty() && !options.quiet {
        output::tell("no --conf and no --vif: the stack has lo only");
    }
    Ok(conf)
}

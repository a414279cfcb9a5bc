// SPDX-License-Identifier: GPL-2.0

//! A program that does what programs do with sockets, descriptors, signals and threads, and prints
//! what came of it. The test runs it natively and with the library preloaded, and compares. With
//! `--run` it is that program, also for `nuse program --run`.

mod descriptors;
mod inline;
mod processes;
mod signals;
mod sockets;
mod sys;
mod threads;
mod waiting;

use std::path::PathBuf;
use std::process::{Command, ExitCode};

fn main() -> ExitCode {
    match std::env::args().nth(1).as_deref() {
        Some("--run") => run(),
        Some("--child") => processes::child(),
        _ => return compare(),
    }
    ExitCode::SUCCESS
}

fn run() {
    sockets::run();
    descriptors::run();
    waiting::run();
    signals::run();
    threads::run();
    processes::run();
    inline::run();
}

fn compare() -> ExitCode {
    let native = output(None);
    let preloaded = output(Some(library()));
    if native == preloaded && native.contains("end of: inline") {
        println!("program: the same natively and preloaded, {} lines", native.lines().count());
        return ExitCode::SUCCESS;
    }
    for (native, preloaded) in native.lines().zip(preloaded.lines()) {
        if native != preloaded {
            println!("natively:  {native}\npreloaded: {preloaded}");
        }
    }
    println!("program: {} lines, preloaded {}", native.lines().count(), preloaded.lines().count());
    ExitCode::FAILURE
}

fn output(preload: Option<PathBuf>) -> String {
    let mut command = Command::new(std::env::current_exe().expect("own path"));
    command.arg("--run").env_remove("NUSE_INSTANCE");
    if let Some(library) = preload {
        command.env("LD_PRELOAD", library);
    }
    let output = command.output().expect("own program");
    format!("{}{}", String::from_utf8_lossy(&output.stdout), output.status)
}

/// The library that `make nuse` built, beside the folder of this test's profile.
fn library() -> PathBuf {
    let test = std::env::current_exe().expect("own path");
    let folders = test.ancestors().map(|folder| folder.join("release/libnuse_preload.so"));
    let mut found = folders.filter(|path| path.exists());
    found.next().expect("libnuse_preload.so is not built: run `make nuse ARCH=lib`")
}

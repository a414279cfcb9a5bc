// SPDX-License-Identifier: GPL-2.0

//! The samples: other people's programs that dlopen the library.

use std::ffi::OsStr;
use std::path::Path;
use std::time::Duration;

use libos_tests::{Finished, Task, compile, place};

/// Cargo may have to compile, on a slow machine.
const BUILD: Duration = Duration::from_secs(1200);

/// What each of the three says that echo a line over TCP.
fn echoes(finished: Finished) {
    finished
        .succeeds()
        .says("echo: hello from a Linux in this process")
        .says("Linux version ")
        .says("Inter-|   Receive")
        .says("lo: ")
        .says("down");
}

fn c_sample(library: &Path) -> Finished {
    let folder = tempfile::tempdir().unwrap();
    let program = folder.path().join("echo");
    let include = format!("-I{}", place::include().display());
    compile::c_program(&place::sample("echo.c"), &program, &[&include]);
    Task::new([program.as_os_str(), library.as_os_str()]).run()
}

fn rust_sample(package: &str) -> Finished {
    let (workspace, library) = (place::workspace(), place::library());
    let cargo: [&OsStr; 7] = [
        env!("CARGO").as_ref(),
        "run".as_ref(),
        "--quiet".as_ref(),
        "--manifest-path".as_ref(),
        workspace.as_os_str(),
        "--package".as_ref(),
        package.as_ref(),
    ];
    let words = cargo.into_iter().chain(["--".as_ref(), library.as_os_str()]);
    Task::new(words).longest(BUILD).run()
}

#[test]
fn in_c() {
    echoes(c_sample(&place::library()));
}

#[test]
fn in_python() {
    let (sample, library) = (place::sample("echo.py"), place::library());
    echoes(Task::new(["python3".as_ref(), sample.as_os_str(), library.as_os_str()]).run());
}

#[test]
fn in_rust() {
    echoes(rust_sample("sample-echo"));
}

/// Sixteen instances with one address: each has what only it was given.
#[test]
fn sixteen_instances() {
    let finished = rust_sample("sample-sixteen").succeeds();
    let text = finished.text();
    let rows = text.lines().filter(|line| line.contains("10.0.0.1/24"));
    let rows: Vec<Vec<_>> = rows.map(|row| row.split_whitespace().collect()).collect();
    assert_eq!(rows.len(), 16, "{text}");
    for (number, row) in rows.iter().enumerate() {
        let partner = number ^ 1;
        let ttl = (100 + number).to_string();
        let heard = format!("\"this is {partner}\"");
        let row = row.join(" ");
        assert!(row.starts_with(&format!("{number} 10.0.0.1/24 ")), "{row}");
        assert!(row.contains(&format!(" {ttl} ")), "{row}");
        assert!(row.ends_with(&heard), "{row}");
    }
    finished.says("instance 0 is down, the other pairs still talk").says("all are down");
}

/// The same port on an older kernel: it says which one it is.
#[test]
fn both_kernels() {
    c_sample(&place::library()).succeeds().says("Linux version 6.12.");
    c_sample(&place::library_6_1()).succeeds().says("Linux version 6.1.");
}

/// And under nuse.
#[test]
fn nuse_with_the_older_kernel() {
    let (nuse, library) = (place::nuse(), place::library_6_1());
    let ping = ["ping", "-n", "-c", "3", "127.0.0.1"].map(OsStr::new);
    let words = [nuse.as_os_str(), "--library".as_ref(), library.as_os_str()];
    Task::new(words.into_iter().chain(ping))
        .env_remove("NUSECONF")
        .run()
        .succeeds()
        .says("3 received");
}

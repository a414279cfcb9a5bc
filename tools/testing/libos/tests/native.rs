// SPDX-License-Identifier: GPL-2.0

//! The same program on the host's kernel and on the library's: it must see the same.
//!
//! Each program in `programs/` has one subject and writes what it sees, call by call. It is run
//! in a network namespace with lo, and under nuse without nuse.conf, which has lo too.

use std::collections::BTreeSet;
use std::path::Path;

use libos_tests::{Netns, compile, place};

macro_rules! compared {
    ($($program:ident)*) => {
        const COMPARED: &[&str] = &[$(stringify!($program)),*];
        $(#[test] fn $program() { compare(stringify!($program), &[]); })*

        /// The same without libc's functions to be replaced.
        mod linked_statically {
            $(
                #[test]
                fn $program() {
                    super::compare(stringify!($program), &["-static"]);
                }
            )*
        }
    };
}

compared! {
    addresses
    calls
    clones
    crashes
    credentials
    descriptors
    directories
    epoll
    errors
    exec
    files
    forks
    handover
    held
    inodes
    instructions
    limits
    memorylimits
    messages
    names
    options
    owners
    parents
    passing
    pointers
    poll
    races
    rings
    select
    sendfile
    signalfd
    signals
    spawn
    stacks
    stdio
    tcp
    threads
    timeouts
    udp
    waits
}

fn compare(program: &str, flags: &[&str]) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join(program);
    compile::c_program(&place::program(program), &path, flags);
    let netns = Netns::new();
    let native = netns.task([&path]).run().succeeds().says("\ndone\n");
    let nuse = place::nuse();
    let own = netns.task([nuse.as_path(), Path::new("-q"), &path]).env_remove("NUSECONF").run();
    assert!(
        native.text() == own.text() && native.code() == own.code(),
        "natively and under nuse differ:\n{}{}",
        differences(&native.text(), &own.text()),
        own.story(),
    );
}

/// Where the two begin to differ, and some lines from there on.
fn differences(native: &str, own: &str) -> String {
    const SOME: usize = 8;
    let lines = native.lines().zip(own.lines());
    let first = lines.take_while(|(native, own)| native == own).count();
    let from_there = |mark: &str, text: &str| -> String {
        text.lines().skip(first).take(SOME).map(|line| format!("{mark} {line}\n")).collect()
    };
    from_there("native:", native) + &from_there("nuse:  ", own)
}

/// No program is forgotten.
#[test]
fn every_program_is_compared() {
    let files = std::fs::read_dir(place::programs()).unwrap().map(|file| file.unwrap().path());
    let programs = files.filter(|file| file.extension().is_some_and(|extension| extension == "c"));
    let names = programs.map(|file| file.file_stem().unwrap().to_str().unwrap().to_string());
    let compared: BTreeSet<_> = COMPARED.iter().map(|name| name.to_string()).collect();
    assert_eq!(names.collect::<BTreeSet<_>>(), compared);
}

// SPDX-License-Identifier: GPL-2.0

//! Many threads in several processes that use one stack at random, while one of them is killed each
//! second: `programs/stress`. What arrives is what was sent, nobody hangs, nothing is left.
//!
//! `LIBOS_STRESS_SECONDS` makes it longer, `LIBOS_STRESS_SEED` repeats a run, as far as threads let it.

use std::env;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use libos_tests::{Net, compile, place};

const SECONDS: u64 = 12;

fn number(variable: &str) -> Option<u64> {
    let value = env::var(variable).ok()?;
    Some(value.parse().unwrap_or_else(|_| panic!("{variable} must be a number, not {value:?}")))
}

fn seed_of_the_day() -> u64 {
    let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH);
    since_1970.map_or(1, |time| time.as_millis() as u64)
}

/// The program, compiled.
fn program(net: &Net, flags: &[&str]) -> PathBuf {
    let path = net.file("stress");
    compile::c_folder(&place::programs().join("stress"), &path, flags);
    path
}

#[test]
fn many_threads_and_a_kill_each_second() {
    many_threads(&[]);
}

#[test]
fn many_threads_of_a_static_program_and_a_kill_each_second() {
    many_threads(&["-static"]);
}

#[track_caller]
fn many_threads(flags: &[&str]) {
    let seconds = number("LIBOS_STRESS_SECONDS").unwrap_or(SECONDS);
    let seed = number("LIBOS_STRESS_SEED").unwrap_or_else(seed_of_the_day);
    println!("LIBOS_STRESS_SEED={seed}");
    let net = Net::tap();
    let program = program(&net, flags);
    let program = program.to_str().expect("a path of ours");
    let mut peer = net.peer().task([program, "peer", "10.0.0.1"]).start();
    peer.wait_for("the peer is there");
    let (length, seed) = (seconds.to_string(), seed.to_string());
    let task = net.nuse([program, &length, &seed, "10.0.0.1"]);
    let finished = task.longest(Duration::from_secs(seconds + 300)).run();
    println!("{}{}", finished.text(), finished.stderr);
    let finished = finished.succeeds().says("nothing is left");
    assert_eq!(finished.stderr, "", "{}", finished.story());
    drop(peer);
    net.stack().is_empty();
}

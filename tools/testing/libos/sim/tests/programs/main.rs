// SPDX-License-Identifier: GPL-2.0

//! Programs on nodes. Each test is a simulation in a process of its own, whose output is what its
//! programs wrote; most are run twice, and must do the same.

mod link;
mod odd;
mod place;
mod routing;

use std::process::{Command, ExitCode};

type Test = fn();

/// All of them.
const TESTS: &[(&str, Test)] = &[
    ("ping", link::ping),
    ("iperf3", link::iperf3),
    ("tcpdump", link::tcpdump),
    ("iperf", link::iperf),
    ("python", link::python),
    ("bash", link::bash),
    ("ospf", routing::ospf),
    ("spin", odd::spin),
    ("fixed", odd::fixed),
    ("missing", odd::missing),
    ("given", odd::given),
    ("kernel_log", odd::kernel_log),
    ("newborn", odd::newborn),
    ("passed", odd::passed),
    ("killed", odd::killed),
    ("mounted", odd::mounted),
];

fn main() -> ExitCode {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if let [flag, name] = &arguments[..]
        && flag == "--in-process"
    {
        let test = TESTS.iter().find(|(test, _)| test == name).expect("the name of a test");
        (test.1)();
        return ExitCode::SUCCESS;
    }
    let wanted = arguments.iter().find(|argument| !argument.starts_with('-'));
    let tests = TESTS.iter().filter(|(name, _)| wanted.is_none_or(|wanted| name.contains(wanted)));
    let (mut passed, mut failed) = (0, 0);
    for (name, _) in tests {
        let good = run_twice(name);
        println!("test {name} ... {}", if good { "ok" } else { "FAILED" });
        if good { passed += 1 } else { failed += 1 }
    }
    let result = if failed == 0 { "ok" } else { "FAILED" };
    println!("\ntest result: {result}. {passed} passed; {failed} failed; 0 ignored");
    if failed == 0 { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Runs a test twice, the second time beside programs that keep the processors busy; whether it passed,
/// and printed the same.
fn run_twice(name: &str) -> bool {
    let own = std::env::current_exe().expect("this program's path");
    let run = || Command::new(&own).args(["--in-process", name]).output().expect("a run of it");
    let first = run();
    let processors = std::thread::available_parallelism().map_or(1, usize::from);
    let hog = || Command::new("sh").args(["-c", "while :; do :; done"]).spawn().expect("sh");
    let mut hogs: Vec<_> = (0..processors).map(|_| hog()).collect();
    let second = run();
    for hog in &mut hogs {
        hog.kill().and_then(|()| hog.wait()).expect("its end");
    }
    let good = first.status.success() && second.status.success() && first.stdout == second.stdout;
    if !good {
        for output in [first, second] {
            println!("{}", String::from_utf8_lossy(&output.stdout));
            println!("{}\n{}", String::from_utf8_lossy(&output.stderr), output.status);
        }
    }
    good
}

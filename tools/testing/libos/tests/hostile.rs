// SPDX-License-Identifier: GPL-2.0

//! Programs that ask for too much, or for nonsense: `programs/hostile`. The stack survives them.
//!
//! `LIBOS_FUZZ_SECONDS` and `LIBOS_FUZZ_SEED` are for the random calls.

use std::env;
use std::path::PathBuf;
use std::time::Duration;

use libos_tests::{Finished, Net, Netns, Task, compile, place};

/// What a kernel says that has found a mistake of its own.
const ALARMS: [&str; 5] = ["BUG:", "WARNING:", "Oops", "panic", "Call Trace"];

/// A hostile program on a stack with lo only.
struct Hostile {
    netns: Netns,
    _folder: tempfile::TempDir,
    program: PathBuf,
}

impl Hostile {
    fn new(program: &str) -> Self {
        Self::with(program, &[])
    }

    fn with(program: &str, flags: &[&str]) -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let source = place::programs().join("hostile").join(program).with_extension("c");
        let program = folder.path().join(program);
        compile::c_program(&source, &program, flags);
        Hostile { netns: Netns::new(), _folder: folder, program }
    }

    fn native(&self, arguments: &[&str]) -> Task {
        self.netns.task(self.words(&[], arguments))
    }

    fn nuse(&self, flags: &[&str], arguments: &[&str]) -> Task {
        let nuse = place::nuse();
        let nuse = [nuse.to_str().expect("a path of ours"), "-q"];
        let words = self.words(&[&nuse, flags].concat(), arguments);
        self.netns.task(words).env_remove("NUSECONF")
    }

    fn words(&self, before: &[&str], arguments: &[&str]) -> Vec<String> {
        let program = self.program.to_str().expect("a path of ours");
        [before, &[program], arguments].concat().iter().map(|word| word.to_string()).collect()
    }

    /// Nothing runs any more, and the kernel was content.
    #[track_caller]
    fn left_nothing(&self, finished: &Finished) {
        assert!(
            !ALARMS.iter().any(|alarm| finished.stderr.contains(alarm)),
            "{}",
            finished.story()
        );
        self.netns.is_empty();
    }
}

fn number(variable: &str, default: u64) -> u64 {
    let Ok(value) = env::var(variable) else { return default };
    value.parse().unwrap_or_else(|_| panic!("{variable} must be a number, not {value:?}"))
}

#[test]
fn random_calls() {
    calls_at_random(&[]);
}

#[test]
fn random_calls_of_a_static_program() {
    calls_at_random(&["-static"]);
}

fn calls_at_random(flags: &[&str]) {
    let seconds = number("LIBOS_FUZZ_SECONDS", 10);
    let seed = number("LIBOS_FUZZ_SEED", u64::from(std::process::id()));
    println!("LIBOS_FUZZ_SEED={seed}");
    let fuzz = Hostile::with("fuzz", flags);
    let (length, seed) = (seconds.to_string(), seed.to_string());
    let task = fuzz.nuse(&[], &[&length, &seed]);
    let finished = task.longest(Duration::from_secs(seconds + 120)).run().succeeds();
    print!("{}{}", finished.text(), finished.stderr);
    assert_eq!(
        finished.text().matches("a child ended with 0\n").count(),
        3,
        "{}",
        finished.story()
    );
    fuzz.left_nothing(&finished);
}

/// Six hundred processes at a time, twice.
#[test]
fn many_processes() {
    let crowd = Hostile::new("crowd");
    let native = crowd.native(&["600"]).run().succeeds();
    let task = crowd.nuse(&[], &["600"]).longest(Duration::from_secs(300));
    let finished = task.run().succeeds();
    assert_eq!(finished.text(), native.text());
    crowd.left_nothing(&finished);
}

/// More processes than an instance can have: fork(2) says so, and those that are there go on.
#[test]
fn too_many_processes() {
    let crowd = Hostile::new("crowd");
    let task = crowd.nuse(&[], &["1100"]).longest(Duration::from_secs(300));
    let finished = task.run().succeeds();
    finished.text().lines().filter(|line| line.starts_with("fork: ")).for_each(|line| {
        assert!(line == "fork: EAGAIN" || line == "fork: ENOMEM", "{}", finished.story());
    });
    assert_eq!(finished.text().matches("answered == children: yes").count(), 2);
    assert_eq!(finished.text().matches("good == children: yes").count(), 2);
    crowd.left_nothing(&finished);
}

/// More threads wait than the stack has memory for: a call says so, and the others go on.
#[test]
fn too_many_threads() {
    const THREADS: &str = "1500";
    let threads = Hostile::new("threads");
    threads.native(&[THREADS]).run().succeeds().says_no(": no\n");
    let task = threads.nuse(&["--mem", "64"], &[THREADS]).longest(Duration::from_secs(300));
    let finished = task.run().succeeds();
    let others = finished.text().replace("round_of(wanted) == wanted: no\n", "");
    assert_ne!(others, finished.text(), "there was room for all: {}", finished.story());
    assert!(!others.contains(": no\n"), "{}", finished.story());
    threads.left_nothing(&finished);
}

/// Sockets are filled with more than the arena holds.
#[test]
fn more_data_than_memory() {
    let memory = Hostile::new("memory");
    let task = memory.nuse(&["--mem", "16"], &[]).longest(Duration::from_secs(300));
    let finished = task.run().succeeds().says_no("unexpected").says_no(": no\n").says("done");
    memory.left_nothing(&finished);
}

/// The stack of a static program is not the kernel's, but has an end all the same.
#[test]
fn more_than_the_stack() {
    const KILLED: i32 = 128 + libc::SIGSEGV;
    let flags = ["-static", "-nostdlib", "-fno-stack-protector", "-fno-optimize-sibling-calls"];
    let deep = Hostile::with("deep", &[&flags[..], &["-Wno-infinite-recursion"]].concat());
    assert_eq!(deep.native(&[]).run().code(), KILLED);
    let finished = deep.nuse(&[], &[]).run().ends_with(KILLED);
    deep.left_nothing(&finished);
}

/// Threads that want descriptors of their own get none, and are told; the process keeps its own.
#[test]
fn threads_that_part() {
    for flags in [&[][..], &["-static"]] {
        let apart = Hostile::with("apart", flags);
        let native = apart.native(&[]).run().succeeds().says_no("EINVAL");
        let finished = apart.nuse(&[], &[]).run().succeeds();
        assert_eq!(finished.text().matches(": EINVAL\n").count(), 4, "{}", finished.story());
        assert_eq!(finished.text().replace("EINVAL", "ok"), native.text());
        assert_eq!(finished.stderr.matches("one set for a process").count(), 1);
    }
}

/// A path to a socket's descriptor is no path to a file of the host's.
#[test]
fn a_socket_is_no_file_of_the_hosts() {
    const CHANGE: &str = "\
import os, socket
root = os.stat('/')
for s in socket.socket(), socket.socket(socket.AF_NETLINK, socket.SOCK_RAW):
    path = '/proc/self/fd/%d' % s.fileno()
    for change in (lambda: os.chown(path, root.st_uid, root.st_gid),
                   lambda: os.chmod(path, root.st_mode & 0o7777)):
        try:
            change()
        except OSError:
            pass
print('unchanged', os.stat('/').st_ctime_ns == root.st_ctime_ns)
";
    let net = Net::tap();
    net.nuse(["python3", "-c", CHANGE]).run().succeeds().says("unchanged True");
}

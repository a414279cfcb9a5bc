// SPDX-License-Identifier: GPL-2.0

//! The same program on the host's kernel and on a node: it must see the same. Each has one subject, and
//! writes what it sees, call by call.

use std::path::{Path, PathBuf};
use std::process::Command;

use libos_sim::Program;

use crate::place::{Place, SECOND};

/// Compares `name` of the programs that NUSE is tested with, too.
pub fn compare(name: &str) {
    compare_in("../programs", name);
}

/// Compares `name` of the programs about POSIX.
pub fn compare_posix(name: &str) {
    compare_in("../programs/posix", name);
}

fn compare_in(folder: &str, name: &str) {
    let place = Place::new(1);
    place.run(0, "ip", &["link", "set", "lo", "up"]);
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join(folder).join(format!("{name}.c"));
    let program = place.folder().join(name);
    compile(&source, &program);
    let native = natively(&program);
    place.start_at(SECOND, 0, Program::new(&program, &[]));
    place.network.run_until(1000 * SECOND).expect("a simulation");
    let (_, pid, status) = place.last_exit();
    let own = place.file(0, &format!("var/log/{pid}/stdout"));
    let said = place.file(0, &format!("var/log/{pid}/stderr"));
    let first = native.lines().zip(own.lines()).take_while(|(a, b)| a == b).count();
    let from_there = |text: &str| text.lines().skip(first).take(8).collect::<Vec<_>>().join("\n");
    assert!(
        native == own && status == 0 && native.ends_with("done\n"),
        "{name}: status {status}\nnatively:\n{}\non a node:\n{}\n{said}",
        from_there(&native),
        from_there(&own),
    );
    place.print(1);
}

fn compile(source: &Path, program: &PathBuf) {
    let flags = ["-O1", "-Wall", "-Werror", "-D_GNU_SOURCE", "-pthread", "-I../programs", "-o"];
    let mut compiler = Command::new("cc");
    compiler.current_dir(env!("CARGO_MANIFEST_DIR")).args(flags).args([program, &source.into()]);
    assert!(compiler.status().expect("a compiler").success());
}

/// What it writes on the host, in a network namespace with lo.
fn natively(program: &Path) -> String {
    let output = Command::new("unshare")
        .args(["-n", "sh", "-c", "ip link set lo up; exec \"$0\""])
        .arg(program)
        .current_dir("/")
        .output()
        .expect("unshare(1)");
    String::from_utf8_lossy(&output.stdout).into_owned()
}

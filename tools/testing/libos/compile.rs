// SPDX-License-Identifier: GPL-2.0

//! The C compiler.

use std::path::Path;
use std::time::Duration;

use crate::Task;

/// Compiles one source file to the program `to`.
#[track_caller]
pub fn c_program(from: &Path, to: &Path, flags: &[&str]) {
    let words = ["cc", "-O1", "-Wall", "-Werror", "-D_GNU_SOURCE", "-pthread"]
        .iter()
        .chain(flags)
        .map(Path::new);
    let words = words.chain([Path::new("-o"), to, from]);
    Task::new(words).longest(Duration::from_secs(600)).run().succeeds();
}

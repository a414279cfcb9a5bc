// SPDX-License-Identifier: GPL-2.0

//! The C compiler.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::Task;

/// Compiles one source file to the program `to`.
#[track_caller]
pub fn c_program(from: &Path, to: &Path, flags: &[&str]) {
    compile(&[from.to_path_buf()], to, flags);
}

/// Compiles the sources in a folder to the program `to`.
#[track_caller]
pub fn c_folder(from: &Path, to: &Path, flags: &[&str]) {
    let files = fs::read_dir(from).expect("a folder of ours").flatten().map(|file| file.path());
    let is_source = |path: &PathBuf| path.extension().is_some_and(|extension| extension == "c");
    compile(&files.filter(is_source).collect::<Vec<_>>(), to, flags);
}

#[track_caller]
fn compile(from: &[PathBuf], to: &Path, flags: &[&str]) {
    let words = ["cc", "-O1", "-Wall", "-Werror", "-D_GNU_SOURCE", "-pthread"]
        .iter()
        .chain(flags)
        .map(Path::new);
    let words = words.chain([Path::new("-o"), to]).chain(from.iter().map(PathBuf::as_path));
    Task::new(words).longest(Duration::from_secs(600)).run().succeeds();
}

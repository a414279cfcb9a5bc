// SPDX-License-Identifier: GPL-2.0

//! How the program is executed: as it is, or, if it is statically linked, by the runner.

use std::ffi::{CString, OsStr, OsString};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::process::CommandExt;
use std::process::Command;

use nuse_runner::{File, Needed, PROGRAM, needed, with_slash};

/// `words`, to be executed; by `runner` if that is needed.
pub fn command(words: &[OsString], runner: &str) -> Command {
    let Some(Needed { program, words: before }) = find(&words[0]).and_then(|file| needed(&file))
    else {
        let mut command = Command::new(&words[0]);
        command.args(&words[1..]);
        return command;
    };
    let before = before.into_iter().map(|word| OsString::from_vec(word.into_bytes()));
    let mut before = before.collect::<Vec<_>>();
    if before.is_empty() {
        before.push(words[0].clone());
    }
    let name = OsStr::from_bytes(&PROGRAM[..PROGRAM.len() - 1]);
    let mut command = Command::new(runner);
    command.arg0(&before[0]).args(&before[1..]).args(&words[1..]);
    command.env(name, OsString::from_vec(with_slash(&program)));
    command
}

/// The file that execvp(3) would take.
fn find(name: &OsStr) -> Option<CString> {
    let path = |bytes: &[u8]| CString::new(bytes).ok();
    if name.as_bytes().contains(&b'/') {
        return path(name.as_bytes());
    }
    let folders = std::env::var_os("PATH").unwrap_or_else(|| "/bin:/usr/bin".into());
    let files = std::env::split_paths(&folders).map(|folder| folder.join(name).into_os_string());
    let can = |file: &CString| File::open(file).is_some_and(|found| found.is_executable(file));
    files.filter_map(|file| path(file.as_bytes())).find(can)
}

// SPDX-License-Identifier: GPL-2.0

//! What the tests of several programs need.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use libos_tests::{Finished, Net, Netns, Task, data};

/// For what starts slowly on a machine that has other things to do.
pub const LONG: Duration = Duration::from_secs(180);

/// How much is fetched.
pub const AMOUNT: usize = 5 << 20;

/// A source in the folder `sources`.
pub fn source(name: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/programs/sources").join(name)
}

/// The path as text.
pub fn text(path: &Path) -> &str {
    path.to_str().expect("a plain path")
}

/// A path in the net's folder, as text.
pub fn file(net: &Net, name: &str) -> String {
    text(&net.file(name)).to_string()
}

/// A file with [`AMOUNT`] bytes. Its folder has nothing else.
pub fn served(net: &Net) -> PathBuf {
    let folder = net.file("served");
    fs::create_dir_all(&folder).expect("a folder of our own");
    let file = folder.join("data");
    fs::write(&file, data::bytes(AMOUNT)).expect("a file in our own folder");
    file
}

/// Asserts that these are the bytes of [`served`].
#[track_caller]
pub fn is_what_was_served(bytes: &[u8]) {
    assert_eq!(bytes.len(), AMOUNT);
    assert!(bytes == data::bytes(AMOUNT), "the data is damaged");
}

/// The same of the file of this name in the net's folder, which is removed.
#[track_caller]
pub fn was_fetched(net: &Net, name: &str) {
    let file = net.file(name);
    is_what_was_served(&fs::read(&file).expect("a file was fetched"));
    fs::remove_file(file).expect("our own file");
}

/// Waits until somebody answers there.
#[track_caller]
pub fn wait_for_server(from: &Netns, address: &str, port: &str) {
    let deadline = Instant::now() + LONG;
    while from.task(["nc", "-n", "-z", "-w", "1", address, port]).run().code() != 0 {
        assert!(Instant::now() < deadline, "nobody answers at {address} port {port}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

/// A script of bash under nuse, with arguments.
#[track_caller]
pub fn script(net: &Net, script: &str, arguments: &[&str]) -> Task {
    let words = ["bash", "-euc", script, "bash"];
    net.nuse(words.iter().chain(arguments))
}

/// curl of a URL at the peer, to standard output.
#[track_caller]
pub fn curl(netns: &Netns, url: &str) -> Finished {
    netns.task(["curl", "-sS", "-g", url]).run().succeeds()
}

/// The first number after `name` in `text`.
#[track_caller]
pub fn number(text: &str, name: &str) -> u64 {
    let (_, after) = text.split_once(name).unwrap_or_else(|| panic!("no {name:?} in {text}"));
    let digits = after.trim_start_matches(|c: char| !c.is_ascii_digit());
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    digits[..end].parse().unwrap_or_else(|_| panic!("no number after {name:?} in {text}"))
}

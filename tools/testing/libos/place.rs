// SPDX-License-Identifier: GPL-2.0

//! Where the things under test are.

use std::env;
use std::path::{Path, PathBuf};

/// The top of the tree that was built.
pub fn top() -> PathBuf {
    from_env("NUSE_TOP")
}

/// The launcher.
pub fn nuse() -> PathBuf {
    existing(top().join("nuse"))
}

/// The library under test.
pub fn library() -> PathBuf {
    existing(top().join("liblinux.so"))
}

/// The library made from a 6.1 tree.
pub fn library_6_1() -> PathBuf {
    existing(from_env("LIBLINUX_TINY_6_1"))
}

/// The folder with `liblinux.h`.
pub fn include() -> PathBuf {
    existing(top().join("build/include"))
}

/// A sample, by its name in `samples/`.
pub fn sample(name: &str) -> PathBuf {
    existing(source().join("../../../samples").join(name))
}

/// A test program's source, by its name without `.c`.
pub fn program(name: &str) -> PathBuf {
    existing(programs().join(name).with_extension("c"))
}

/// The folder of the test programs.
pub fn programs() -> PathBuf {
    source().join("programs")
}

/// The manifest of the workspace.
pub fn workspace() -> PathBuf {
    existing(source().join("../../../Cargo.toml"))
}

fn source() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn from_env(name: &str) -> PathBuf {
    let value = env::var_os(name).unwrap_or_else(|| panic!("{name} is not set: run make test"));
    PathBuf::from(value)
}

fn existing(path: PathBuf) -> PathBuf {
    assert!(path.exists(), "{} is not there: run make test", path.display());
    path
}

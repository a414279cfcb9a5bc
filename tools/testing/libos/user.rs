// SPDX-License-Identifier: GPL-2.0

//! An ordinary user, who has `nuse` installed in a folder that everybody can read.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::fs::{PermissionsExt, chown};
use std::path::{Path, PathBuf};

use tempfile::TempDir;

use crate::{Netns, Task, place};

const NOBODY: u32 = 65534;

/// The user, and its folders.
pub struct User {
    folder: TempDir,
}

impl User {
    #[track_caller]
    #[allow(clippy::new_without_default, reason = "it is made on the host, and may fail")]
    pub fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder for temporary files");
        let readable = fs::Permissions::from_mode(0o755);
        fs::set_permissions(folder.path(), readable).expect("our own folder");
        let nuse = fs::canonicalize(place::nuse()).expect("the launcher");
        let beside = ["libnuse_preload.so", "nuse-runner"].map(|name| nuse.with_file_name(name));
        for file in beside.into_iter().chain([nuse, place::library()]) {
            let to = folder.path().join(file.file_name().expect("a file"));
            fs::copy(&file, to).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
        }
        let user = User { folder };
        for own in [user.runtime(), user.home()] {
            fs::create_dir(&own).expect("a folder in our own");
            fs::set_permissions(&own, fs::Permissions::from_mode(0o700)).expect("our own folder");
            chown(&own, Some(NOBODY), Some(NOBODY)).expect("root may give folders away");
        }
        user
    }

    /// Its XDG_RUNTIME_DIR.
    pub fn runtime(&self) -> PathBuf {
        self.folder.path().join("runtime")
    }

    /// A folder of its own.
    pub fn home(&self) -> PathBuf {
        self.folder.path().join("home")
    }

    /// Asserts that nothing is left in its folder for running programs.
    #[track_caller]
    pub fn left_nothing(&self) {
        let all = Task::new([
            "find".as_ref(),
            self.runtime().as_os_str(),
            "-type".as_ref(),
            "f,p,s".as_ref(),
        ]);
        assert_eq!(all.run().succeeds().text(), "");
    }

    /// A command of this user.
    #[track_caller]
    pub fn task<W: AsRef<OsStr>>(&self, netns: &Netns, words: impl IntoIterator<Item = W>) -> Task {
        let become_user = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];
        let mut all: Vec<_> = become_user.map(|word| OsStr::new(word).to_os_string()).into();
        all.extend(words.into_iter().map(|word| word.as_ref().to_os_string()));
        netns.task(all).env("XDG_RUNTIME_DIR", self.runtime()).env("HOME", self.home())
    }

    /// `nuse` with these words, by this user.
    #[track_caller]
    pub fn nuse<W: AsRef<OsStr>>(&self, netns: &Netns, words: impl IntoIterator<Item = W>) -> Task {
        let nuse: &Path = &self.folder.path().join("nuse");
        let words = words.into_iter().map(|word| word.as_ref().to_os_string());
        self.task(netns, std::iter::once(nuse.as_os_str().to_os_string()).chain(words))
            .env_remove("NUSECONF")
    }
}

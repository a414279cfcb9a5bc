// SPDX-License-Identifier: GPL-2.0

//! The folder for what instances of one user have to find of each other.

use std::{
    fs::{self, DirBuilder},
    io,
    os::unix::fs::{DirBuilderExt, MetadataExt},
    path::{Path, PathBuf},
};

/// The folder, which only this user gets into: made if it is not there.
///
/// It is `/run/nuse` for root, below `XDG_RUNTIME_DIR` for others, and where that is not set, below
/// `/tmp`. There anybody can make a folder of our name first: one that is not ours, or that others
/// may enter, is refused.
pub fn folder() -> io::Result<PathBuf> {
    let folder = place();
    let told = |reason: io::Error| {
        let remedy = if is_root() { "" } else { "; XDG_RUNTIME_DIR says where it is to be" };
        io::Error::new(reason.kind(), format!("{}: {reason}{remedy}", folder.display()))
    };
    DirBuilder::new().recursive(true).mode(0o700).create(&folder).map_err(told)?;
    check(&folder)?;
    Ok(folder)
}

/// Removes the folder where nothing else would, if nothing is in it.
pub fn leave() {
    if place().starts_with("/tmp") {
        // Another instance may have something there.
        let _ = fs::remove_dir(place());
    }
}

fn place() -> PathBuf {
    // SAFETY: asks for a number.
    let user = unsafe { libc::geteuid() };
    match (user, std::env::var_os("XDG_RUNTIME_DIR").filter(|path| !path.is_empty())) {
        (0, _) => PathBuf::from("/run/nuse"),
        (_, Some(runtime)) => Path::new(&runtime).join("nuse"),
        (_, None) => PathBuf::from(format!("/tmp/nuse-{user}")),
    }
}

fn is_root() -> bool {
    // SAFETY: asks for a number.
    unsafe { libc::geteuid() == 0 }
}

fn check(folder: &Path) -> io::Result<()> {
    // SAFETY: asks for a number.
    let user = unsafe { libc::geteuid() };
    let found = fs::symlink_metadata(folder)?;
    if found.is_dir() && found.uid() == user && found.mode() & 0o077 == 0 {
        return Ok(());
    }
    let wrong = format!(
        "{} is not a folder that only this user may enter: remove it, or set XDG_RUNTIME_DIR",
        folder.display()
    );
    Err(io::Error::new(io::ErrorKind::PermissionDenied, wrong))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn only_a_folder_of_our_own_passes() -> io::Result<()> {
        let top = std::env::temp_dir().join(format!("libos-runtime-{}", std::process::id()));
        DirBuilder::new().mode(0o700).create(&top)?;
        let (link, file) = (top.join("link"), top.join("file"));
        symlink(&top, &link)?;
        fs::write(&file, "")?;
        assert!(check(&top).is_ok());
        assert!(check(&link).is_err());
        assert!(check(&file).is_err());
        fs::set_permissions(&top, fs::Permissions::from_mode(0o755))?;
        assert!(check(&top).is_err());
        fs::remove_dir_all(top)
    }
}

// SPDX-License-Identifier: GPL-2.0

//! What is mounted where in a node's namespace: an overlay over each file system of the host's, with the
//! node's folder on top, and what is no file of a disk as it is.

use std::collections::BTreeSet;
use std::ffi::{CString, OsString};
use std::fs::{self, DirBuilder};
use std::io;
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, chown};
use std::path::{Path, PathBuf};

use crate::files::checked;

/// These are the host's; the agent knows what in them is the node's. Memory that programs share by a
/// name is each node's own.
const SPECIAL: [&str; 3] = ["/dev", "/proc", "/sys"];

/// Names of namespaces, as below /run/netns, and what is mounted when somebody looks.
const FILELESS: [&[u8]; 2] = [b"nsfs", b"autofs"];

/// In a namespace of its own, which it makes: the host's files become the root, behind those in `root`,
/// the folder of a node.
pub fn mount_all(root: &Path) -> io::Result<()> {
    let layers = Layers::beside(root)?;
    let places = mounted_on(&fs::read("/proc/self/mountinfo")?);
    // SAFETY: a number.
    checked(unsafe { libc::unshare(libc::CLONE_NEWNS) })?;
    mount(Path::new("none"), Path::new("/"), "", libc::MS_REC | libc::MS_PRIVATE, &[])?;
    layers.overlay(Path::new("/"), 0)?;
    for special in SPECIAL.map(Path::new) {
        mount(special, &layers.seen(special), "", libc::MS_BIND | libc::MS_REC, &[])?;
    }
    let memory = layers.seen(Path::new("/dev/shm"));
    if memory.is_dir() {
        mount(Path::new("shm"), &memory, "tmpfs", libc::MS_NOSUID | libc::MS_NODEV, b"mode=1777")?;
    }
    for (number, place) in places.iter().enumerate() {
        layers.add(place, number + 1)?;
    }
    make_root(&layers.at)
}

/// Where the layers of a node's overlays are.
struct Layers<'a> {
    root: &'a Path,
    work: PathBuf,
    at: PathBuf,
}

impl<'a> Layers<'a> {
    fn beside(root: &'a Path) -> io::Result<Self> {
        let name = root.file_name().unwrap_or_default().to_string_lossy();
        let [work, at] =
            ["work", "root"].map(|what| root.with_file_name(format!(".{name}.{what}")));
        fs::create_dir_all(&at)?;
        Ok(Layers { root, work, at })
    }

    /// Where a path is until the overlay is the root.
    fn seen(&self, place: &Path) -> PathBuf {
        below(&self.at, place)
    }

    /// What the host has mounted: files cannot be in an overlay, nor some file systems.
    fn add(&self, place: &Path, number: usize) -> io::Result<()> {
        // What has another mounted over it, is gone, or is not for us.
        let Ok(metadata) = fs::metadata(place) else { return Ok(()) };
        if !metadata.is_dir() {
            let own = below(self.root, place);
            return if own.exists() { Ok(()) } else { self.read_only(place) };
        }
        self.overlay(place, number).or_else(|_| self.read_only(place))
    }

    fn overlay(&self, place: &Path, number: usize) -> io::Result<()> {
        let (upper, work) = (below(self.root, place), self.work.join(number.to_string()));
        make_like(place, self.root)?;
        fs::create_dir_all(&work)?;
        let layers = [
            b"lowerdir=".as_slice(),
            &escaped(place),
            b",upperdir=",
            &escaped(&upper),
            b",workdir=",
            &escaped(&work),
        ];
        mount(Path::new("overlay"), &self.seen(place), "overlay", 0, &layers.concat())
    }

    fn read_only(&self, place: &Path) -> io::Result<()> {
        let seen = self.seen(place);
        mount(place, &seen, "", libc::MS_BIND, &[])?;
        mount(place, &seen, "", libc::MS_BIND | libc::MS_REMOUNT | libc::MS_RDONLY, &[])
    }
}

/// The folders above a place and the place itself, in the node's folder, with the owners and modes that
/// the host's have: an overlay shows those of its upper layer.
fn make_like(place: &Path, root: &Path) -> io::Result<()> {
    let mut all: Vec<_> = place.ancestors().collect();
    all.reverse();
    for host in &all[1..] {
        let own = below(root, host);
        if own.exists() {
            continue;
        }
        let metadata = host.metadata()?;
        DirBuilder::new().mode(0o700).create(&own)?;
        chown(&own, Some(metadata.uid()), Some(metadata.gid()))?;
        fs::set_permissions(&own, metadata.permissions())?;
    }
    Ok(())
}

/// What has file systems mounted on it, outer ones first (proc_pid_mountinfo(5)): but for the root and
/// what is special.
fn mounted_on(mountinfo: &[u8]) -> BTreeSet<PathBuf> {
    let special = |place: &PathBuf| SPECIAL.iter().any(|special| place.starts_with(special));
    let places = mountinfo.split(|&byte| byte == b'\n').filter_map(place_of);
    places.filter(|place| place != Path::new("/") && !special(place)).collect()
}

/// Where the file system of a line is mounted, if it has files.
fn place_of(line: &[u8]) -> Option<PathBuf> {
    let mut fields = line.split(|&byte| byte == b' ');
    let place = fields.nth(4)?;
    let kind = fields.skip_while(|field| *field != b"-").nth(1)?;
    (!FILELESS.contains(&kind)).then(|| unescaped(place))
}

/// Spaces and the like are three octal digits in /proc.
fn unescaped(field: &[u8]) -> PathBuf {
    let mut bytes = Vec::new();
    let mut rest = field;
    while let Some((&first, tail)) = rest.split_first() {
        let digits = tail.get(..3).filter(|_| first == b'\\');
        let code = digits.and_then(|digits| std::str::from_utf8(digits).ok());
        let code = code.and_then(|digits| u8::from_str_radix(digits, 8).ok());
        bytes.push(code.unwrap_or(first));
        rest = if code.is_some() { &tail[3..] } else { tail };
    }
    PathBuf::from(OsString::from_vec(bytes))
}

/// As a layer of an overlay is named (Documentation/filesystems/overlayfs.rst).
fn escaped(path: &Path) -> Vec<u8> {
    let byte = |&byte: &u8| if b"\\:,".contains(&byte) { vec![b'\\', byte] } else { vec![byte] };
    path.as_os_str().as_bytes().iter().flat_map(byte).collect()
}

fn below(root: &Path, place: &Path) -> PathBuf {
    root.join(place.strip_prefix("/").unwrap_or(place))
}

/// As pivot_root(2) says for a root that replaces another without a folder for it.
fn make_root(at: &Path) -> io::Result<()> {
    let at = c_string(at.as_os_str().as_bytes())?;
    // SAFETY: strings.
    unsafe {
        checked(libc::chdir(at.as_ptr()))?;
        let here = c".".as_ptr();
        checked(libc::syscall(libc::SYS_pivot_root, here, here) as i32)?;
        checked(libc::umount2(here, libc::MNT_DETACH))?;
        checked(libc::chdir(c"/".as_ptr()))
    }
}

fn mount(what: &Path, at: &Path, kind: &str, flags: libc::c_ulong, data: &[u8]) -> io::Result<()> {
    let [what, at] = [what, at].map(|path| c_string(path.as_os_str().as_bytes()));
    let (what, at, kind, data) = (what?, at?, c_string(kind.as_bytes())?, c_string(data)?);
    // SAFETY: strings.
    checked(unsafe {
        libc::mount(what.as_ptr(), at.as_ptr(), kind.as_ptr(), flags, data.as_ptr().cast())
    })
}

fn c_string(bytes: &[u8]) -> io::Result<CString> {
    CString::new(bytes).map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{escaped, mounted_on};

    #[test]
    fn the_hosts_file_systems_are_found() {
        let mountinfo = b"22 27 0:21 / /proc rw - proc proc rw\n\
            27 1 254:0 / / rw - ext4 /dev/vda rw\n\
            31 23 0:28 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n\
            32 27 0:29 / /home/a\\040b rw shared:1 - ext4 /dev/vdb rw\n\
            33 27 0:30 / /home rw - ext4 /dev/vdb rw\n\
            34 27 0:4 net:[4026532] /run/netns/red rw shared:2 master:1 - nsfs nsfs rw\n";
        let found = mounted_on(mountinfo);
        assert_eq!(found.iter().collect::<Vec<_>>(), [Path::new("/home"), Path::new("/home/a b")]);
    }

    #[test]
    fn layers_are_named_as_the_overlay_reads_them() {
        assert_eq!(escaped(Path::new("/a,b:c\\d")), b"/a\\,b\\:c\\\\d");
    }
}

// SPDX-License-Identifier: GPL-2.0

//! The files of a node: those in its own folder `files-N`, and behind them the host's, which no program
//! changes. A namespace of mounts a node, with an overlay as its root.

use std::ffi::{CStr, CString};
use std::fs::{self, File};
use std::io;
use std::os::fd::{FromRawFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::error::Error;
use crate::simulation::Simulation;

/// The files of one node.
pub struct Files {
    /// `files-N`, as the host sees it.
    pub root: PathBuf,
    /// The namespace in which programs see them.
    pub namespace: OwnedFd,
}

impl Files {
    fn make(parent: &Path, node: u32) -> io::Result<Self> {
        let root = parent.join(format!("files-{node}"));
        fs::create_dir_all(root.join("var/log"))?;
        let root = root.canonicalize()?;
        let namespace = in_child(
            |ready| {
                let root = c_string(&root)?;
                mount_all(&root, node)?;
                ready()
            },
            "mnt",
        )?;
        Ok(Files { root, namespace })
    }

    /// Where the host finds the file that a program sees at `path`.
    pub fn find(&self, path: &Path) -> PathBuf {
        let own = self.root.join(path.strip_prefix("/").unwrap_or(path));
        if own.exists() { own } else { Path::new("/").join(path) }
    }

    /// The folder of a process.
    pub fn log(&self, pid: u32) -> PathBuf {
        self.root.join("var/log").join(pid.to_string())
    }
}

impl Simulation {
    /// The files of a node.
    pub fn files_of(&self, node: u32) -> Result<Rc<Files>, Error> {
        if let Some(files) = &self.nodes().borrow()[node as usize].files {
            return Ok(files.clone());
        }
        let parent = &self.options().files;
        let id = self.nodes().borrow()[node as usize].id;
        let files = Files::make(parent, id).map_err(|reason| Error::Files {
            folder: parent.join(format!("files-{id}")),
            reason,
        })?;
        let files = Rc::new(files);
        self.nodes().borrow_mut()[node as usize].files = Some(files.clone());
        Ok(files)
    }
}

/// A network namespace without anything: what would pass the agent by ends there.
pub fn empty_network() -> io::Result<OwnedFd> {
    in_child(
        |ready| {
            // SAFETY: a number.
            checked(unsafe { libc::unshare(libc::CLONE_NEWNET) })?;
            ready()
        },
        "net",
    )
}

/// Has a child of this process make a namespace, and keeps it when the child is gone.
fn in_child(
    make: impl FnOnce(&dyn Fn() -> io::Result<()>) -> io::Result<()>,
    kind: &str,
) -> io::Result<OwnedFd> {
    let mut pipes = [[0; 2]; 2];
    // SAFETY: the child makes system calls and allocates, in a process of one thread as far as this
    // crate knows; it ends without returning.
    unsafe {
        for pipe in &mut pipes {
            checked(libc::pipe2(pipe.as_mut_ptr(), libc::O_CLOEXEC))?;
        }
        let [said, end] = pipes;
        let pid = libc::fork();
        checked(pid)?;
        if pid == 0 {
            let say = |errno: i32| -> ! {
                libc::write(said[1], (&raw const errno).cast(), 4);
                libc::close(end[1]);
                let mut byte = 0u8;
                libc::read(end[0], (&raw mut byte).cast(), 1);
                libc::_exit(0)
            };
            let failed = make(&|| say(0));
            say(failed.err().and_then(|e| e.raw_os_error()).unwrap_or(libc::EINVAL));
        }
        let mut errno = 0i32;
        libc::close(said[1]);
        libc::close(end[0]);
        let got = libc::read(said[0], (&raw mut errno).cast(), 4);
        let namespace = match (got, errno) {
            (4, 0) => File::open(format!("/proc/{pid}/ns/{kind}")).map(OwnedFd::from),
            (4, errno) => Err(io::Error::from_raw_os_error(errno)),
            _ => Err(io::Error::from_raw_os_error(libc::ECHILD)),
        };
        drop(OwnedFd::from_raw_fd(said[0]));
        drop(OwnedFd::from_raw_fd(end[1]));
        libc::waitpid(pid, core::ptr::null_mut(), 0);
        namespace
    }
}

/// In a namespace of its own: the overlay, with what is no file of a disk mounted into it, becomes the
/// root.
fn mount_all(root: &CStr, node: u32) -> io::Result<()> {
    let root = root.to_str().map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))?;
    let (parent, _) = root.rsplit_once('/').unwrap_or(("", root));
    let (work, at) =
        (format!("{parent}/.files-{node}.work"), format!("{parent}/.files-{node}.root"));
    fs::create_dir_all(&work)?;
    fs::create_dir_all(&at)?;
    // SAFETY: a number.
    checked(unsafe { libc::unshare(libc::CLONE_NEWNS) })?;
    mount("none", "/", "", libc::MS_REC | libc::MS_PRIVATE, "")?;
    let layers = format!("lowerdir=/,upperdir={root},workdir={work}");
    mount("overlay", &at, "overlay", 0, &layers)?;
    for special in ["/dev", "/proc", "/sys"] {
        mount(special, &format!("{at}{special}"), "", libc::MS_BIND | libc::MS_REC, "")?;
    }
    let at = CString::new(at)?;
    // SAFETY: strings.
    unsafe {
        checked(libc::chdir(at.as_ptr()))?;
        let here = c".".as_ptr();
        checked(libc::syscall(libc::SYS_pivot_root, here, here) as i32)?;
        checked(libc::umount2(here, libc::MNT_DETACH))?;
        checked(libc::chdir(c"/".as_ptr()))
    }
}

fn mount(what: &str, at: &str, kind: &str, flags: libc::c_ulong, data: &str) -> io::Result<()> {
    let strings = [what, at, kind, data].map(CString::new);
    let [Ok(what), Ok(at), Ok(kind), Ok(data)] = strings else {
        return Err(io::Error::from_raw_os_error(libc::EINVAL));
    };
    // SAFETY: strings.
    checked(unsafe {
        libc::mount(what.as_ptr(), at.as_ptr(), kind.as_ptr(), flags, data.as_ptr().cast())
    })
}

fn checked(result: i32) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}

fn c_string(path: &Path) -> io::Result<CString> {
    CString::new(path.as_os_str().as_bytes())
        .map_err(|_| io::Error::from_raw_os_error(libc::EINVAL))
}

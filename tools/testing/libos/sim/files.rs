// SPDX-License-Identifier: GPL-2.0

//! The files of a node: those in its own folder `files-N`, and behind them the host's, which no program
//! changes. A namespace of mounts a node ([`mounts`](crate::mounts)).

use std::fs::{self, File};
use std::io;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd};
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::sync::atomic::Ordering;

use libos_control::control;
use libos_control::kept::Sockets;

use crate::error::Error;
use crate::mounts::mount_all;
use crate::simulation::Simulation;

/// The files of one node.
pub struct Files {
    /// `files-N`, as the host sees it.
    pub root: PathBuf,
    /// The namespace in which programs see them.
    pub namespace: OwnedFd,
    /// Where those are that programs have passed on, to be sent there and received.
    pub kept: (OwnedFd, OwnedFd),
}

impl Files {
    fn make(parent: &Path, node: u32) -> io::Result<Self> {
        let root = parent.join(format!("files-{node}"));
        fs::create_dir_all(root.join("var/log"))?;
        let root = root.canonicalize()?;
        let namespace = in_child(
            |ready| {
                mount_all(&root)?;
                ready()
            },
            "mnt",
        )?;
        Ok(Files { root, namespace, kept: sockets()? })
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

/// Two sockets, from the first to the second.
fn sockets() -> io::Result<(OwnedFd, OwnedFd)> {
    let (kind, mut pair) = (libc::SOCK_SEQPACKET | libc::SOCK_CLOEXEC, [-1; 2]);
    // SAFETY: room for two descriptors, which are ours then.
    unsafe {
        match libc::socketpair(libc::AF_UNIX, kind, 0, pair.as_mut_ptr()) {
            0 => Ok((OwnedFd::from_raw_fd(pair[0]), OwnedFd::from_raw_fd(pair[1]))),
            _ => Err(io::Error::last_os_error()),
        }
    }
}

impl Simulation {
    /// Lets go what nobody has any more of the files that a node keeps.
    pub(crate) fn let_go(&self, node: u32) {
        let shared = &control().node[node as usize];
        shared.lets_go.store(0, Ordering::Relaxed);
        if let Some(files) = &self.nodes().borrow()[node as usize].files {
            let (to, from) = (files.kept.0.as_raw_fd(), files.kept.1.as_raw_fd());
            shared.kept.let_go(Sockets { to, from });
        }
    }

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

pub(crate) fn checked(result: i32) -> io::Result<()> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
}
